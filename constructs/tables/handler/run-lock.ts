import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { productNames, type ProductPlace } from '../../domain/naming';
import { type Call, HandlerError } from '../../handlers/custom-resource';
import { momentText } from '../../run-log/layout';
import { Fenced, type Holder, RunLog } from '../../run-log/run-log';
import { RunTable } from '../../run-log/run-table';

/** Longer than the function may run, so that nobody takes the lock from under it. */
const LEASE = 16 * 60_000;
/** What the work takes at most once the lock is there. */
const FOR_THE_WORK = 90_000;
const POLL = 15_000;
const RELEASES = 3;

/** The lock of one product's runs, as a deployment takes it: docs/guides/job.md says how it lies in the run table. */
export class RunLock {
  private readonly log: RunLog;
  private readonly partition: string;

  constructor(
    private readonly dynamo: DynamoDBClient, private readonly runTable: string, private readonly place: ProductPlace, private readonly call: Call,
    private readonly pause: (ms: number) => Promise<void> = sleep,
  ) {
    this.partition = productNames.runPartition(place);
    this.log = new RunLog(new RunTable(dynamo, runTable, pause), this.partition);
  }

  /** Does the work under the lock; waits for a run to end as long as there is time. Raises HandlerError with who has it after that. */
  async whileHeld(work: (lock: HeldLock) => Promise<void>): Promise<void> {
    const mine = await this.acquire();
    try {
      await work(new HeldLock(this.log, mine, this.place));
    } finally {
      await this.release(mine);
    }
  }

  /** Tried again, and given up then: without it the lock is free when its lease is over, no reason for a deployment that has done its work to fail. */
  private async release(mine: Holder, attempt = 1): Promise<void> {
    try {
      await this.log.release(mine);
    } catch (error) {
      console.warn(JSON.stringify({ lock: this.partition, released: false, why: (error as Error).name }));
      if (attempt === RELEASES) return;
      await this.pause(1_000);
      await this.release(mine, attempt + 1);
    }
  }

  private async acquire(): Promise<Holder> {
    // Of the resource and not of the request: going back from a request that never ended does not wait for its lease.
    const owner = `${this.call.stackId}/${this.call.logicalId}`;
    for (;;) {
      const mine = await this.tried(owner);
      if (mine !== undefined) return mine;
      if (this.call.remaining() < FOR_THE_WORK + POLL) throw await this.busy();
      await this.pause(POLL);
    }
  }

  /** The same conditional update as a job's (glue-jobs/src/mesh_jobs/adapters/aws/run_log.py). */
  private async tried(owner: string): Promise<Holder | undefined> {
    const now = Date.now();
    try {
      const { Attributes } = await this.dynamo.send(new UpdateItemCommand({
        TableName: this.runTable,
        Key: { pk: { S: this.partition }, sk: { S: 'lock' } },
        UpdateExpression: 'SET #owner = :owner, #since = :since, #leaseUntil = :until ADD #fence :one',
        ConditionExpression: 'attribute_not_exists(#owner) OR #owner = :owner OR #leaseUntil <= :now',
        ExpressionAttributeNames: { '#owner': 'owner', '#since': 'since', '#leaseUntil': 'leaseUntil', '#fence': 'fence' },
        ExpressionAttributeValues: {
          ':owner': { S: owner }, ':since': { S: momentText(now) }, ':until': { N: String(now + LEASE) }, ':one': { N: '1' }, ':now': { N: String(now) },
        },
        ReturnValues: 'ALL_NEW',
      }));
      return { owner, fence: Number(Attributes?.fence?.N) };
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }

  private async busy(): Promise<HandlerError> {
    const { Item } = await this.dynamo.send(new GetItemCommand({
      TableName: this.runTable, Key: { pk: { S: this.partition }, sk: { S: 'lock' } }, ConsistentRead: true,
    }));
    const until = Item?.leaseUntil?.N === undefined ? 'its end' : new Date(Number(Item.leaseUntil.N)).toISOString();
    return new HandlerError(
      `${this.place.domain}/${this.place.entity} v${this.place.major} is being run by ${Item?.owner?.S ?? 'somebody'} since ${Item?.since?.S ?? 'just now'}, and its tables change between runs only`,
      `deploy again when the run has ended, or stop it: the lock is free when it is not renewed until ${until}`,
    );
  }
}

/** What may be done under the lock alone. */
export class HeldLock {
  constructor(private readonly log: RunLog, private readonly mine: Holder, private readonly place: ProductPlace) {}

  /** Raises HandlerError when somebody else has it by now. */
  async check(): Promise<void> {
    try {
      await this.log.renew(this.mine, Date.now() + LEASE);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      throw new HandlerError(error.message, 'deploy again: it goes on where it stopped');
    }
  }

  /**
   * A run that was interrupted has built on tables as they were, so it does not go on with others: it ends as failed. One that is
   * being published only goes forward, and its pointers must be where it left them: then HandlerError is raised.
   */
  async endInterruptedRun(): Promise<void> {
    for await (const run of this.log.newestFirst()) {
      if (run.state === 'publishing') {
        throw new HandlerError(`run ${run.runId} of ${this.place.domain}/${this.place.entity} v${this.place.major} is certified and only half published`,
          'start the product\'s state machine, which finishes it, then deploy again');
      }
      if (run.state === 'running' || run.state === 'certified') {
        await this.log.stopped(this.mine, run, 'interrupted, and a deployment changed the product\'s tables', Date.now());
      }
      return;
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
