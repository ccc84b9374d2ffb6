import { PublishCommand } from '@aws-sdk/client-sns';
import { arnIn, productNames } from '../../domain/naming';
import { stopJobRuns } from './job-runs';
import { type Outside, type Product } from './publisher';
import { Fenced, type Holder, type RunRecord } from '../../run-log/run-log';

/** Why an execution of a state machine ends without success. */
export interface Failure {
  readonly owner: string;
  /** Undefined where the execution is gone: then it is the newest run of the product. */
  readonly runId?: string;
  readonly error: string;
  readonly cause: string;
  /** Seen from outside, when the execution had no chance to say it. */
  readonly fromOutside: boolean;
  /** In milliseconds, where it is known. */
  readonly endedAt?: number;
}

/** What was found and done, as its owner is told. */
export interface Told {
  readonly message: string;
}

/**
 * Ends what an execution leaves behind: stops its job runs, marks its run as failed unless that is already publishing, tells the
 * owner, gives the lock back. Nothing certified is touched. When another has the lock by now, all of that is theirs to do.
 */
export async function fail(outside: Outside, product: Product, failure: Failure): Promise<Told> {
  const { log } = product;
  const holder = await log.holder();
  const mine = holder?.owner === failure.owner && !isOfALaterAttempt(holder, failure) ? holder : undefined;
  const why = reason(failure);
  let said = `${why}\n→ another execution has the lock, or none: nothing of this one is left to end`;
  if (mine !== undefined) {
    await stopJobRuns(outside.glue, product.jobs);
    said = await end(outside, product, mine, failure, why);
  } else if (failure.runId !== undefined) {
    said = why;
  }
  // An execution that ended by its own means has said all of this before.
  if (mine !== undefined || !failure.fromOutside) await tell(outside, product, said, failure);
  if (mine !== undefined) await log.release(mine);
  return { message: said };
}

/** A redriven execution takes the lock under the same name, and what is told of its first end may come late, or twice. */
function isOfALaterAttempt({ since = 0 }: Holder, { endedAt = Infinity }: Failure): boolean {
  return since > endedAt;
}

/** Ends the execution with the error of its run, and lets it go on once it is redriven. */
export function failed(error: string, cause: string, redriven: boolean): Promise<object> {
  if (redriven) return Promise.resolve({});
  // Names that begin with States. are those of Step Functions itself.
  const name = error.startsWith('States.') ? 'RunFailed' : error;
  return Promise.reject(Object.assign(new Error(cause), { name, stack: '' }));
}

async function end(outside: Outside, { log }: Product, mine: Holder, failure: Failure, why: string): Promise<string> {
  const run = failure.runId === undefined ? await newest(log.newestFirst()) : await log.find(failure.runId);
  switch (run?.state) {
    case 'running': case 'certified':
      await log.stopped(mine, run, why, outside.now()).catch((error: unknown) => { if (!(error instanceof Fenced)) throw error; });
      return `run ${run.runId} failed: ${why}\n→ what was certified before stays published; redrive the execution to continue it, or start the product's state machine again to start over`;
    case 'publishing':
      return `run ${run.runId} is certified and not yet published: ${why}\n→ it only goes forward: redrive the execution, or start the product's state machine again, which publishes it first`;
    case 'rejected':
      return `run ${run.runId} is rejected: ${run.message ?? why}\n→ repair the data at its source, or the promise, then start a new run; what was certified stays published`;
    default:
      return `${why}\n→ what was certified stays published; start the product's state machine again`;
  }
}

async function newest(records: AsyncGenerator<RunRecord>): Promise<RunRecord | undefined> {
  for await (const record of records) return record;
  return undefined;
}

async function tell({ sns }: Outside, { place, title }: Product, said: string, { owner }: Failure): Promise<void> {
  await sns.send(new PublishCommand({
    TopicArn: arnIn(place, 'sns', productNames.ownerTopic(place)),
    // SNS takes 100 characters of ASCII.
    Subject: `${title}: a run did not succeed`.slice(0, 100),
    Message: `${title}: ${said}\n\n${owner}`,
  }));
}

/** The words of a job or of the publisher, where they stand in what Step Functions calls the cause. */
function reason({ error, cause }: Failure): string {
  try {
    const told = JSON.parse(cause) as { ErrorMessage?: unknown; errorMessage?: unknown };
    const words = told.ErrorMessage ?? told.errorMessage;
    if (typeof words === 'string' && words !== '') return words;
  } catch {
    // Not JSON: it is said as it is.
  }
  return cause === '' ? error : `${error}: ${cause}`;
}
