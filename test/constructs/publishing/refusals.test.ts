import { GetJobCommand } from '@aws-sdk/client-glue';
import { handler } from '../../../constructs/publishing/handler/index';
import { type Execution } from '../../support/step-functions';
import { glueMock, World } from '../orchestration/world';

let world: World;

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  world = await World.deployed();
  await world.start({ runId: 'before' });
});

/** Runs to the commit, lets somebody meddle there, and goes on. */
async function meddled(meddle: () => void): Promise<Execution> {
  world.enter = (state) => {
    if (state === 'Commit') meddle();
  };
  return world.start({ runId: 'this' });
}

function assertRefused(ended: Execution, why: string, before: string): void {
  expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining(why)]);
  expect([world.pointer('orders_v1'), world.owner(), world.states().at(-1)]).toEqual([before, undefined, { runId: 'this', state: 'failed' }]);
}

/** Changes an item of the run table as a job's role could. */
function rewrite(sk: string, from: string | RegExp, to: string): void {
  world.dynamo.load(world.dynamo.all().map((item) => (item.sk.S === sk ? JSON.parse(JSON.stringify(item).replaceAll(from, to)) as typeof item : item)));
}

const RUN = 'run#000000000002';

describe('the publisher refuses', () => {
  test.each<[string, string, () => void]>([
    ['a job whose script is another by now', 'the job mesh-sales-orders-v1-etl is not what was released', () => { world.definitions.etl = { ...world.definitions.etl, script: 's3://elsewhere/evil.py' }; }],
    ['a job with an argument that was not released', 'the job mesh-sales-orders-v1-quality is not what was released', () => {
      world.definitions.quality = { ...world.definitions.quality, arguments: { ...world.definitions.quality.arguments, '--extra-jars': 's3://elsewhere/evil.jar' } };
    }],
    ['a job run that was told more than a state machine tells', 'was run with --extra-py-files, which was not released', () => {
      world.jobRuns.get(world.definitions.quality.name)![0].Arguments['--extra-py-files'] = 's3://elsewhere/evil.whl';
    }],
    ['a job that was changed after its run had started', 'was changed at', () => {
      const { role, glueVersion, command, script, arguments: given } = world.definitions.etl;
      glueMock.on(GetJobCommand).resolves({ Job: { Role: role, GlueVersion: glueVersion, Command: { Name: command, ScriptLocation: script }, DefaultArguments: given, LastModifiedOn: new Date(world.clock.now) } });
    }],
    ['a certificate that no job run has made', 'no job run of the quality job certified run this', () => { world.jobRuns.get(world.definitions.quality.name)![0].JobRunState = 'FAILED'; }],
    ['a certificate of another contract', 'it is of a different contract from the one released', () => rewrite(RUN, 'c'.repeat(64), 'd'.repeat(64))],
    ['a certificate of another run', 'it is of run that', () => rewrite(RUN, '\\"runId\\":\\"this\\"', '\\"runId\\":\\"that\\"')],
    ['a certificate that is rejected', 'it is rejected', () => rewrite(RUN, '\\"verdict\\":\\"certified\\"', '\\"verdict\\":\\"rejected\\"')],
    ['code that was overwritten', 'is not code that the foundation accepts', () => {
      world.objects.set('s3://cdk-hnb659fds-assets-222222222222-eu-west-1/jobs.whl', { body: Buffer.from('evil'), modified: new Date(0) });
    }],
    ['code that was overwritten and put back', 'after the job run that used it had started', () => {
      const url = 's3://cdk-hnb659fds-assets-222222222222-eu-west-1/jobs.whl';
      world.objects.set(url, { ...world.objects.get(url)!, modified: new Date(world.clock.now) });
    }],
    ['a pointer outside of the product\'s tables', 'is not among the product\'s own tables', () => rewrite(`${RUN}#step#g1#outcome`, /s3:\/\/[a-z0-9-]+\/tables\/sales\/orders_v1\/metadata\/(\d+)/g, 's3://elsewhere/$1')],
    ['a pointer that was not certified', 'is not what was certified of sales.orders_v1', () => rewrite(RUN, /(orders_v1\/metadata)\/\d+/g, '$1/99999')],
    ['a table that was not released', 'sales.others_v1 is not a table that was released and certified', () => rewrite(`${RUN}#step#g1#outcome`, 'sales\\",\\"orders_v1', 'sales\\",\\"others_v1')],
    ['a snapshot that is another than was certified', 'the certified one is 1', () => rewrite(RUN, /\\"snapshotId\\":\\"\d+\\"/g, '\\"snapshotId\\":\\"1\\"')],
    ['metadata of another table', 'is of another table than sales.orders_v1', () => {
      for (const [url, object] of world.objects) {
        if (url.includes('/orders_v1/') && url !== world.pointer('orders_v1')) world.objects.set(url, { ...object, body: Buffer.from(object.body.toString().replace('orders_v1-uuid', 'totals_v1-uuid')) });
      }
    }],
    ['a product that has no release', 'sales/orders v1 has no release', () => world.dynamo.load(world.dynamo.all().filter(({ release }) => release === undefined))],
  ])('%s', async (_, why, meddle) => {
    const before = world.pointer('orders_v1');
    assertRefused(await meddled(meddle), why, before);
  });

  test('to move a pointer that somebody else has moved, and stays publishing until it is put back', async () => {
    const before = world.pointer('totals_v1');
    const moved = (to: string): void => { world.tables.get('totals_v1')!.Parameters!.metadata_location = to; };
    world.enter = (state) => {
      if (state === 'Publish') moved('s3://elsewhere/x.metadata.json');
    };
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining('sales.totals_v1 points at s3://elsewhere/x.metadata.json')]);
    expect([world.states().at(-1), world.owner()]).toEqual([{ runId: 'this', state: 'publishing' }, undefined]);
    moved(before);
    world.enter = () => {};
    expect((await world.start({ runId: 'next' })).status).toBe('SUCCEEDED');
    expect(world.states().map(({ state }) => state)).toEqual(['published', 'published', 'published']);
  });

  test('an execution of another domain', async () => {
    const ask = { action: 'commit', InterfaceVersion: '1', Domain: 'crm', Entity: 'orders', Major: '1', Environment: '', runId: 'this', owner: 'x', fence: 1 };
    await expect(handler(ask, {} as never)).rejects.toThrow('this is the foundation of sales, the product is of crm');
  });
});
