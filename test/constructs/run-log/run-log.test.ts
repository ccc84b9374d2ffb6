import { DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { packed, unpacked } from '../../../constructs/run-log/layout';
import { planDigestOf } from '../../../constructs/publishing/handler/plan-digest';
import { Fenced, type Outcome, RunLog, type RunRecord } from '../../../constructs/run-log/run-log';
import { type Item, RunTable } from '../../../constructs/run-log/run-table';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { strictMock } from '../../support/strict-mock';
import { FIRST, items, PARTITION, plan, planDigest, readable, SECOND } from './run-log-fixture';

const mock = strictMock(DynamoDBClient, 'dynamodb');
let dynamo: MemoryDynamoDb;
let log: RunLog;

beforeEach(() => {
  dynamo = new MemoryDynamoDb('sales-runs');
  dynamo.answer(mock.reset());
  log = new RunLog(new RunTable(new DynamoDBClient({ region: 'eu-central-1' }), 'sales-runs'), PARTITION);
});

async function found(runId: string): Promise<RunRecord> {
  const record = await log.find(runId);
  if (record === undefined) throw new Error(`no run ${runId}`);
  return record;
}

describe('the log that the jobs write', () => {
  test('is read: a run, its steps that are text, compressed and in parts', async () => {
    dynamo.load(items('certified'));
    const run = await found('init-1');
    expect(run).toMatchObject({ sequence: 1, runId: 'init-1', mode: 'init', state: 'certified', fence: 1, startedAt: new Date('2030-01-01T06:00:00.250Z') });
    expect(run.steps.get('asked')).toBe('init');
    expect((run.steps.get('ingest:shop') as { files: unknown[] }).files).toHaveLength(600);
    expect(run.certificate).toMatchObject({ verdict: 'certified', tables: [{ snapshotId: '3821550127947089009' }] });
    expect(await log.holder()).toEqual({ ...FIRST, since: Date.parse('2030-01-01T06:00:00.250Z') });
  });

  test('is read newest first, each run with what belongs to it', async () => {
    dynamo.load(items('running'));
    const runs: RunRecord[] = [];
    for await (const run of log.newestFirst()) runs.push(run);
    expect(runs.map(({ runId, state, steps }) => [runId, state, steps.size])).toEqual([['delta-2', 'running', 0], ['init-1', 'published', 4]]);
  });

  test('names a plan by the digest that the jobs work out', () => {
    expect(planDigestOf(plan)).toBe(planDigest);
  });
});

describe('what is written', () => {
  test('by a commit is what the jobs would have written', async () => {
    dynamo.load(items('certified'));
    const run = await found('init-1');
    await log.commit(FIRST, run, swapsOf(run));
    expect(readable(dynamo.all())).toEqual(readable(items('publishing')));
  });

  test('by a publication is what the jobs would have written', async () => {
    dynamo.load(items('publishing'));
    const run = await found('init-1');
    expect(run.swaps).toEqual(swapsOf(run));
    await log.published(FIRST, run, run.steps.get('outcome') as Outcome, Date.parse('2030-01-01T06:06:00.250Z'));
    expect(readable(dynamo.all())).toEqual(readable(items('published')));
  });

  test('by announcing and giving the lock back is what the jobs would have written', async () => {
    dynamo.load(items('published'));
    for (const { id, event } of await log.outbox()) {
      expect(event).toMatchObject({ type: 'product.published', runId: 'init-1', score: 92.86 });
      await log.delivered(id);
    }
    await log.release(FIRST);
    expect(readable(dynamo.all())).toEqual(readable(items('announced')));
  });

  test('of a run that is stopped from outside is what the jobs read as one to put away', async () => {
    dynamo.load(items('running'));
    await log.stopped(SECOND, await found('delta-2'), 'the execution was aborted', Date.parse('2030-01-01T06:12:00.250Z'));
    expect(readable(dynamo.all())).toEqual(readable(items('stopped')));
  });

  test('keeps watermarks of sources that this run did not read', async () => {
    dynamo.load(items('publishing'));
    dynamo.update({
      TableName: 'sales-runs', Key: { pk: { S: PARTITION }, sk: { S: 'watermarks' } }, UpdateExpression: 'SET #values = :values',
      ExpressionAttributeNames: { '#values': 'values' }, ExpressionAttributeValues: { ':values': { S: '{"crm": "7"}' } },
    });
    const run = await found('init-1');
    await log.published(FIRST, run, run.steps.get('outcome') as Outcome, 0);
    expect(JSON.parse(dynamo.get(PARTITION, 'watermarks')!.values.S!)).toEqual({ crm: '7', shop: '2030-01-01T05:00:00.000000+00:00' });
  });
});

describe('a change', () => {
  const stranger = { owner: 'somebody', fence: 9 };

  test.each<[string, (run: RunRecord) => Promise<void>]>([
    ['commit', (run) => log.commit(stranger, run, [])],
    ['published', (run) => log.published(stranger, run, run.steps.get('outcome') as Outcome, 0)],
    ['stopped', (run) => log.stopped(stranger, run, 'x', 0)],
    ['renew', () => log.renew(stranger, 0)],
  ])('of who has lost the lock is refused: %s', async (_, change) => {
    dynamo.load(items('certified'));
    await expect(change(await found('init-1'))).rejects.toThrow(Fenced);
    expect(readable(dynamo.all())).toEqual(readable(items('certified')));
  });

  test('of a run that is elsewhere by now changes nothing', async () => {
    dynamo.load(items('published'));
    const run = await found('init-1');
    await log.commit(FIRST, run, swapsOf(run));
    await log.published(FIRST, run, run.steps.get('outcome') as Outcome, 0);
    await log.stopped(FIRST, run, 'too late', 0);
    expect(readable(dynamo.all())).toEqual(readable(items('published')));
  });

  test('that meets another transaction on the same item is tried again', async () => {
    dynamo.load(items('certified'));
    const refused = new TransactionCanceledException({ message: 'busy', $metadata: {}, CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }] });
    mock.on(TransactWriteItemsCommand).rejectsOnce(refused).resolves({});
    const quick = new RunLog(new RunTable(new DynamoDBClient({ region: 'eu-central-1' }), 'sales-runs', async () => {}), PARTITION);
    await quick.commit(FIRST, await found('init-1'), []);
    expect(mock.commandCalls(TransactWriteItemsCommand)).toHaveLength(2);
  });

  test('to a lock that another has is left alone when it is given back', async () => {
    dynamo.load(items('running'));
    await log.release(FIRST);
    expect(await log.holder()).toEqual({ ...SECOND, since: Date.parse('2030-01-01T06:10:00.250Z') });
  });
});

describe('a JSON value', () => {
  test.each([['short', { a: 'ü' }], ['long', { a: 'x'.repeat(50_000) }], ['too large for one item', { a: noise(700_000) }]])('that is %s is packed and unpacked', (_, value) => {
    const { attributes, parts } = packed('result', value, 7, 'owner');
    const item = Object.fromEntries(Object.entries(attributes).filter(([, attribute]) => attribute !== null)) as Item;
    expect(Object.keys(item)).toHaveLength(1);
    expect(unpacked('result', item, new Map(Object.entries(parts).map(([sk, body]) => [sk.split('#part#')[1], body])))).toEqual(value);
  });
});

function swapsOf(run: RunRecord): { database: string; table: string; expected: string | null; new: string }[] {
  return (run.steps.get('outcome') as Outcome).swaps.map(({ table: [database, table], expected, new: to }) => ({ database, table, expected, new: to }));
}

/** Text that does not compress, the same each time. */
function noise(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}
