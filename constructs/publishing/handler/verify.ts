import { HandlerError } from '../../handlers/custom-resource';
import { type ProductPlace } from '../../domain/naming';
import { snapshotIdOf } from '../../iceberg/table-metadata';
import { acceptedCode } from './job-code';
import { assertReleased, definitionOf } from './job-definition';
import { certifyingRun, jobRunsOf } from './job-runs';
import { type Outside, type Product } from './publisher';
import { type CodeFile } from './recorded-code';
import { codeOfRelease, noRelease, recordCode, type Release, released } from './release';
import { type Certificate, type Outcome, type RunRecord, type Swap } from '../../run-log/run-log';

const ANEW = 'start a new run';

/** What a certified run wants to publish. Raises HandlerError unless it is what was released, made and certified by the jobs that were. */
export async function publishable(outside: Outside, product: Product, record: RunRecord): Promise<readonly Swap[]> {
  const { place, title } = product;
  const release = await released(outside.table, place, title);
  const certificate = assertCertified(record, release);
  const code = await madeByReleasedJobs(outside, place, record, release);
  const outcome = record.steps.get('outcome') as Outcome | undefined;
  if (outcome === undefined) throw new HandlerError(`run ${record.runId} is certified and does not say what to publish`, ANEW);
  const swaps = outcome.swaps.map(({ table: [database, table], ...pointers }) => ({ database, table, ...pointers }));
  for (const swap of swaps) await assertCertifiedTable(outside, swap, certificate, release);
  // Of a release that was registered before code was recorded, its first publication does it.
  if (!await recordCode(outside.table, place, code, outside.now())) throw noRelease(title);
  return swaps;
}

function assertCertified(record: RunRecord, release: Release): Certificate {
  const { certificate, runId, state } = record;
  if (state !== 'certified' || certificate === undefined) throw new HandlerError(`run ${runId} is ${state}, and only a certified run is published`);
  const differs = [
    ...(certificate.runId === runId ? [] : [`it is of run ${certificate.runId}`]),
    ...(certificate.verdict === 'rejected' ? ['it is rejected'] : []),
    ...(certificate.contractDigest === release.contractDigest ? [] : ['it is of a different contract from the one released']),
    ...(certificate.planDigest === release.planDigest && record.planDigest === release.planDigest ? [] : ['it is of a different plan from the one released']),
  ];
  if (differs.length > 0) throw new HandlerError(`the certificate of run ${runId} does not count: ${differs.join(', ')}`, ANEW);
  return certificate;
}

/** What is not yet recorded of the code that it was made with. */
async function madeByReleasedJobs(outside: Outside, place: ProductPlace, record: RunRecord, release: Release): Promise<CodeFile[]> {
  const { glue } = outside;
  const began: Date[] = [];
  for (const released of [release.jobs.etl, release.jobs.quality]) {
    const { definition, changed } = await definitionOf(glue, released.name);
    const runs = await jobRunsOf(glue, released.name, record.runId, record.startedAt);
    for (const run of runs) assertReleased(run, definition, changed, released);
    if (released === release.jobs.quality) certifyingRun(runs, record.runId, record.fence);
    began.push(...runs.flatMap(({ StartedOn }) => (StartedOn === undefined ? [] : [StartedOn])));
  }
  const first = new Date(Math.min(...began.map((date) => date.getTime())));
  return acceptedCode(outside, place, codeOfRelease(release), first);
}

/** The new pointer is a file of the product's own tables, of the same table, at the snapshot that was certified. */
async function assertCertifiedTable({ metadata }: Outside, swap: Swap, certificate: Certificate, release: Release): Promise<void> {
  const name = `${swap.database}.${swap.table}`;
  const object = release.tables.find(({ database, table }) => database === swap.database && table === swap.table)?.object;
  const certified = certificate.tables.find(({ table }) => table === object);
  if (object === undefined || certified === undefined) throw new HandlerError(`${name} is not a table that was released and certified`, ANEW);
  if (!swap.new.startsWith(`s3://${release.curatedBucket}/tables/`)) throw new HandlerError(`${swap.new} is not among the product's own tables`, ANEW);
  if (certified.metadataLocation !== swap.new) throw new HandlerError(`${swap.new} is not what was certified of ${name}`, ANEW);
  const after = await metadata.read(swap.new);
  const snapshotId = snapshotIdOf(after);
  if (snapshotId !== certified.snapshotId) throw new HandlerError(`${name} stands at snapshot ${snapshotId}, the certified one is ${certified.snapshotId}`, ANEW);
  if (swap.expected === null) throw new HandlerError(`${name} was not there when the run began`, `deploy the product, whose stack makes it, then ${ANEW}`);
  const before = await metadata.read(swap.expected);
  if (after['table-uuid'] !== before['table-uuid']) throw new HandlerError(`${swap.new} is of another table than ${name}`, ANEW);
}
