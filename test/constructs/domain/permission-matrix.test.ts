import { removeFolders } from '../../plan/mesh-folder';
import { allowed, type Ask, type Guard, type Policy, type Principal } from '../../support/iam/evaluate';
import { deployMesh } from './deployed-mesh';

/*
 * Who may do what, once the policies of a foundation and its products are all deployed: identity policies within their boundary,
 * with the policies of buckets, key, secret and topics. Below each access stands everybody who has it; everybody else is refused.
 */

const ACCOUNT = '222222222222';
const deployment = deployMesh();
afterAll(removeFolders);

const iam = (name: string): string => `arn:aws:iam::${ACCOUNT}:${name}`;
const BOUNDARY = iam('policy/mesh-platform/sales/mesh-sales-product-boundary');
const EVERYTHING: Policy = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const IN_A_JOB = { 'glue:CredentialIssuingService': 'glue.amazonaws.com' };
const VIA_ATHENA = { 'aws:CalledVia': ['athena.amazonaws.com'] };

/** The worst that who deploys a product can make: a role that its own policies allow everything, for whomever it trusts. */
const worst = (name: string, session: Principal['session'] = {}): Principal =>
  ({ arn: iam(`role/mesh/sales/orders-v1/${name}`), identity: [EVERYTHING], boundary: deployment.managed(BOUNDARY), session });
const platform = (name: string): Principal => deployment.role(iam(`role/mesh-platform/sales/mesh-sales-${name}`));
const job = deployment.role(iam('role/mesh/sales/orders-v1/mesh-sales-orders-v1-job'));

const PRINCIPALS = {
  'exec role': platform('product-exec'),
  'deploy role': platform('product-deploy'),
  'job': { ...job, session: IN_A_JOB },
  'job of another product': { ...deployment.role(iam('role/mesh/sales/payments-v1/mesh-sales-payments-v1-job')), session: IN_A_JOB },
  'job role, trusted by a stranger': job,
  'greedy job': worst('greedy', IN_A_JOB),
  'greedy role': worst('greedy'),
  'greedy import role, by Athena': worst('mesh-sales-orders-v1-import', VIA_ATHENA),
  'greedy import role': worst('mesh-sales-orders-v1-import'),
  'states role': deployment.role(iam('role/mesh/sales/orders-v1/mesh-sales-orders-v1-states')),
  'greedy states role': worst('mesh-sales-orders-v1-states'),
  'job of another domain': { arn: 'arn:aws:iam::333333333333:role/mesh/web_shop/carts-v1/mesh-web-shop-carts-v1-job', identity: [EVERYTHING], boundary: deployment.managed('arn:aws:iam::333333333333:policy/mesh-platform/web_shop/mesh-web-shop-product-boundary'), session: IN_A_JOB },
  'consumer': { arn: 'arn:aws:iam::999999999999:role/analyst', identity: [EVERYTHING] },
  'administrator of the account': { arn: iam('role/Administrator'), identity: [EVERYTHING] },
  'delivery': { arn: iam('role/mesh-platform/sales/delivery/firehose'), identity: [{ Statement: [{ Effect: 'Allow', Action: ['s3:*'], Resource: 'arn:aws:s3:::*-orders-v1-*/*' }, { Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' }] }] },
  'Lake Formation': platform('lake'),
  'scheduler': platform('scheduler'),
  'tables': platform('tables'),
  'permissions': platform('permissions'),
  'catalogue': platform('catalogue'),
  'publisher': platform('publisher'),
  'grants': platform('grants'),
} satisfies Record<string, Principal>;
type Who = keyof typeof PRINCIPALS;

const RAW = `arn:aws:s3:::shoply-${ACCOUNT}-eu-west-1-sales-orders-v1-raw`;
const CURATED = RAW.replace('-raw', '-curated');
const LOGS = RAW.replace('orders-v1-raw', 'logs');
const KEY = deployment.find('AWS::KMS::Key', ACCOUNT);
const arn = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:${ACCOUNT}:${resource}`;
const RUNS = arn('dynamodb', 'table/mesh-sales-runs');
const ROLE = iam('role/mesh/sales/orders-v1/mesh-sales-orders-v1-job');
const via = (service: string): Ask['context'] => ({ 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` });
const rows = (key: string): Ask['context'] => ({ 'dynamodb:LeadingKeys': [key] });
/** An update of an item of the run table, by the attributes that it names. */
const update = (key: string, attributes: readonly string[], more: Ask['context'] = { 'dynamodb:ReturnValues': 'NONE' }): Ask =>
  ({ action: 'dynamodb:UpdateItem', resource: RUNS, context: { ...rows(key), 'dynamodb:Attributes': ['pk', 'sk', ...attributes], ...more } });
const LOCK = ['owner', 'since', 'leaseUntil', 'fence'];
const bounded = (boundary: string): Ask['context'] => ({ 'iam:PermissionsBoundary': boundary });
const passed = (service: string): Ask['context'] => ({ 'iam:PassedToService': service });

const ADMINISTRATOR = 'administrator of the account';

const MATRIX: readonly [what: string, ask: Ask, who: readonly Who[]][] = [
  // Data.
  ['delivers a file', { action: 's3:PutObject', resource: `${RAW}/landing/orders.csv` }, ['delivery', 'greedy job']],
  ['encrypts what it delivers', { action: 'kms:GenerateDataKey', resource: KEY, context: { ...via('s3'), 'kms:EncryptionContext:aws:s3:arn': RAW } }, ['job', 'states role', 'job of another product', 'job role, trusted by a stranger', 'greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role', 'delivery', 'Lake Formation', 'scheduler', 'tables', 'permissions', 'catalogue', 'publisher', 'grants']],
  ['writes what runs have read', { action: 's3:PutObject', resource: `${RAW}/raw/shop/run/orders.csv` }, ['job', 'greedy job']],
  ['reads what landed', { action: 's3:GetObject', resource: `${RAW}/landing/orders.csv` }, ['job', 'greedy job']],
  ['reads a table', { action: 's3:GetObject', resource: `${CURATED}/tables/orders/data/1.parquet` }, ['job', 'greedy job', 'Lake Formation']],
  ['reads what a table is', { action: 's3:GetObject', resource: `${CURATED}/tables/orders/metadata/00001-a.metadata.json` }, ['job', 'greedy job', 'Lake Formation', 'tables', 'publisher']],
  ['reads an older version of a table', { action: 's3:GetObjectVersion', resource: `${CURATED}/tables/orders/data/1.parquet` }, []],
  ['writes a table', { action: 's3:PutObject', resource: `${CURATED}/tables/orders/data/1.parquet` }, ['job', 'greedy job', 'Lake Formation']],
  ['deletes from a table', { action: 's3:DeleteObject', resource: `${CURATED}/tables/orders/data/1.parquet` }, ['job', 'greedy job', 'Lake Formation']],
  ['ends an older version of a file for good', { action: 's3:DeleteObjectVersion', resource: `${CURATED}/tables/orders/data/1.parquet` }, []],
  ['deletes what landed', { action: 's3:DeleteObject', resource: `${RAW}/landing/orders.csv` }, ['greedy job']],
  ['imports', { action: 's3:PutObject', resource: `${RAW}/imports/run/customers/1.parquet` }, ['greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role']],
  ['reads the log of accesses', { action: 's3:GetObject', resource: `${LOGS}/s3/x` }, [ADMINISTRATOR]],
  ['decrypts for S3', { action: 'kms:Decrypt', resource: KEY, context: via('s3') }, ['job', 'states role', 'job of another product', 'job role, trusted by a stranger', 'greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role', 'Lake Formation', 'scheduler', 'tables', 'permissions', 'catalogue', 'publisher', 'grants']],
  ['decrypts by itself', { action: 'kms:Decrypt', resource: KEY }, []],
  ['reads the masking key', { action: 'secretsmanager:GetSecretValue', resource: deployment.find('AWS::SecretsManager::Secret', ACCOUNT) }, ['job', 'job of another product']],
  ['reads a connection that no source of the product names', { action: 'secretsmanager:GetSecretValue', resource: arn('secretsmanager', 'secret:mesh-sales-connection-shop-AbCdEf') }, ['greedy job', ADMINISTRATOR]],
  ['moves the lock of the product', update('dp_sales_orders#v1', LOCK), ['job', 'job role, trusted by a stranger', 'states role', 'greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role', ADMINISTRATOR, 'publisher', 'tables']],
  ['moves the lock of another product', update('dp_sales_payments#v1', LOCK), ['job of another product', 'greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role', ADMINISTRATOR, 'publisher', 'tables']],
  ['moves a lock in a transaction', update('dp_sales_orders#v1', LOCK, { 'dynamodb:EnclosingOperation': 'TransactWriteItems' }), ['job', 'greedy job', ADMINISTRATOR, 'publisher', 'tables']],
  ['sees what it has not written of a lock', update('dp_sales_orders#v1', LOCK, { 'dynamodb:ReturnValues': 'ALL_NEW' }), ['job', 'job role, trusted by a stranger', 'greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role', ADMINISTRATOR, 'publisher', 'tables']],
  ['writes a certificate', update('dp_sales_orders#v1', ['state', 'certificate', 'fence']), ['job', 'greedy job', ADMINISTRATOR, 'publisher', 'tables']],
  ['updates a run and says not what of it', { action: 'dynamodb:UpdateItem', resource: RUNS, context: rows('dp_sales_orders#v1') }, ['job', 'greedy job', ADMINISTRATOR, 'publisher', 'tables']],
  ['writes what a run wants to publish', { action: 'dynamodb:PutItem', resource: RUNS, context: rows('dp_sales_orders#v1') }, ['job', 'greedy job', ADMINISTRATOR, 'publisher', 'tables']],
  ['deletes from what a run says', { action: 'dynamodb:DeleteItem', resource: RUNS, context: rows('dp_sales_orders#v1') }, ['job', 'greedy job', ADMINISTRATOR, 'publisher']],
  ['reads what a run says', { action: 'dynamodb:GetItem', resource: RUNS, context: rows('dp_sales_orders#v1') }, ['job', 'greedy job', ADMINISTRATOR, 'publisher', 'tables', 'catalogue']],
  ['says what is offered to consumers', { action: 'dynamodb:PutItem', resource: RUNS, context: rows('grants') }, [ADMINISTRATOR, 'grants']],
  ['says what was released', { action: 'dynamodb:PutItem', resource: RUNS, context: rows('releases') }, [ADMINISTRATOR, 'publisher']],
  ['says which code was accepted of a product', { action: 'dynamodb:PutItem', resource: RUNS, context: { ...rows('releases'), 'dynamodb:EnclosingOperation': 'TransactWriteItems' } }, [ADMINISTRATOR, 'publisher']],
  ['changes what was accepted or released', update('releases', ['release', 'url', 'since']), [ADMINISTRATOR, 'publisher']],
  ['writes of many products at once, of what was released among them', { action: 'dynamodb:BatchWriteItem', resource: RUNS, context: { 'dynamodb:LeadingKeys': ['dp_sales_orders#v1', 'releases'] } }, [ADMINISTRATOR]],
  ['forgets what was accepted or released', { action: 'dynamodb:DeleteItem', resource: RUNS, context: rows('releases') }, [ADMINISTRATOR, 'publisher']],
  ['reads the whole table of runs', { action: 'dynamodb:Scan', resource: RUNS }, [ADMINISTRATOR]],
  ['sees the rows of a query', { action: 'athena:GetQueryResults', resource: arn('athena', 'workgroup/mesh-sales-orders-v1') }, [ADMINISTRATOR]],
  ['queries', { action: 'athena:StartQueryExecution', resource: arn('athena', 'workgroup/mesh-sales-orders-v1') }, ['greedy import role', 'greedy import role, by Athena', ADMINISTRATOR]],

  // Tables.
  ['publishes a table', { action: 'glue:UpdateTable', resource: arn('glue', 'table/sales/orders_v1') }, [ADMINISTRATOR, 'publisher', 'tables']],
  ['alters an internal table', { action: 'glue:UpdateTable', resource: arn('glue', 'table/sales_internal/orders_v1__clean') }, ['job', 'greedy job', ADMINISTRATOR, 'tables']],
  ['alters an internal table of another product', { action: 'glue:UpdateTable', resource: arn('glue', 'table/sales_internal/payments_v1__clean') }, ['job of another product', 'greedy job', ADMINISTRATOR, 'tables']],
  ['drops a database', { action: 'glue:DeleteDatabase', resource: arn('glue', 'database/sales') }, [ADMINISTRATOR]],

  // Ways to open.
  ['changes the policy of the key', { action: 'kms:PutKeyPolicy', resource: KEY }, [ADMINISTRATOR]],
  ['hands on the use of the key', { action: 'kms:CreateGrant', resource: KEY, context: { 'kms:GrantIsForAWSResource': 'true', ...via('dynamodb') } }, []],
  ['replicates a bucket', { action: 's3:PutReplicationConfiguration', resource: CURATED }, [ADMINISTRATOR]],
  ['writes the policy of a bucket', { action: 's3:PutBucketPolicy', resource: CURATED }, ['exec role', ADMINISTRATOR]],
  ['writes the policy of the log bucket', { action: 's3:PutBucketPolicy', resource: LOGS }, [ADMINISTRATOR]],
  ['grants in Lake Formation', { action: 'lakeformation:BatchGrantPermissions', resource: '*' }, [ADMINISTRATOR, 'permissions', 'grants']],
  ['makes a filter', { action: 'lakeformation:CreateDataCellsFilter', resource: '*' }, [ADMINISTRATOR, 'grants']],
  ['changes the settings of Lake Formation', { action: 'lakeformation:PutDataLakeSettings', resource: '*' }, [ADMINISTRATOR]],
  ['is given credentials by Lake Formation', { action: 'lakeformation:GetTemporaryGlueTableCredentials', resource: '*' }, [ADMINISTRATOR]],
  ['shares a table by RAM, as Lake Formation does', { action: 'ram:CreateResourceShare', resource: '*', context: { 'ram:RequestedResourceType': 'glue:Table' } }, [ADMINISTRATOR, 'grants']],
  ['shares anything else by RAM', { action: 'ram:CreateResourceShare', resource: '*', context: { 'ram:RequestedResourceType': 'ec2:Subnet' } }, [ADMINISTRATOR]],
  ['opens the catalogue', { action: 'glue:PutResourcePolicy', resource: arn('glue', 'catalog') }, [ADMINISTRATOR, 'grants']],
  ['stops the trail', { action: 'cloudtrail:StopLogging', resource: arn('cloudtrail', 'trail/organisation') }, [ADMINISTRATOR]],
  ['leaves the organisation', { action: 'organizations:LeaveOrganization', resource: '*' }, [ADMINISTRATOR]],

  // Roles.
  ['makes a role with the boundary', { action: 'iam:CreateRole', resource: ROLE, context: bounded(BOUNDARY) }, ['exec role', ADMINISTRATOR]],
  ['makes a role without it', { action: 'iam:CreateRole', resource: ROLE }, [ADMINISTRATOR]],
  ['makes a role with another boundary', { action: 'iam:CreateRole', resource: ROLE, context: bounded('arn:aws:iam::aws:policy/AdministratorAccess') }, [ADMINISTRATOR]],
  ['makes a role elsewhere', { action: 'iam:CreateRole', resource: iam('role/mesh-platform/sales/another'), context: bounded(BOUNDARY) }, [ADMINISTRATOR]],
  ['makes a role of another domain', { action: 'iam:CreateRole', resource: iam('role/mesh/marketing/leads-v1/any'), context: bounded(BOUNDARY) }, [ADMINISTRATOR]],
  ['takes a boundary away', { action: 'iam:DeleteRolePermissionsBoundary', resource: ROLE, context: bounded(BOUNDARY) }, [ADMINISTRATOR]],
  ['changes whom a role trusts', { action: 'iam:UpdateAssumeRolePolicy', resource: ROLE }, [ADMINISTRATOR]],
  ['attaches a policy of AWS', { action: 'iam:AttachRolePolicy', resource: ROLE, context: { ...bounded(BOUNDARY), 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' } }, [ADMINISTRATOR]],
  ['attaches a policy of the product', { action: 'iam:AttachRolePolicy', resource: ROLE, context: { ...bounded(BOUNDARY), 'iam:PolicyARN': iam('policy/mesh/sales/orders-v1/job') } }, ['exec role', ADMINISTRATOR]],
  ['widens the boundary', { action: 'iam:CreatePolicyVersion', resource: BOUNDARY }, [ADMINISTRATOR]],
  ['hands the job role to Glue', { action: 'iam:PassRole', resource: ROLE, context: passed('glue.amazonaws.com') }, ['exec role', ADMINISTRATOR]],
  ['hands the job role to Lambda', { action: 'iam:PassRole', resource: ROLE, context: passed('lambda.amazonaws.com') }, [ADMINISTRATOR]],
  ['hands the role of a handler on', { action: 'iam:PassRole', resource: iam('role/mesh-platform/sales/mesh-sales-permissions'), context: passed('glue.amazonaws.com') }, [ADMINISTRATOR]],
  ['becomes the exec role', { action: 'sts:AssumeRole', resource: iam('role/mesh-platform/sales/mesh-sales-product-exec') }, [ADMINISTRATOR]],

  // The foundation.
  ['asks a handler', { action: 'lambda:InvokeFunction', resource: arn('lambda', 'function:mesh-sales-permissions') }, ['exec role', ADMINISTRATOR]],
  ['asks the publisher', { action: 'lambda:InvokeFunction', resource: arn('lambda', 'function:mesh-sales-publisher') }, ['exec role', 'states role', 'greedy job', 'greedy role', 'greedy import role', 'greedy import role, by Athena', 'greedy states role', ADMINISTRATOR]],
  // The handler itself calls its next turn of the daily look; the publisher has it follow what is published.
  ['asks for grants to consumers', { action: 'lambda:InvokeFunction', resource: arn('lambda', 'function:mesh-sales-grants') }, ['grants', 'publisher', ADMINISTRATOR]],
  ['changes a handler', { action: 'lambda:UpdateFunctionCode', resource: arn('lambda', 'function:mesh-sales-publisher') }, [ADMINISTRATOR]],
  ['reads what a handler could not do', { action: 'sqs:ReceiveMessage', resource: arn('sqs', 'mesh-sales-tables-failed') }, [ADMINISTRATOR]],
  ['changes a queue of the foundation', { action: 'sqs:SetQueueAttributes', resource: arn('sqs', 'mesh-sales-tables-failed') }, [ADMINISTRATOR]],
  ['starts a run', { action: 'states:StartExecution', resource: arn('states', 'stateMachine:mesh-sales-orders-v1') }, ['scheduler', ADMINISTRATOR]],

  // Stacks.
  ['updates a product', { action: 'cloudformation:CreateChangeSet', resource: arn('cloudformation', 'stack/sales-orders-v1/id'), context: { 'cloudformation:RoleArn': iam('role/mesh-platform/sales/mesh-sales-product-exec') } }, ['deploy role', ADMINISTRATOR]],
  ['updates a product with a role of its own', { action: 'cloudformation:CreateChangeSet', resource: arn('cloudformation', 'stack/sales-orders-v1/id') }, [ADMINISTRATOR]],
  ['clears away what is left of a first deployment of a product', { action: 'cloudformation:DeleteStack', resource: arn('cloudformation', 'stack/sales-orders-v1/id') }, ['deploy role', ADMINISTRATOR]],
  ['deletes a product with another role', { action: 'cloudformation:DeleteStack', resource: arn('cloudformation', 'stack/sales-orders-v1/id'), context: { 'cloudformation:RoleArn': iam('role/cdk-exec') } }, [ADMINISTRATOR]],
  ['updates the grants of a product', { action: 'cloudformation:CreateChangeSet', resource: arn('cloudformation', 'stack/sales-orders-v1-grants/id'), context: { 'cloudformation:RoleArn': iam('role/mesh-platform/sales/mesh-sales-product-exec') } }, [ADMINISTRATOR]],
  ['looks at the grants of a product', { action: 'cloudformation:ExecuteChangeSet', resource: arn('cloudformation', 'stack/sales-orders-v1-grants/id') }, [ADMINISTRATOR]],
  ['updates the foundation', { action: 'cloudformation:CreateChangeSet', resource: arn('cloudformation', 'stack/sales-foundation/id'), context: { 'cloudformation:RoleArn': iam('role/mesh-platform/sales/mesh-sales-product-exec') } }, [ADMINISTRATOR]],
  ['updates another domain\'s product', { action: 'cloudformation:CreateChangeSet', resource: arn('cloudformation', 'stack/marketing-leads-v1/id'), context: { 'cloudformation:RoleArn': iam('role/mesh-platform/sales/mesh-sales-product-exec') } }, [ADMINISTRATOR]],
];

/** Everybody who has an access. */
function whoMay(ask: Ask, guard: Guard = deployment.guard(ask.resource)): string[] {
  const context = { 'aws:ResourceAccount': ACCOUNT, ...ask.context };
  return Object.entries<Principal>(PRINCIPALS).filter(([, principal]) => allowed(principal, { ...ask, context }, guard)).map(([name]) => name);
}

describe('who may, and nobody else', () => {
  test.each(MATRIX)('%s', (_what, ask, who) => {
    expect(whoMay(ask).sort()).toEqual([...who].sort());
  });

  test('an access has to be in the table to be refused to everybody: none is there twice', () => {
    expect(new Set(MATRIX.map(([what]) => what)).size).toBe(MATRIX.length);
  });
});

describe('a policy that comes with a product opens nothing', () => {
  const opened = (principal: object): Guard => {
    const { policy } = deployment.guard(CURATED);
    return { policy: { Statement: [{ Effect: 'Allow', Principal: principal as never, Action: ['s3:GetObject', 's3:PutObject'], Resource: `${CURATED}/*` }, ...policy!.Statement] } };
  };
  /** As a deployer would write it who leaves out all that the product's bucket refuses. */
  const bare = (principal: object): Guard => ({ policy: { Statement: opened(principal).policy!.Statement.slice(0, 1) } });
  const read: Ask = { action: 's3:GetObject', resource: `${CURATED}/tables/orders/data/1.parquet` };
  const decrypt: Ask = { action: 'kms:Decrypt', resource: KEY, context: via('s3') };

  test('a role of a product reads in jobs alone, even where a bucket names its session', () => {
    const session = { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/greedy/stranger` };
    expect(whoMay(read, bare(session))).not.toContain('greedy role');
    expect(whoMay(read, bare(session))).toContain('greedy job');
  });

  test('the exec role reads nothing, even where a bucket names it', () => {
    expect(whoMay(read, bare({ AWS: PRINCIPALS['exec role'].arn }))).not.toContain('exec role');
    expect(whoMay({ ...read, action: 's3:PutObject' }, bare({ AWS: PRINCIPALS['exec role'].arn }))).not.toContain('exec role');
  });

  test('whoever a bucket names beside the domain\'s roles has no use of the key', () => {
    expect(whoMay(read, bare({ AWS: '*' }))).toEqual(expect.arrayContaining(['consumer', ADMINISTRATOR]));
    const decrypting = whoMay(decrypt);
    for (const name of ['consumer', ADMINISTRATOR, 'job of another domain', 'exec role', 'deploy role']) expect(decrypting).not.toContain(name);
  });

  test('what the bucket of a product refuses stands above what it allows', () => {
    for (const name of ['consumer', ADMINISTRATOR, 'job of another product', 'greedy role']) expect(whoMay(read, opened({ AWS: '*' }))).not.toContain(name);
  });
});

describe('who trusts whom', () => {
  const trusted = (arn: string): string[] => deployment.trust(arn).flatMap(({ Principal: said }) => Object.values(said as Record<string, string>).flat());

  test('the exec role trusts CloudFormation alone', () => {
    expect(trusted(PRINCIPALS['exec role'].arn)).toEqual(['cloudformation.amazonaws.com']);
  });

  test('roles of the platform trust services, and the deploy role its account and that of the platform, which deploys a whole mesh at once', () => {
    const roles = deployment.roles().filter((of) => of.includes('/mesh-platform/'));
    expect(roles.length).toBeGreaterThanOrEqual(8);
    const others = roles.flatMap((of) => trusted(of).filter((to) => !to.endsWith('.amazonaws.com')).map((to) => [of.split('/').at(-1), to]));
    expect(others).toEqual([
      ['mesh-sales-product-deploy', `arn:aws:iam::${ACCOUNT}:root`], ['mesh-sales-product-deploy', 'arn:aws:iam::111111111111:root'],
      ['mesh-web-shop-product-deploy', 'arn:aws:iam::333333333333:root'], ['mesh-web-shop-product-deploy', 'arn:aws:iam::111111111111:root'],
    ]);
  });
});

describe('the evaluator sees an opened policy', () => {
  const open = (principal: Principal, statement: object): Principal => ({ ...principal, identity: [...principal.identity, { Statement: [statement as never] }] });
  const exec = PRINCIPALS['exec role'];
  const context = { 'aws:ResourceAccount': ACCOUNT };

  test.each<[what: string, statement: object, ask: Ask]>([
    ['a wildcard of a service', { Effect: 'Allow', Action: 'events:*', Resource: '*' }, { action: 'events:PutRule', resource: arn('events', 'rule/any') }],
    ['everything but', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, { action: 'ssm:PutParameter', resource: arn('ssm', 'parameter/any') }],
    ['another resource', { Effect: 'Allow', Action: 's3:PutBucketPolicy', NotResource: CURATED }, { action: 's3:PutBucketPolicy', resource: LOGS }],
    ['a condition that always holds', { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: '*', Condition: { StringNotEquals: { 'aws:PrincipalAccount': '1' } } }, { action: 'ssm:PutParameter', resource: arn('ssm', 'parameter/any') }],
    ['for all values of none', { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: '*', Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'owner' } } }, { action: 'ssm:PutParameter', resource: arn('ssm', 'parameter/any') }],
  ])('%s', (_what, statement, ask) => {
    const asked = { ...ask, context };
    expect(allowed(exec, asked)).toBe(false);
    expect(allowed(open(exec, statement), asked)).toBe(true);
  });

  test('a boundary that is taken away', () => {
    const unbounded = { ...PRINCIPALS['greedy role'], boundary: undefined };
    const grant: Ask = { action: 'lakeformation:GrantPermissions', resource: '*', context };
    expect(allowed(PRINCIPALS['greedy role'], grant)).toBe(false);
    expect(allowed(unbounded, grant)).toBe(true);
  });

  test('what is denied stays denied, whatever is opened', () => {
    const everything = open(exec, EVERYTHING.Statement[0]);
    for (const action of ['lakeformation:GrantPermissions', 'ram:CreateResourceShare', 'iam:DeleteRolePermissionsBoundary', 'kms:CreateGrant', 'glue:UpdateTable', 'lambda:UpdateFunctionCode']) {
      expect(allowed(everything, { action, resource: '*', context }, {})).toBe(false);
    }
  });

  test('a key that names a consumer', () => {
    const consumer = PRINCIPALS.consumer;
    const { policy } = deployment.guard(KEY);
    const named = { isKey: true, policy: { Statement: [...policy!.Statement, { Effect: 'Allow' as const, Principal: { AWS: consumer.arn }, Action: 'kms:Decrypt', Resource: '*' }] } };
    expect(allowed(consumer, { action: 'kms:Decrypt', resource: KEY }, deployment.guard(KEY))).toBe(false);
    expect(allowed(consumer, { action: 'kms:Decrypt', resource: KEY }, named)).toBe(true);
  });

  test('an operator that it does not know is an error, never a yes or a no', () => {
    expect(() => allowed(open(exec, { Effect: 'Allow', Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }), { action: 'ssm:PutParameter', resource: '*', context }))
      .toThrow('does not know the operator IpAddress');
  });
});
