import { customResource, HandlerError, type Attributes, type Call, type CustomResource } from '../../../constructs/handlers/custom-resource';
import { CloudFormation, SIGNATURE } from '../../support/cloudformation';

interface Props { readonly name: string; readonly size: number }

/** Things by name, and what was asked of them. */
class Things implements CustomResource<Props> {
  readonly there = new Map<string, number>();
  readonly asked: string[] = [];
  refuses?: Error;
  attributes: Attributes = {};
  work?: (call: Call) => Promise<void>;
  oldest?: Props;

  parse({ Name, Size }: Record<string, unknown>): Props {
    if (typeof Name !== 'string' || typeof Size !== 'number') throw new HandlerError('Name and Size are needed', 'write them');
    return { name: Name, size: Size };
  }

  physicalId({ name }: Props): string {
    return `thing/${name}`;
  }

  create(props: Props, call: Call): Promise<Attributes> {
    return this.make('create', props, call);
  }

  update(props: Props, old: Props | undefined, call: Call): Promise<Attributes> {
    this.oldest = old;
    return this.make(`update from ${old?.size ?? 'nothing known'}`, props, call);
  }

  delete({ name }: Props): Promise<void> {
    this.asked.push(`delete ${name}`);
    this.there.delete(name);
    return Promise.resolve();
  }

  private async make(what: string, { name, size }: Props, call: Call): Promise<Attributes> {
    this.asked.push(`${what}: ${name} ${size}`);
    await this.work?.(call);
    if (this.refuses !== undefined && size > 1) throw this.refuses;
    this.there.set(name, size);
    return this.attributes;
  }
}

let things: Things;
let cloudFormation: CloudFormation;
const log: string[] = [];

beforeEach(async () => {
  log.length = 0;
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation((...words) => { log.push(words.join(' ')); });
  things = new Things();
  cloudFormation = await CloudFormation.overHttp(customResource(() => things));
});

afterEach(async () => {
  await cloudFormation.stop();
  jest.restoreAllMocks();
  expect(log.join('\n')).not.toContain(SIGNATURE);
});

describe('what CloudFormation sends', () => {
  test('a create, an update and a delete keep one physical id', async () => {
    things.attributes = { Arn: 'arn:thing' };
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } });
    await cloudFormation.destroy();
    expect(things.asked).toEqual(['create: a 1', 'update from 1: a 2', 'delete a']);
    expect(cloudFormation.answers.map(({ Status, PhysicalResourceId }) => `${Status} ${PhysicalResourceId}`)).toEqual(Array(3).fill('SUCCESS thing/a'));
    expect(cloudFormation.answers[0].Data).toEqual({ Arn: 'arn:thing' });
    expect(cloudFormation.answers[0].contentType).toBeUndefined();
  });

  test('a failed update is updated back, from properties that may be the ones it failed for', async () => {
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    things.refuses = new HandlerError('2 is too many', 'take 1');
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } })).rejects.toThrow('2 is too many → take 1');
    expect(things.asked.slice(1)).toEqual(['update from 1: a 2', 'update from 2: a 1']);
    await expect(cloudFormation.deploy({ Thing: { Name: 'a' } })).rejects.toThrow('Name and Size are needed → write them');
    expect(things.asked.slice(3)).toEqual(['update from nothing known: a 1']);
    expect(things.there).toEqual(new Map([['a', 1]]));
  });

  test('a create that failed is deleted under its own id', async () => {
    things.refuses = new HandlerError('2 is too many');
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } })).rejects.toThrow('2 is too many');
    expect(things.asked).toEqual(['create: a 2', 'delete a']);
    expect(cloudFormation.answers.map(({ PhysicalResourceId }) => PhysicalResourceId)).toEqual(['thing/a', 'thing/a']);
  });

  test('of a create that could not be read, nothing is deleted', async () => {
    await expect(cloudFormation.deploy({ Thing: { Name: 'a' } })).rejects.toThrow('Name and Size are needed');
    expect(things.asked).toEqual([]);
    expect(cloudFormation.answers.map(({ Status }) => Status)).toEqual(['FAILED', 'SUCCESS']);
  });

  test('nor when a newer handler, deployed in the meantime, could read it', async () => {
    const parse = jest.spyOn(things, 'parse').mockImplementationOnce(() => { throw new HandlerError('InterfaceVersion 2 is not known yet'); });
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } })).rejects.toThrow('InterfaceVersion 2 is not known yet');
    expect(parse).toHaveBeenCalledTimes(1);
    expect(things.asked).toEqual([]);
  });

  test('another identity is another thing: made first, and the old one deleted after', async () => {
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    await cloudFormation.deploy({ Thing: { Name: 'b', Size: 1 } });
    expect(things.asked.slice(1)).toEqual(['create: b 1', 'delete a']);
  });

  test('another identity that is rolled back takes away the new thing, not the old one', async () => {
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    await expect(cloudFormation.deploy({ Thing: { Name: 'b', Size: 1 } }, { otherFails: true })).rejects.toThrow('another resource failed');
    expect(things.there).toEqual(new Map([['a', 1]]));
  });

  test('properties that nobody can read any more do not keep a stack from being deleted', async () => {
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    cloudFormation.resources.Thing = { physicalId: 'thing/a', properties: { Titel: 'a' } };
    await cloudFormation.destroy();
    expect(things.asked).toEqual(['create: a 1']);
    expect(log.join()).toContain('left');
  });

  test('the same request again is answered again', async () => {
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    expect(await cloudFormation.again()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'thing/a' });
  });
});

describe('an answer on every path', () => {
  test('a fault is told with its name, and is in the log with its place and nothing that came along', async () => {
    things.refuses = Object.assign(new TypeError('x is not a function'), { event: { ResponseURL: SIGNATURE }, rows: ['ada@shoply.com'] });
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } })).rejects.toThrow('a fault of the handler: TypeError: x is not a function');
    expect(log.join()).toContain('custom-resource.test');
    expect(log.join()).not.toContain('ada@shoply.com');
  });

  test('what AWS refuses is told as that, with the request that AWS support asks for in the log', async () => {
    things.refuses = Object.assign(new Error('not authorized to perform glue:UpdateTable'), { name: 'AccessDeniedException', $metadata: { requestId: 'r-1' }, $response: { body: 'a row' } });
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } })).rejects.toThrow('AWS refused: AccessDeniedException: not authorized to perform glue:UpdateTable');
    expect(log.join()).toContain('r-1');
    expect(log.join()).not.toContain('a row');
  });

  test('a function that lacks a setting says which, and is asked anew when it has it', async () => {
    await cloudFormation.stop();
    const setting: { things?: Things } = {};
    cloudFormation = await CloudFormation.overHttp(customResource(() => {
      if (setting.things === undefined) throw new HandlerError('MESH_PLACE is not set', 'deploy the foundation again');
      return setting.things;
    }));
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } })).rejects.toThrow('MESH_PLACE is not set → deploy the foundation again');
    expect(cloudFormation.answers.map(({ Status }) => Status)).toEqual(['FAILED', 'SUCCESS']);
    setting.things = things;
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    expect(things.there).toEqual(new Map([['a', 1]]));
  });

  test('something thrown that is no error is answered too', async () => {
    things.refuses = 'a text' as unknown as Error;
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } })).rejects.toThrow('a fault of the handler: string');
  });

  test('when time runs out the answer is that, and what still goes on is told to end', async () => {
    cloudFormation.milliseconds = 20_100;
    let signal: AbortSignal | undefined;
    things.work = (call) => {
      signal = call.signal;
      return new Promise(() => {});
    };
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } })).rejects.toThrow('the handler ran out of time after 0 s → deploy again: it goes on where it stopped');
    expect(signal?.aborted).toBe(true);
    // A create may have made something by then.
    expect(cloudFormation.answers[0]).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'thing/a' });
  });

  test('a reason that is too long is cut to what CloudFormation takes', async () => {
    things.refuses = new HandlerError(`columns: ${'"é'.repeat(10_000)}`);
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 2 } })).rejects.toThrow('(the rest is in the log)');
    expect(cloudFormation.answers[0].bytes).toBeLessThanOrEqual(4096);
    expect(cloudFormation.answers[0].bytes).toBeGreaterThan(4000);
  });

  test('data that are too long are a fault that is told, and what was made is cleaned up', async () => {
    things.attributes = { Text: 'x'.repeat(5000) };
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } })).rejects.toThrow(/the answer has 5\d\d\d bytes, CloudFormation takes 4096/);
    expect(things.there.size).toBe(0);
  });

  test('an address that fails is tried again', async () => {
    cloudFormation.server.failing = 2;
    await cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } });
    expect(cloudFormation.answers).toHaveLength(1);
  });

  test('when nobody takes the answer, Lambda is told, and calls again', async () => {
    cloudFormation.server.failing = 100;
    cloudFormation.milliseconds = 3_500;
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } })).rejects.toThrow('CloudFormation could not be answered: it said 503');
    cloudFormation.server.failing = 0;
    cloudFormation.milliseconds = 900_000;
    expect(await cloudFormation.again()).toMatchObject({ Status: 'SUCCESS' });
  });

  test('an address that is silent, gone or no address is no secret', async () => {
    cloudFormation.server.silent = true;
    cloudFormation.milliseconds = 3_100;
    await expect(cloudFormation.deploy({ Thing: { Name: 'a', Size: 1 } })).rejects.toThrow('CloudFormation could not be answered: TimeoutError');
    const event = { ...cloudFormation.events[0], ResponseURL: `no address ${SIGNATURE}` };
    const told = await customResource(() => things)(event, { getRemainingTimeInMillis: () => 3_100 } as never).catch((error: Error) => `${error.stack} ${JSON.stringify(error)}`);
    expect(told).toContain('CloudFormation could not be answered: TypeError');
    expect(told).not.toContain(SIGNATURE);
  });
});
