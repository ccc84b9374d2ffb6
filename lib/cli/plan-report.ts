import * as path from 'node:path';
import { endingNotice } from '../plan/ending-notice';
import { isProtected, MASKED } from '../contract/classification';
import { type Plan, type PlanCheck, type PlanSource, type PlanTable } from '../plan/plan-schema';
import { renderTable } from './terminal/table';
import { type Channel } from './terminal/terminal';
import { harmless, wrapWords } from './terminal/text';
import { age, count, plural } from './terminal/units';

/** What will happen and what was decided on the way, for a person. */
export function printPlan(name: string, plan: Plan, out: Channel): void {
  const { paint } = out;
  const width = out.width();
  const fact = (title: string, text: string): void => out.line(`${paint.dim(title.padEnd(10))} ${wrapWords(harmless(text), width - 11, ' '.repeat(11))}`);
  const section = (title: string): void => out.line(`\n${paint.bold(title)}`);
  const rows = (columns: Parameters<typeof renderTable>[0], cells: readonly (readonly string[])[]): void => {
    const { lines, hidden } = renderTable(columns, cells, width - 2, paint);
    for (const line of lines) out.line(`  ${line}`);
    if (hidden.length > 0) out.line(paint.dim(`  not shown for lack of space: ${hidden.join(', ')} (--json shows them)`));
  };
  const { product } = plan;
  out.line(`${paint.bold(name)} ${product.version} ${paint.dim(`${product.id} · ${product.status} · ${plan.environment ?? 'production'}`)}`);
  const notice = endingNotice(plan);
  if (notice !== undefined) fact('ending', notice);
  fact('engine', `${plan.engine.local} here, ${plan.engine.aws} on AWS: ${plan.engine.why}`);
  if (plan.size.rows !== null || plan.size.perRun !== null) {
    fact('size', [plan.size.rows === null ? '' : plural(plan.size.rows, 'row'), plan.size.perRun === null ? '' : `${count(plan.size.perRun)} a run`].filter((part) => part !== '').join(', '));
  }
  const { schedule } = plan;
  const times = [schedule.full && `full ${schedule.full}`, schedule.delta && `delta ${schedule.delta}`].filter((time) => time !== null && time !== '');
  fact('modes', `${plan.modes.join(', ')}${times.length === 0 ? '; not scheduled' : `; ${times.join(', ')} (${schedule.timezone})`}`);
  fact('consumers', `read ${plan.tables.filter((table) => table.published).map((table) => `${table.database}.${table.table}`).join(', ')}`);
  fact('promises', promises(plan));
  if (plan.signoff.problems.length > 0) fact('sign-offs', `${plan.signoff.problems.join('; ')}: the certificate will be provisional`);

  section('Sources');
  rows([{ title: 'source' }, { title: 'what' }, { title: 'where' }, { title: 'key' }, { title: 'changes by' }], plan.sources.map(sourceCells));

  section('Tables, in the order they are built');
  rows([
    { title: 'table', whole: true }, { title: 'layer', whole: true }, { title: 'from' }, { title: 'rules' }, { title: 'checks', align: 'right', whole: true },
    { title: 'delta', whole: true }, { title: 'kept', whole: true },
  ], plan.tables.map((table) => tableCells(table, plan)));

  for (const table of plan.tables) {
    if (table.checks.length === 0) continue;
    section(`Checks of ${table.name}`);
    rows([{ title: 'severity', whole: true }, { title: 'check' }, { title: 'must hold', whole: true }, { title: 'else', whole: true }, { title: 'said by', whole: true }],
      table.checks.map((check) => [check.severity, check.title, checkText(check), check.action.replace(/_.*/, ''), check.origin.from]));
  }

  if (plan.lineage !== undefined && plan.lineage.length > 0) {
    section('What published columns are made of');
    rows([{ title: 'column', whole: true }, { title: 'columns of sources' }], plan.lineage.map(({ table, column, from }) => [
      `${table}.${column}`, from.map((origin) => `${origin.source}.${origin.column}`).join(', '),
    ]));
  }

  const derived = derivations(plan);
  if (derived.length > 0) {
    section('Derived, since nothing else was written');
    for (const line of derived) out.line(`  ${wrapWords(harmless(line), width - 4, '    ')}`);
  }
}

function promises({ sla }: Plan): string {
  const said = [
    sla.freshnessSeconds === null ? '' : `at most ${age(sla.freshnessSeconds)} old${sla.freshnessColumn === null ? '' : ` by ${sla.freshnessColumn.table}.${sla.freshnessColumn.column}`}`,
    sla.availabilityPercent === null ? '' : `${sla.availabilityPercent} % available`,
    sla.retentionSeconds === null ? '' : `kept ${age(sla.retentionSeconds)}`,
  ].filter((part) => part !== '');
  return said.length === 0 ? 'no service level' : said.join(', ');
}

function sourceCells(source: PlanSource): string[] {
  const key = source.primaryKey.join(', ') || '–';
  switch (source.kind) {
    case 'product': return [source.name, `product ${source.product} v${source.major}`, `${source.database}.${source.table}${source.maxAgeSeconds === null ? '' : `, at most ${age(source.maxAgeSeconds)} old`}`, key, '–'];
    case 'files': return [source.name, `${source.file.format} files`, `${source.path === '' ? 'all that lands' : `landing/${source.path}`}${source.sample === null ? '' : `, else ${source.sample}`}`, key, source.watermark?.column ?? '–'];
    case 'remote': return [source.name, source.connector, remotePlace(source), key, source.watermark?.column ?? '–'];
  }
}

/** Where it is, by which connection, and what is read without one. */
function remotePlace({ options, sample }: Extract<PlanSource, { kind: 'remote' }>): string {
  const where = 'table' in options ? options.table : options.url;
  const by = options.connection === undefined ? '' : ` by the connection ${options.connection}`;
  return `${where}${by}${sample === null ? '' : `, else ${sample}`}`;
}

function tableCells(table: PlanTable, plan: Plan): string[] {
  const delta = !plan.modes.includes('delta') || !table.refreshOn.includes('delta') ? '–' : table.incremental ? 'changes' : 'rebuilt';
  const rules = table.rules.map((rule) => (rule.kind === 'sql' ? path.posix.basename(rule.path ?? 'sql') : rule.kind)).join(', ') || '–';
  return [table.name, table.layer, table.from.join(', '), rules, String(table.checks.length), delta, table.published ? 'published' : table.persist ? 'yes' : 'no'];
}

const WORDS: Readonly<Record<PlanCheck['operator'], string>> = {
  mustBe: '=', mustNotBe: '≠', mustBeGreaterThan: '>', mustBeGreaterOrEqualTo: '≥', mustBeLessThan: '<', mustBeLessOrEqualTo: '≤',
  mustBeBetween: 'between', mustNotBeBetween: 'not between',
};

/** What a check measures and must find: `nullValues = 0`. */
export function checkText(check: PlanCheck): string {
  const what = check.metric === 'sql' ? 'query' : check.metric;
  const [scale, unit] = { rows: [1, ''], percent: [1, ' %'], seconds: [3600, ' h'] }[check.unit] as [number, string];
  return `${what} ${WORDS[check.operator]} ${check.threshold.map((each) => each / scale).join(' and ')}${unit}`;
}

/** What the compiler decided on its own, so that nobody has to guess. */
function derivations(plan: Plan): string[] {
  const columns = plan.tables.flatMap((table) => (table.published ? (table.columns ?? []).map((column) => ({ table: table.name, column })) : []));
  const masked = columns.filter(({ column }) => column.masking !== 'none');
  const clear = columns.filter(({ column }) => column.masking === 'none' && isProtected(column.classification));
  const guarded = plan.tables.filter((table) => !table.published && table.protected.length > 0);
  const checks = plan.tables.flatMap((table) => table.checks).filter((check) => check.origin.from === 'derived');
  return [
    ...checks.length === 0 ? [] : [`${plural(checks.length, 'check')} from keys, required and unique columns and value limits`],
    ...masked.map(({ table, column }) => `${table}.${column.name} is ${column.classification}: published ${MASKED[column.masking]}`),
    ...clear.map(({ table, column }) => `${table}.${column.name} is ${column.classification} and published as it is: only roles with that clearance see it`),
    ...guarded.map((table) => `${table.name}: ${table.protected.map((column) => column.name).join(', ')} ${table.protected.length === 1 ? 'is' : 'are'} masked in its quarantine and in no message`),
    ...plan.tables.some((table) => table.published && table.rules.length > 0) && plan.digests.pipeline === null ? ['no pipeline file: what lands is cast to the contract and de-duplicated by its key'] : [],
  ];
}
