import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteTableCommand, GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { AwsModel } from './aws-model';
import { faultAtEveryCall, strictMock } from './strict-mock';

const glue = strictMock(GlueClient, 'glue');
const dynamo = strictMock(DynamoDBClient, 'dynamodb');
const client = new GlueClient({ region: 'eu-west-1' });

beforeEach(() => {
  glue.reset();
  dynamo.reset();
});

describe('a strict mock', () => {
  test('answers a request that the service would take', async () => {
    glue.on(GetTableCommand).resolves({ Table: { Name: 'orders_v1' } });
    expect((await client.send(new GetTableCommand({ DatabaseName: 'sales', Name: 'orders_v1' }))).Table?.Name).toBe('orders_v1');
    expect(glue.commandCalls(GetTableCommand)).toHaveLength(1);
  });

  test('refuses a request without what is required', async () => {
    glue.onAnyCommand().resolves({});
    await expect(client.send(new GetTableCommand({ Name: 'orders_v1' } as never))).rejects.toThrow('GetTable must have DatabaseName');
    expect(glue.calls()).toHaveLength(0);
  });

  test('goes on refusing after a reset', async () => {
    glue.reset().onAnyCommand().resolves({});
    await expect(client.send(new GetTableCommand({ Name: 'orders_v1' } as never))).rejects.toThrow('GetTable must have DatabaseName');
  });

  test('refuses a call that nobody answers', async () => {
    await expect(client.send(new DeleteTableCommand({ DatabaseName: 'sales', Name: 'orders_v1' }))).rejects.toThrow('no behaviour answers glue DeleteTable');
  });

  test('refuses an answer that the service could not give', async () => {
    glue.on(GetTableCommand).resolves({ Table: { Name: 'orders_v1', Kind: 'ICEBERG' } } as never);
    await expect(client.send(new GetTableCommand({ DatabaseName: 'sales', Name: 'orders_v1' }))).rejects.toThrow("GetTable's answer.Table has no member Kind");
  });

  test('gives the client back', () => {
    const prototype = LakeFormationClient.prototype as { send: unknown };
    const inherited = prototype.send;
    const own = strictMock(LakeFormationClient, 'lakeformation');
    expect(prototype.send).not.toBe(inherited);
    own.reset().restore();
    expect(prototype.send).toBe(inherited);
  });
});

describe('the model of a service', () => {
  const model = AwsModel.of('glue');

  test.each([
    ['an unknown member', 'GetTable', { DatabaseName: 'sales', Name: 'a', Version: '1' }, 'GetTable has no member Version'],
    ['an unknown member deep inside', 'CreateTable', { DatabaseName: 'sales', TableInput: { Name: 'a', StorageDescriptor: { Path: 'x' } } }, 'CreateTable.TableInput.StorageDescriptor has no member Path'],
    ['a text that is too long', 'GetTable', { DatabaseName: 'sales', Name: 'x'.repeat(256) }, 'GetTable.Name has the size 256, allowed are 1 to 255'],
    ['a number that is too large', 'GetTables', { DatabaseName: 'sales', MaxResults: 101 }, 'GetTables.MaxResults has the value 101, allowed are 1 to 100'],
    ['a text of another pattern', 'GetTable', { DatabaseName: 'sales', Name: 'a\u0000' }, 'GetTable.Name must match'],
    ['a value that is not of the list', 'GetTable', { DatabaseName: 'sales', Name: 'a', AttributesToGet: ['ALL'] }, 'GetTable.AttributesToGet[0] must be one of NAME'],
    ['another type', 'GetTable', { DatabaseName: 'sales', Name: 1 }, 'GetTable.Name must be a string, received 1'],
    ['null', 'GetTable', { DatabaseName: 'sales', Name: null }, 'GetTable.Name must be a string, received null'],
  ])('refuses %s', (_, operation, input, problem) => {
    expect(model.problemsOfInput(operation, input).join('\n')).toContain(problem);
  });

  test('takes any JSON where the model does, and leaves out what is undefined', () => {
    expect(model.problemsOfInput('CreateTable', {
      DatabaseName: 'sales', Name: 'orders_v1', CatalogId: undefined,
      OpenTableFormatInput: { IcebergInput: { MetadataOperation: 'CREATE', CreateIcebergTableInput: {
        Location: 's3://bucket/orders', Schema: { Fields: [{ Id: 1, Name: 'tags', Required: false, Type: { type: 'list', 'element-id': 2, element: 'string', 'element-required': false } }] },
      } } },
    })).toEqual([]);
  });

  test('takes exactly one member of a union', () => {
    const key = { pk: { S: 'dp_sales_orders#v1', N: '1' } };
    expect(AwsModel.of('lakeformation').problemsOfInput('StartQueryPlanning', { QueryPlanningContext: { DatabaseName: 'a' }, QueryString: 'select 1' })).toEqual([]);
    expect(AwsModel.of('dynamodb').problemsOfInput('GetItem', { TableName: 'runs', Key: key })).toEqual([]);
    expect(AwsModel.of('datazone').problemsOfInput('CreateRule', {
      domainIdentifier: 'dzd_1234567', name: 'rule', action: 'CREATE_SUBSCRIPTION_REQUEST', scope: {}, detail: {}, target: { domainUnitTarget: { domainUnitId: 'a' } },
    }).join()).toContain('CreateRule.detail must have exactly one member, received none');
  });

  test('knows the services of others as well', () => {
    expect(AwsModel.of('dynamodb').problemsOfInput('TransactWriteItems', { TransactItems: [] }).join()).toContain('has the size 0');
    expect(AwsModel.of('events').problemsOfInput('PutEvents', { Entries: [{ Source: 'mesh', DetailType: 'published', Detail: '{}', Time: new Date(0) }] })).toEqual([]);
  });

  test('reads a service by the name that botocore has for it, and says when there is no such operation', () => {
    expect(() => model.problemsOfInput('GetTabel', {})).toThrow('glue has no operation GetTabel');
  });
});

describe('a fault at every call', () => {
  const work = async (): Promise<void> => {
    await client.send(new GetTableCommand({ DatabaseName: 'sales', Name: 'orders_v1' }));
    await new DynamoDBClient({ region: 'eu-west-1' }).send(new GetItemCommand({ TableName: 'runs', Key: { pk: { S: 'a' } } }));
  };

  test('fails each call of each client once, before it happens and after', async () => {
    const carriedOut: string[] = [];
    glue.on(GetTableCommand).callsFake(() => (carriedOut.push('glue'), {}));
    dynamo.on(GetItemCommand).callsFake(() => (carriedOut.push('dynamodb'), {}));
    const seen: string[] = [];
    const faults = await faultAtEveryCall(async (during) => {
      carriedOut.length = 0;
      const outcome = await during(work).then(() => 'done', (error: Error) => error.message);
      seen.push(`${outcome}: ${carriedOut.join()}`);
    });
    expect(faults).toBe(4);
    expect(seen).toEqual([
      'done: glue,dynamodb', 'GetTable was refused: ', 'GetTable was not answered: glue', 'GetItem was refused: glue', 'GetItem was not answered: glue,dynamodb',
    ]);
  });

  test('tells an expectation that is not met with the fault that it was under', async () => {
    glue.on(GetTableCommand).resolves({});
    dynamo.on(GetItemCommand).resolves({});
    await expect(faultAtEveryCall((during) => during(work))).rejects.toThrow('with call 1, glue:GetTable, refused: GetTable was refused');
  });

  test('leaves calls outside of what is watched alone', async () => {
    glue.on(DeleteTableCommand).resolves({});
    const faults = await faultAtEveryCall(async () => {
      await client.send(new DeleteTableCommand({ DatabaseName: 'sales', Name: 'orders_v1' }));
    });
    expect(faults).toBe(0);
  });
});
