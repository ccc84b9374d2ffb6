import { type Review } from './review';

/** The reviews of all products of a mesh in a month, as they are stored. */
export interface SlaReport {
  readonly mesh: string;
  readonly month: string;
  readonly generatedAt: string;
  readonly products: readonly Review[];
}

/** The report as people read it: a line for each product, and a section for each that is not just fine. */
export function inMarkdown({ mesh, month, generatedAt, products }: SlaReport): string {
  const broken = products.filter(({ verdict }) => verdict === 'broken').length;
  return [
    `# Service levels of ${mesh}, ${month}`, '',
    `${products.length} ${products.length === 1 ? 'product' : 'products'}, ${broken === 0 ? 'none of which broke a promise' : `${broken} of which broke a promise`}. Written ${generatedAt}.`, '',
    '| product | promise | fresh | available | promised | score | publications | incidents | reads | end of life |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...products.map((one) => `| ${cells(one).join(' | ')} |`),
    ...products.flatMap(section), '',
  ].join('\n');
}

/** What of one product stands in a line, in the order of the columns above. */
export function cells(one: Review): string[] {
  const { verdict, freshness, availability, quality, incidents, usage, availabilityPercent, endOfLife } = one;
  return [
    nameOf(one), verdict, percent(freshness.percent), percent(availability.percent), percent(availabilityPercent), quality.least === null ? '–' : String(quality.least),
    String(freshness.publications), String(incidents.reduce((sum, { count }) => sum + count, 0)), usage === null ? 'not counted' : String(usage.reads), endOfLife ?? '–',
  ];
}

/** `sales/orders v1`, outside production with its environment. */
export function nameOf({ domain, entity, major, environment }: Pick<Review, 'domain' | 'entity' | 'major' | 'environment'>): string {
  return `${domain}/${entity} v${major}${environment === null ? '' : ` in ${environment}`}`;
}

/** What there is to say of a product beside its line, sentence by sentence. */
export function remarks(one: Review): string[] {
  const { verdict, freshness, availability, freshnessSeconds, availabilityPercent, quality, rollbacks, incidents, usage, feedback, endOfLife, daysLeft, supersededBy } = one;
  return [
    ...(verdict === 'broken' ? [`It was fresh ${percent(availability.percent)} of the time${availabilityPercent === null ? '' : `, ${availabilityPercent} % was promised`}${freshnessSeconds === null ? '' : `; no older than ${freshnessSeconds / 3600} h was promised`}.`] : []),
    ...(freshness.late > 0 ? [`${freshness.late} of ${freshness.publications} publications came with data that was too old.`] : []),
    ...(verdict === 'nothing published' ? ['Nothing was published by the end of the month.'] : []),
    ...(quality.provisional > 0 ? [`${quality.provisional} publications waited for a sign-off.`] : []),
    ...(rollbacks > 0 ? [`An earlier certificate was published again ${rollbacks === 1 ? 'once' : `${rollbacks} times`}.`] : []),
    ...incidents.map(({ at, kind, count, message }) => `${at}: ${count === 1 ? 'a run' : `${count} runs`} ${kind}${message === null ? '' : `: ${message}`}.`),
    ...(usage?.consumers ?? []).map(({ consumer, reads }) => `${consumer} read it ${reads === 1 ? 'once' : `${reads} times`}.`),
    ...(endOfLife === null ? [] : [`${daysLeft !== null && daysLeft < 0 ? `Its life ended on ${endOfLife}` : `It is there until ${endOfLife}, ${daysLeft} days on`}${supersededBy === null ? '' : `; ${supersededBy} takes its place`}.`]),
    ...feedback.map(({ channel, url }) => `Consumers say what they think of it in ${url === null ? channel : `${channel} (${url})`}.`),
  ];
}

function section(one: Review): string[] {
  const said = remarks(one);
  return said.length === 0 ? [] : ['', `## ${nameOf(one)}`, '', `${one.title}, owned by ${one.owner}.`, '', ...said.map((sentence) => `- ${sentence.replaceAll('\n', ' ')}`)];
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value} %`;
}
