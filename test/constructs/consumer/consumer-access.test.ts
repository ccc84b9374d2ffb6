import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { attributesIn } from '../../../constructs/domain/data-domain';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { DataContract } from '../../../lib/plan/data-contract';
import { loadMesh } from '../../../lib/plan/mesh/mesh';
import { participants } from '../../../lib/plan/mesh/mesh-accounts';
import { AccessStack } from '../../../lib/stacks/access-stack';
import { ConsumerRolesStack } from '../../../lib/stacks/consumer-roles-stack';
import { ConsumptionStack } from '../../../lib/stacks/consumption-stack';
import { DataProductStack } from '../../../lib/stacks/data-product-stack';
import { DomainFoundationStack } from '../../../lib/stacks/domain-foundation-stack';
import { FIXTURE } from '../../stacks/mesh-app';
import { type Deployed, Deployment } from '../../support/iam/deployment';
import { allowed, type Ask, type Guard, type Principal } from '../../support/iam/evaluate';
import { addPacks } from '../../support/findings';

/*
 * What the roles of consumers may do, once they are deployed beside a product: by their own policies, and by those of the product's
 * bucket and key. What they see of a catalogue, and what of a table, is for Lake Formation and stands in the tests of grants.
 */

const loaded = loadMesh(path.join(FIXTURE, 'mesh.yaml'), 'mesh.yaml');
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const { mesh } = loaded;
const app = new App({ treeMetadata: false });
const stacks = [
  new DomainFoundationStack(app, { mesh, domain: 'sales' }),
  new DataProductStack(app, { contract: DataContract.fromFile(path.join(FIXTURE, 'contracts/sales/orders.contract.yaml')), domain: attributesIn(mesh, 'sales') }),
  ...['reporting', 'fraud'].map((consumer) => new ConsumerRolesStack(app, { mesh, consumer, environment: 'prod' })),
  new AccessStack(app, { mesh, environment: 'prod', participant: participants(mesh, 'prod').find(({ name }) => name === 'reporting')! }),
  new ConsumptionStack(app, { mesh, consumer: 'reporting', environment: 'prod', granting: new Set(['sales', 'crm']), importers: [], tables: [] }),
];
addPacks(app, new MeshPolicy());
const assembly = app.synth();
const deployment = new Deployment(stacks.map(({ stackName }) => {
  const stack = assembly.getStackByName(stackName);
  return { stack: stackName, template: stack.template as Deployed['template'], account: stack.environment.account, region: stack.environment.region };
}));

const [REPORTING, FRAUD, SALES, CRM] = ['666666666666', '777777777777', '222222222222', '333333333333'];
const roleArn = (account: string, consumer: string, role: string): string => `arn:aws:iam::${account}:role/mesh-consumer/${consumer}/mesh-${consumer}-${role}`;
const PRINCIPALS = {
  'analyst of reporting': deployment.role(roleArn(REPORTING, 'reporting', 'analyst')),
  'etl of reporting': deployment.role(roleArn(REPORTING, 'reporting', 'etl')),
  'bi of reporting': deployment.role(roleArn(REPORTING, 'reporting', 'bi')),
  'warehouse of reporting': deployment.role(roleArn(REPORTING, 'reporting', 'warehouse')),
  'analyst of fraud': deployment.role(roleArn(FRAUD, 'fraud', 'analyst')),
  'etl of fraud': deployment.role(roleArn(FRAUD, 'fraud', 'etl')),
  'keeper of marts of reporting': deployment.role(`arn:aws:iam::${REPORTING}:role/mesh-platform/reporting/mesh-reporting-marts`),
  'administrator of reporting': deployment.role(`arn:aws:iam::${REPORTING}:role/mesh-platform/reporting/mesh-reporting-admin`),
  // The worst that the administrator of a consumer's account can make of it.
  'greedy analyst of reporting': { arn: roleArn(REPORTING, 'reporting', 'analyst'), identity: [{ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }] },
} satisfies Record<string, Principal>;
type Who = keyof typeof PRINCIPALS;

const REPORTERS: Who[] = ['analyst of reporting', 'etl of reporting', 'bi of reporting'];
const INVESTIGATORS: Who[] = ['analyst of fraud', 'etl of fraud'];
const WAREHOUSE: Who = 'warehouse of reporting';
const KEEPER: Who = 'keeper of marts of reporting';
const EVERYBODY: Who[] = [...REPORTERS, WAREHOUSE, ...INVESTIGATORS];
const ADMIN: Who = 'administrator of reporting';
const GREEDY: Who = 'greedy analyst of reporting';
const arn = (account: string, service: string, resource: string): string => `arn:aws:${service}:eu-west-1:${account}:${resource}`;
const CURATED = `arn:aws:s3:::shop-${SALES}-eu-west-1-sales-orders-v1-curated`;
const RESULTS = `arn:aws:s3:::shop-${REPORTING}-eu-west-1-reporting-results`;
const own = (account: string): Ask['context'] => ({ 'aws:ResourceAccount': account });
const key = (alias: string, service: string): Ask['context'] => ({ 'kms:ResourceAliases': [alias], 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` });

const WORKGROUP = deployment.find('AWS::RedshiftServerless::Workgroup', REPORTING);

const MATRIX: readonly [what: string, ask: Ask, who: readonly Who[]][] = [
  // Data of products: through Lake Formation, and by no other way.
  ['asks Lake Formation for data', { action: 'lakeformation:GetDataAccess', resource: '*' }, [...EVERYBODY, GREEDY]],
  ['reads a table from S3', { action: 's3:GetObject', resource: `${CURATED}/tables/orders/data/1.parquet`, context: own(SALES) }, []],
  ['lists the files of a table', { action: 's3:ListBucket', resource: CURATED, context: own(SALES) }, []],
  ['writes a table', { action: 's3:PutObject', resource: `${CURATED}/tables/orders/data/1.parquet`, context: own(SALES) }, []],
  ['decrypts with the key of a domain', { action: 'kms:Decrypt', resource: deployment.find('AWS::KMS::Key', SALES), context: own(SALES) }, []],
  ['grants', { action: 'lakeformation:GrantPermissions', resource: '*' }, [GREEDY]],
  ['is given credentials for a whole table', { action: 'lakeformation:GetTemporaryGlueTableCredentials', resource: '*' }, [GREEDY]],

  // The catalogue: whose databases and tables these are is known by name; which of them are shown is for Lake Formation.
  ['looks at a link in its own catalogue', { action: 'glue:GetDatabase', resource: arn(REPORTING, 'glue', 'database/sales') }, [...REPORTERS, WAREHOUSE, GREEDY]],
  ['makes a table in its own catalogue', { action: 'glue:CreateTable', resource: arn(REPORTING, 'glue', 'table/sales/orders_v1') }, [GREEDY]],

  // Queries: in its own workgroup, with results of its own.
  ['queries in the workgroup of reporting', { action: 'athena:StartQueryExecution', resource: arn(REPORTING, 'athena', 'workgroup/mesh-reporting') }, [...REPORTERS, GREEDY]],
  ['queries in another workgroup of the account', { action: 'athena:StartQueryExecution', resource: arn(REPORTING, 'athena', 'workgroup/primary') }, [GREEDY]],
  ['changes the workgroup of reporting', { action: 'athena:UpdateWorkGroup', resource: arn(REPORTING, 'athena', 'workgroup/mesh-reporting') }, [GREEDY]],
  ['reads results of reporting', { action: 's3:GetObject', resource: `${RESULTS}/1.csv`, context: own(REPORTING) }, [...REPORTERS, GREEDY]],
  ['deletes results of reporting', { action: 's3:DeleteObject', resource: `${RESULTS}/1.csv`, context: own(REPORTING) }, [GREEDY]],
  ['reads another bucket of the account', { action: 's3:GetObject', resource: 'arn:aws:s3:::payroll/1.csv', context: own(REPORTING) }, [GREEDY]],
  ['decrypts results of reporting', { action: 'kms:Decrypt', resource: arn(REPORTING, 'kms', 'key/1'), context: key('alias/mesh-reporting-results', 's3') }, REPORTERS],
  ['decrypts with another key of the account', { action: 'kms:Decrypt', resource: arn(REPORTING, 'kms', 'key/1'), context: key('alias/payroll', 's3') }, []],

  // The warehouse: analysts are let in, and what they may ask there is for it; what keeps its marts is its administrator, and reads nothing of a product.
  ['asks the warehouse of reporting', { action: 'redshift-data:ExecuteStatement', resource: WORKGROUP }, ['analyst of reporting', KEEPER, GREEDY]],
  ['gets into the warehouse as itself', { action: 'redshift-serverless:GetCredentials', resource: WORKGROUP }, ['analyst of reporting', GREEDY]],
  ['asks another warehouse of the account', { action: 'redshift-data:ExecuteStatement', resource: arn(REPORTING, 'redshift-serverless', 'workgroup/another') }, [GREEDY]],
  ['reads what another role asked the warehouse', { action: 'redshift-data:GetStatementResult', resource: '*', context: { 'redshift-data:statement-owner-iam-userid': 'another', 'aws:userid': 'me' } }, [KEEPER, GREEDY]],
  ['reads the password of the administrator', { action: 'secretsmanager:GetSecretValue', resource: arn(REPORTING, 'secretsmanager', 'secret:redshift!mesh-reporting-mesh_admin-AbCdEf') }, [KEEPER, GREEDY]],
  ['reads another secret of the account', { action: 'secretsmanager:GetSecretValue', resource: arn(REPORTING, 'secretsmanager', 'secret:payroll-AbCdEf') }, [GREEDY]],
  ['lets the warehouse have another role', { action: 'redshift-serverless:UpdateNamespace', resource: arn(REPORTING, 'redshift-serverless', 'namespace/1') }, [GREEDY]],

  // What the keeper of its marts could not do.
  ...['ReceiveMessage', 'DeleteMessage'].map((action): [string, Ask, Who[]] => [`${action} of what the keeper of marts could not do`, { action: `sqs:${action}`, resource: arn(REPORTING, 'sqs', 'mesh-reporting-marts-failed') }, [ADMIN, GREEDY]]),
  ['reads the log of the keeper of marts', { action: 'logs:FilterLogEvents', resource: arn(REPORTING, 'logs', 'log-group:/aws/lambda/mesh-reporting-marts:log-stream:1') }, [ADMIN, GREEDY]],
  ['asks the keeper of marts', { action: 'lambda:InvokeFunction', resource: arn(REPORTING, 'lambda', 'function:mesh-reporting-marts') }, [GREEDY]],

  // Itself.
  ['changes whom its role trusts', { action: 'iam:UpdateAssumeRolePolicy', resource: roleArn(REPORTING, 'reporting', 'analyst') }, [GREEDY]],
  ['becomes a role of another consumer', { action: 'sts:AssumeRole', resource: roleArn(FRAUD, 'fraud', 'analyst') }, []],
];

/** Everybody who has an access. A key of the consumer's account is taken to leave it to the account, and what it cannot be told of another's to refuse. */
function whoMay(ask: Ask): string[] {
  const guard: Guard = ask.resource.includes(':kms:') && !ask.resource.includes(SALES)
    ? { isKey: true, policy: { Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${REPORTING}:root` }, Action: 'kms:*', Resource: '*', Condition: { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::666666666666:role/mesh-consumer/*' } } }] } }
    : deployment.guard(ask.resource);
  return Object.entries<Principal>(PRINCIPALS).filter(([name, principal]) => !(name === GREEDY && ask.resource.includes(':kms:') && !ask.resource.includes(SALES)) && allowed(principal, ask, guard)).map(([name]) => name);
}

describe('who of the consumers may, and nobody else', () => {
  test.each(MATRIX)('%s', (_what, ask, who) => {
    expect(whoMay(ask).sort()).toEqual([...who].sort());
  });

  test('with the key of the warehouse its administrator reads what a queue holds, and nothing else', () => {
    const KEY = deployment.find('AWS::KMS::Key', 'Warehouse');
    const decrypts = (service: string): string[] => Object.entries<Principal>(PRINCIPALS)
      .filter(([, principal]) => allowed(principal, { action: 'kms:Decrypt', resource: KEY, context: key('alias/mesh-reporting-warehouse', service) }, deployment.guard(KEY))).map(([name]) => name);
    expect(['sqs', 'secretsmanager', 'redshift-serverless'].map(decrypts)).toEqual([[KEEPER, ADMIN], [KEEPER], []]);
    expect(allowed(PRINCIPALS[ADMIN], { action: 'kms:GenerateDataKey', resource: KEY, context: key('alias/mesh-reporting-warehouse', 'sqs') }, deployment.guard(KEY))).toBe(false);
  });

  test('their own policies name the catalogues of domains, published databases alone, and no bucket of a product', () => {
    for (const name of EVERYBODY) {
      const statements = PRINCIPALS[name].identity.flatMap(({ Statement }) => [...Statement]);
      const resources = statements.flatMap(({ Resource = [] }) => Resource);
      for (const [account, database] of [[SALES, 'sales'], [CRM, 'crm']]) {
        expect(resources.filter((resource) => resource.includes(`:${account}:`)).sort()).toEqual([arn(account, 'glue', 'catalog'), arn(account, 'glue', `database/${database}`), arn(account, 'glue', `table/${database}/*`)].sort());
      }
      expect(resources.filter((resource) => resource.startsWith('arn:aws:s3') && !resource.includes('-results'))).toEqual([]);
      expect(statements.flatMap(({ Action = [] }) => Action).filter((action) => action.includes('*') || /^glue:(?!Get|BatchGet)/.test(action))).toEqual([]);
    }
  });
});

describe('who becomes them', () => {
  const trusted = (account: string, consumer: string, role: string): unknown => deployment.trust(roleArn(account, consumer, role)).map(({ Principal: said, Condition }) => [said, Condition]);

  test('an analyst is whom the account lets, jobs are Glue\'s and dashboards QuickSight\'s, a warehouse Redshift\'s, of this account', () => {
    const here = { StringEquals: { 'aws:SourceAccount': REPORTING } };
    expect(trusted(REPORTING, 'reporting', 'analyst')).toEqual([[{ AWS: `arn:aws:iam::${REPORTING}:root` }, undefined]]);
    expect(trusted(REPORTING, 'reporting', 'etl')).toEqual([[{ Service: 'glue.amazonaws.com' }, here]]);
    const warehouse = { StringLike: { 'sts:ExternalId': `arn:aws:redshift:eu-west-1:${REPORTING}:dbuser:serverless-${REPORTING}-*/*` } };
    expect(trusted(REPORTING, 'reporting', 'warehouse')).toEqual([[{ Service: 'redshift.amazonaws.com' }, warehouse], [{ Service: 'redshift-serverless.amazonaws.com' }, warehouse]]);
    expect(trusted(REPORTING, 'reporting', 'bi')).toEqual([[{ Service: 'quicksight.amazonaws.com' }, here]]);
  });

  test('a consumer has the roles that mesh.yaml gives it, and no others', () => {
    expect(deployment.roles().filter((role) => role.includes('/mesh-consumer/'))).toEqual([
      ...['analyst', 'etl', 'bi', 'warehouse'].map((role) => roleArn(REPORTING, 'reporting', role)), ...['analyst', 'etl'].map((role) => roleArn(FRAUD, 'fraud', role)),
    ]);
  });
});
