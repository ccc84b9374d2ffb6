import { type PlanCheck } from '../../plan/plan-schema';
import { freshnessText } from '../certificate-report';
import { type Certificate, type ProductStatus } from '../job-results';
import { checkText } from '../plan-report';
import { age, count, decimal, plural } from '../terminal/units';
import { type Entry } from './catalogue';
import { badge, facts, table } from './frame';
import { type Html, html, sentence, type Value } from './html';

type Tone = Parameters<typeof badge>[1];

const VERDICTS: Readonly<Record<Certificate['verdict'], Tone>> = { certified: 'good', provisional: 'fair', rejected: 'bad' };

/** How a product stands by its certificate; of one that never ran here nobody knows. */
export function verdictBadge({ status }: Entry): Html {
  const certificate = status?.certificate ?? undefined;
  return certificate === undefined ? badge('not certified here') : badge(`${certificate.verdict} ${decimal(certificate.score)}`, VERDICTS[certificate.verdict]);
}

/** What a product promises of its data, what was measured last, and how it went before. */
export function qualitySection(entry: Entry): Html {
  const { status, plan } = entry;
  const certificate = status?.certificate ?? undefined;
  const checks = (plan?.tables ?? []).flatMap((each) => each.checks);
  return html`${certificate === undefined ? html`<p class="note">There is no certificate here: the product has not run on the machine that made this site.</p>` : certificateOf(certificate, status!)}
${status !== undefined && status.runs.length > 0 && history(status)}
${checks.length > 0 && html`<h3>Checks</h3>${checked(checks, certificate)}`}`;
}

/** What somebody wrote, and all that failed; what follows from keys and types only for whoever asks. */
function checked(checks: readonly PlanCheck[], certificate: Certificate | undefined): Html {
  const failed = new Set(certificate?.checks.filter(({ passed }) => !passed).map(({ id }) => id));
  const shown = checks.filter(({ id, origin }) => origin.from !== 'derived' || failed.has(id));
  const others = checks.filter((check) => !shown.includes(check));
  const list = (some: readonly PlanCheck[], caption: string): Html => table(['Check', 'Must hold', 'Else', 'Measured'], some.map((check) => ({ cells: cellsOf(check, certificate) })), caption);
  return html`${shown.length > 0 && list(shown, 'Checks')}
${others.length > 0 && html`<details><summary>${plural(others.length, 'check')} that follow${others.length === 1 && 's'} from keys, required columns and limits</summary>${list(others, 'Checks that follow from the contract')}</details>`}`;
}

function certificateOf(certificate: Certificate, { availabilityPercent }: ProductStatus): Html {
  const failed = certificate.checks.filter(({ passed }) => !passed).length;
  return html`<h3>Certificate</h3>
${facts([
    ['Verdict', badge(certificate.verdict, VERDICTS[certificate.verdict])], ['Score', `${decimal(certificate.score)} of 100`], ['Issued', moment(certificate.issuedAt)],
    ['Checks', failed === 0 ? `${certificate.checks.length}, all passed` : `${certificate.checks.length}, ${failed} failed`], ['Freshness', freshnessText(certificate)],
    ['Availability', availabilityPercent !== null && `${decimal(availabilityPercent)} %`],
    ['Completeness', certificate.completeness.percent !== null && `${decimal(certificate.completeness.percent)} %`],
    ['Rows', certificate.tables.map(({ table: name, rows }) => `${name} ${count(rows)}`).join(', ')],
    ['Run', html`<code>${certificate.runId}</code>`], ['Certificate', html`<code>${certificate.certificateId}</code>`],
  ])}
${certificate.reasons.length > 0 && html`<ul class="reasons">${certificate.reasons.map((reason) => html`<li>${sentence(reason)}</li>`)}</ul>`}`;
}

/** Scores of the last runs, the newest to the right. */
function history({ runs }: ProductStatus): Html {
  const told = [...runs].reverse();
  const [step, height] = [34, 72];
  const bar = (run: ProductStatus['runs'][number], at: number): Html => {
    const tall = Math.max(3, ((run.score ?? 0) / 100) * (height - 16));
    return html`<g class="run ${run.verdict ?? 'none'}" transform="translate(${at * step} 0)"><title>${run.runId}: ${run.state}${run.score !== null && `, score ${decimal(run.score)}`}</title><rect x="4" y="${height - tall}" width="${step - 8}" height="${tall}" rx="2"/><text x="${step / 2}" y="${height - tall - 4}">${run.score === null ? '–' : decimal(run.score, 1)}</text></g>`;
  };
  return html`<h3>History</h3>
<div class="graph" tabindex="0" role="group" aria-label="Scores of the last runs"><svg class="history" viewBox="0 0 ${told.length * step} ${height}" width="${told.length * step}" height="${height}"><title>Scores of the last ${plural(told.length, 'run')}, the newest to the right</title>${told.map(bar)}</svg></div>
<details><summary>${plural(runs.length, 'run')}</summary>${table(['Run', 'State', 'Verdict', 'Score', 'Began', 'Took'], runs.map((run) => ({
    cells: [html`<code>${run.runId}</code>`, run.state, run.verdict === null ? '–' : badge(run.verdict, VERDICTS[run.verdict]), run.score === null ? '–' : decimal(run.score),
      moment(run.startedAt), run.endedAt === null ? '–' : age((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000)],
  })), 'The last runs')}</details>`;
}

function cellsOf(check: PlanCheck, certificate: Certificate | undefined): Value[] {
  const found = certificate?.checks.find(({ id }) => id === check.id);
  const measured: Value = found === undefined ? '–' : html`<span class="measured">${badge(found.passed ? 'passed' : 'failed', found.passed ? 'good' : found.severity === 'critical' ? 'bad' : 'fair')} ${
    found.told === false ? 'of protected values' : found.measured === null ? 'not measured' : `${decimal(found.measured, 4)}${found.unit === 'percent' ? ' %' : ''}`}</span>`;
  return [check.title, checkText(check), `${check.action.replaceAll('_', ' ')} (${check.severity})`, measured];
}

/** A moment as people read it. */
export function moment(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
