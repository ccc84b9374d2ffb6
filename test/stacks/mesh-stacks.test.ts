import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { objections } from '../../constructs/policy/handler/judge';
import { type Mesh } from '../../lib/plan/mesh/mesh';
import { serviceControlPolicies } from '../../lib/plan/mesh/service-control-policies';
import { Workspace } from '../../lib/plan/workspace';
import { allowed, type Policy, type Principal } from '../support/iam/evaluate';
import { fixtureMesh, type FixtureMesh } from './fixture-mesh';
import { FIXTURE, ofType, remove, type Resource, synthesise } from './mesh-app';

/** Resources that hold what cannot be made again. */
const STATEFUL = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::Glue::Database', 'Custom::MeshTables'];

/** A database that leads to another account's holds nothing. */
const isLink = (properties: Record<string, unknown> | undefined): boolean => (properties?.DatabaseInput as { TargetDatabase?: unknown } | undefined)?.TargetDatabase !== undefined;

let mesh: FixtureMesh;
beforeAll(() => { mesh = fixtureMesh(); }, 180_000);

const names = (): string[] => mesh.stacks.map(({ stackName }) => stackName);
const products = (): string[] => names().filter((name) => /-v\d+$/.test(name));
/** What domains have: what the platform shares among them has tests of its own. */
const domains = (): string[] => names().filter((name) => /-v\d+$|-foundation$/.test(name));

describe('stacks of a mesh', () => {
  test('are its foundations and, in each environment, the products that the lifecycle lets be deployed there', () => {
    expect(domains().sort()).toEqual([
      'crm-customers-v1', 'crm-foundation', 'crm-segments-v1',
      'dev-crm-customers-v1', 'dev-crm-foundation', 'dev-crm-segments-v1',
      'dev-sales-foundation', 'dev-sales-orders-v1', 'dev-sales-orders-v2', 'dev-sales-returns-v1',
      // returns is a draft: not in production.
      'sales-foundation', 'sales-orders-v1', 'sales-orders-v2',
    ]);
  });

  test('are deployed after the platform\'s: who works in an account, then what all share, then foundations', () => {
    const of = (name: string): string[] => mesh.stacks.find(({ stackName }) => stackName === name)!.dependencies.map(({ stackName }) => stackName).sort();
    expect(names().slice(0, 4)).toEqual(['access-platform', 'access-sales', 'access-crm', 'access-reporting']);
    expect(of('sales-foundation')).toEqual(['access-sales', 'governance']);
    expect(of('dev-crm-foundation')).toEqual(['dev-access-crm', 'dev-governance']);
  });

  test('of the platform, whatever they are for, are changed by nobody with the role that they were deployed with', () => {
    const { mesh: read } = new Workspace(FIXTURE).mesh() as { mesh: Mesh };
    const controls = serviceControlPolicies(read).map(({ document }) => document as unknown as Policy);
    const administrator = (account: string): Principal => ({ arn: `arn:aws:iam::${account}:role/Administrator`, identity: [{ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }], controls });
    const changed = mesh.stacks.filter(({ stackName, account }) => allowed(administrator(account), { action: 'cloudformation:UpdateStack', resource: `arn:aws:cloudformation:eu-west-1:${account}:stack/${stackName}/1` }));
    expect(changed.map(({ stackName }) => stackName).sort()).toEqual(products().sort());
  });

  test('of products come after what makes the roles that they are deployed with and keeps them to the policy, and upload nothing before it is there', () => {
    const { artifacts } = JSON.parse(fs.readFileSync(path.join(mesh.outdir, 'manifest.json'), 'utf8')) as { artifacts: Record<string, { dependencies?: string[] }> };
    for (const name of products()) {
      const domain = name.replace(/-\w+-v\d+$/, '');
      expect(artifacts[name].dependencies).toEqual([`${domain}-foundation`, `${domain}-policy`, `${name}.assets`]);
      // The CDK's command line takes the stack's role before it uploads: https://github.com/aws/aws-cdk-cli
      expect(artifacts[`${name}.assets`].dependencies).toEqual([`${domain}-foundation`, `${domain}-policy`]);
    }
    expect(artifacts['sales-foundation.assets'].dependencies).toBeUndefined();
  });

  test('are as they were', () => {
    for (const name of domains().filter((one) => !one.startsWith('dev-') || one === 'dev-sales-orders-v2').sort()) expect(mesh.template(name)).toMatchSnapshot(name);
  });

  test('keep the logical ids of what holds data: another id would replace it', () => {
    const ids = Object.fromEntries(domains().sort().map((name) => [name,
      Object.entries(mesh.template(name).Resources).filter(([, { Type }]) => STATEFUL.includes(Type)).map(([id, { Type }]) => `${Type} ${id}`).sort()]));
    expect(ids).toMatchSnapshot();
  });

  test('retain what holds data, whatever becomes of the stack', () => {
    for (const name of names()) {
      const stateful = Object.values(mesh.template(name).Resources).filter(({ Type, Properties }) => STATEFUL.includes(Type) && !Type.startsWith('Custom::') && !isLink(Properties));
      expect([name, domains().includes(name) && stateful.length === 0]).toEqual([name, false]);
      for (const { Type, DeletionPolicy, UpdateReplacePolicy } of stateful) {
        expect([name, Type, DeletionPolicy, UpdateReplacePolicy]).toEqual([name, Type, Type === 'AWS::SecretsManager::Secret' ? 'RetainExceptOnCreate' : 'Retain', 'Retain']);
      }
    }
  });

  test('name what they retain where CloudFormation finds it again: a first deployment that failed is repeated with --import-existing-resources', () => {
    // What identifies each type, written as it is: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    const identifiers: Readonly<Record<string, readonly string[]>> = {
      'AWS::S3::Bucket': ['BucketName'], 'AWS::DynamoDB::Table': ['TableName'], 'AWS::Logs::LogGroup': ['LogGroupName'], 'AWS::Glue::Database': ['DatabaseName'],
      'AWS::Glue::Table': ['CatalogId', 'DatabaseName', 'Name'], 'AWS::Glue::SecurityConfiguration': ['Name'],
    };
    // Have no name that a second one could not have.
    const unnamed = ['AWS::KMS::Key', 'AWS::DataZone::Domain', 'AWS::DataZone::DomainUnit', 'AWS::LakeFormation::DataLakeSettings'];
    for (const name of names()) {
      for (const { Type, Properties } of Object.values(mesh.template(name).Resources).filter(({ DeletionPolicy, Type: type }) => DeletionPolicy === 'Retain' && !unnamed.includes(type))) {
        expect([name, Type, identifiers[Type]?.map((property) => typeof Properties?.[property])]).toEqual([name, Type, identifiers[Type]?.map(() => 'string') ?? 'has to be identified']);
      }
    }
  });

  test('give no name twice, though environments share accounts', () => {
    const seen = new Map<string, string>();
    for (const stack of mesh.stacks) {
      for (const [id, { Type, Properties }] of Object.entries(mesh.template(stack.stackName).Resources)) {
        const named = Object.entries(Properties ?? {}).find(([property, value]) => /^(Name|[A-Z]\w+Name|AliasName)$/.test(property) && typeof value === 'string' && !['DisplayName', 'GroupName'].includes(property));
        const own = /(Bucket|Role|ManagedPolicy|Job|StateMachine|Topic|Queue|Alarm|LogGroup|WorkGroup|Function|Database|GlobalTable|Schedule|Secret|Parameter|Dashboard|Alias|Ruleset|SecurityConfiguration)$/.test(Type);
        // An alias of a function is named within the function.
        if (named === undefined || !own || Type === 'AWS::Lambda::Alias') continue;
        const key = `${stack.account} ${Type} ${named[1] as string}`;
        expect([key, seen.get(key)]).toEqual([key, undefined]);
        seen.set(key, `${stack.stackName}/${id}`);
      }
    }
    expect(seen.size).toBeGreaterThan(150);
  });

  test('have no alarm that docs/operations.md does not say what to do about, and it names none that there is none of', () => {
    const kinds = new Set(mesh.stacks.flatMap(({ stackName }) => Object.values(mesh.template(stackName).Resources)
      .filter(({ Type }) => Type.startsWith('AWS::CloudWatch::') && Type.endsWith('Alarm'))
      .map(({ Properties }) => (Properties.AlarmName as string)
        .replace(/^mesh-(dev-)?platform-(governance|subscriptions|review)-failed$/, 'mesh-platform-<handler>-failed')
        .replace(/^mesh-(dev-)?(sales|crm)-(tables|permissions|catalogue|publisher|grants|policy)-failed$/, 'mesh-<domain>-<handler>-failed')
        .replace(/^mesh-(dev-)?reporting-marts-failed$/, 'mesh-<consumer>-marts-failed')
        .replace(/^mesh-.+-v\d+-/, '<product>-'))));
    const [table] = /^\| alarm .+?\n\n/ms.exec(fs.readFileSync(path.join(__dirname, '../../docs/operations.md'), 'utf8'))!;
    const told = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    // No product of this mesh sets rows aside.
    expect([...kinds, '<product>-quarantine'].sort()).toEqual(told.sort());
  });

  test('have keys that no service uses for another account, as far as it says for whom', () => {
    interface Said { readonly Sid: string; readonly Effect: string; readonly Action: string | string[]; readonly Principal: { readonly Service?: unknown }; readonly Condition?: Record<string, Record<string, unknown>> }
    const open = mesh.stacks.flatMap(({ stackName, account }) => ofType(mesh.template(stackName), 'AWS::KMS::Key').flatMap(([, { Properties }]) => (Properties.KeyPolicy as { Statement: Said[] }).Statement
      .filter(({ Effect, Action, Principal }) => Effect === 'Allow' && Principal.Service !== undefined && [Action].flat().includes('kms:Decrypt'))
      // What a service encrypts for a log group or a bus names it in the context.
      .filter(({ Condition = {} }) => !JSON.stringify(Condition).includes('kms:EncryptionContext:')
        && ![Condition.StringEquals, Condition.StringEqualsIfExists].some((equal) => JSON.stringify(equal?.['aws:SourceAccount']) === JSON.stringify(account)))
      .map(({ Sid }) => `${stackName} ${Sid}`)));
    expect(open).toEqual([]);
  });

  test('of products are handed to CloudFormation with the role of their domain, by whoever may deploy its products', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(mesh.outdir, 'manifest.json'), 'utf8')) as { artifacts: Record<string, { properties?: Record<string, string> }> };
    const { assumeRoleArn, cloudFormationExecutionRoleArn } = manifest.artifacts['dev-sales-orders-v2'].properties ?? {};
    expect(cloudFormationExecutionRoleArn).toBe('arn:aws:iam::222222222222:role/mesh-platform/dev/sales/mesh-dev-sales-product-exec');
    expect(assumeRoleArn).toBe('arn:aws:iam::222222222222:role/mesh-platform/dev/sales/mesh-dev-sales-product-deploy');
    expect(manifest.artifacts['sales-foundation'].properties?.cloudFormationExecutionRoleArn).toContain('cdk-hnb659fds-cfn-exec-role');
  });

  test('of products are let through by the hook in their accounts, and no others are', () => {
    const judged = (name: string): string | undefined => objections(JSON.stringify(mesh.template(name)), mesh.stacks.find(({ stackName }) => stackName === name)!.account);
    for (const name of products()) expect([name, judged(name)]).toEqual([name, undefined]);
    for (const name of ['sales-foundation', 'governance', 'sales-orders-v1-grants']) expect(judged(name)).toContain('the stack is not a product\'s');
  });

  test('of products export and import nothing: values are names that both sides compute, or parameters', () => {
    for (const name of products()) {
      const text = JSON.stringify(mesh.template(name));
      expect(text).not.toContain('Fn::ImportValue');
      expect(text).not.toContain('Export');
    }
  });
});

describe('a product', () => {
  test('is tagged with its domain, its owner and who pays, wherever a tag can be', () => {
    const [, { Properties }] = ofType(mesh.template('sales-orders-v2'), 'AWS::S3::Bucket')[0];
    expect(Properties.Tags).toEqual([
      { Key: 'cost-centre', Value: 'CC-1001' }, { Key: 'mesh:domain', Value: 'sales' }, { Key: 'mesh:product', Value: 'sales/orders-v2' },
      { Key: 'owner', Value: 'orders-owner@shoply.example' },
    ]);
  });

  test('keeps what it stages and imports for a day once it is deleted, and all else for thirty', () => {
    for (const name of products()) {
      for (const [, { Properties }] of ofType(mesh.template(name), 'AWS::S3::Bucket')) {
        const { Rules } = Properties.LifecycleConfiguration as { Rules: { Prefix?: string; NoncurrentVersionExpiration?: { NoncurrentDays: number } }[] };
        const kept = Rules.flatMap(({ Prefix, NoncurrentVersionExpiration }) => (NoncurrentVersionExpiration ? [[Prefix, NoncurrentVersionExpiration.NoncurrentDays]] : []));
        const copies = String(Properties.BucketName).endsWith('-raw') ? [['staging/', 1], ['imports/', 1]] : [];
        expect([name, kept]).toEqual([name, [...copies, [undefined, 30]]]);
      }
    }
  });

  test('keeps what landed for good, since a full load reads nothing else, and what runs have read as long as the contract says', () => {
    const rulesOf = (name: string): unknown[] => ofType(mesh.template(name), 'AWS::S3::Bucket').flatMap(([, { Properties }]) => (Properties.LifecycleConfiguration as { Rules: unknown[] }).Rules);
    const ageing = rulesOf('sales-orders-v1').flatMap((rule) => {
      const { Prefix, ExpirationInDays } = rule as { Prefix?: string; ExpirationInDays?: number };
      return ExpirationInDays === undefined ? [] : [[Prefix, ExpirationInDays]];
    });
    expect(ageing).toEqual([['raw/', 1827], ['staging/', 1], ['imports/', 7]]);
  });

  test('makes at most three roles, below its own path and behind the boundary of its domain', () => {
    for (const name of products()) {
      const roles = ofType(mesh.template(name), 'AWS::IAM::Role');
      expect(roles.length).toBeLessThanOrEqual(3);
      for (const [, { Properties }] of roles) {
        expect(Properties.Path).toMatch(/^\/mesh\/(dev\/)?(sales|crm)\/\w+-v\d\/$/);
        expect(Properties.PermissionsBoundary).toMatch(/^arn:aws:iam::\d{12}:policy\/mesh-platform\/.*-product-boundary$/);
        expect(Properties.Policies).toBeUndefined();
      }
    }
  });

  test('makes permissions before tables, tables before the rest of the permissions, these before jobs, jobs before their release, and that before anything starts them', () => {
    const { Resources } = mesh.template('sales-orders-v2');
    const id = (type: string, part = ''): string => Object.entries(Resources).find(([logical, { Type }]) => Type === type && logical.includes(part))?.[0] ?? `no ${type} ${part}`;
    const before = id('Custom::MeshPermissions', 'BeforeTables');
    const tables = id('Custom::MeshTables');
    const after = id('Custom::MeshPermissions', 'AfterTables');
    const release = id('Custom::MeshRelease');
    const machine = id('AWS::StepFunctions::StateMachine');
    const order = [[before, tables], [tables, after], [after, id('AWS::Glue::Job', 'Etl')], [after, id('AWS::Glue::Job', 'Quality')], [id('AWS::Glue::Job', 'Etl'), release],
      [release, machine], [machine, id('AWS::Scheduler::Schedule')], [after, id('Custom::MeshCatalogue')], [after, id('AWS::Glue::DataQualityRuleset')]];
    for (const [first, second] of order) expect([first, second, comesFirst(Resources, first, second)]).toEqual([first, second, true]);
  });

  test('that is retired keeps its data, and has no schedule, no alarm and no release', () => {
    const retired = mesh.template('crm-segments-v1');
    for (const type of ['AWS::Scheduler::Schedule', 'AWS::CloudWatch::Alarm', 'Custom::MeshRelease']) expect([type, ofType(retired, type)]).toEqual([type, []]);
    expect(ofType(retired, 'AWS::S3::Bucket')).toHaveLength(2);
  });

  test('that reads a database runs in the network of its domain, others do not', () => {
    const connections = (name: string): unknown[] => ofType(mesh.template(name), 'AWS::Glue::Job').map(([, { Properties }]) => Properties.Connections);
    expect(connections('dev-crm-customers-v1')).toEqual([{ Connections: ['mesh-dev-crm-network'] }, { Connections: ['mesh-dev-crm-network'] }]);
    expect(connections('sales-orders-v1')).toEqual([undefined, undefined]);
  });
});

describe('what consumers see of a product', () => {
  const granting = (): string[] => names().filter((name) => name.endsWith('-grants'));
  const notes = (name: string): unknown[] => ofType(mesh.template(name), 'Custom::MeshGrants').flatMap(([, { Metadata }]) => Metadata?.['mesh:grant'] as unknown[]);

  test('is granted by a stack of its own, for each product that is deployed, by nobody but the platform', () => {
    expect(granting().sort()).toEqual(products().map((name) => `${name}-grants`).sort());
    for (const name of granting()) expect([name, mesh.template(name).Metadata]).toEqual([name, { 'mesh:stack': 'grants' }]);
  });

  test('comes after its tables, the roles that it is granted to, and the bindings that say so', () => {
    const after = (name: string): string[] => mesh.stacks.find(({ stackName }) => stackName === name)!.dependencies.map(({ stackName }) => stackName).sort();
    expect(after('sales-orders-v2-grants')).toEqual(['fraud-roles', 'governance', 'reporting-roles', 'sales-orders-v2', 'sales-roles']);
    // Orders import customers, and so does their role.
    expect(after('dev-crm-customers-v1-grants')).toEqual(['dev-crm-customers-v1', 'dev-fraud-roles', 'dev-governance', 'dev-reporting-roles', 'dev-sales-orders-v2', 'dev-sales-roles']);
  });

  test('is queried with what each consumer has of its own, after the grants of contracts that name it', () => {
    const after = (name: string): string[] => mesh.stacks.find(({ stackName }) => stackName === name)!.dependencies.map(({ stackName }) => stackName).sort();
    expect(after('reporting-consumption')).toEqual(['access-reporting', 'crm-customers-v1-grants', 'crm-segments-v1-grants', 'reporting-roles', 'sales-orders-v2-grants']);
    const linked = (name: string): unknown[] => ofType(mesh.template(name), 'AWS::Glue::Database').map(([, { Properties }]) => (Properties.DatabaseInput as { Name: string }).Name);
    expect([linked('reporting-consumption'), linked('dev-fraud-consumption'), linked('sales-consumption')]).toEqual([['sales', 'crm'], ['sales_dev'], ['crm']]);
  });

  test('is what its contract gives to whom, and nothing of what is retired or a draft', () => {
    expect(notes('sales-orders-v2-grants')).toMatchObject([
      { role: 'analyst', consumer: 'reporting', clearance: 'internal' }, { role: 'investigator', consumer: 'fraud', clearance: 'confidential' },
    ]);
    expect(notes('crm-customers-v1-grants')).toEqual([
      { role: 'analyst', consumer: 'reporting', clearance: 'internal', columns: { 'customers_v1.country': 'internal' } },
      { role: 'importer', consumer: 'sales', clearance: 'internal', columns: { 'customers_v1.customer_id': 'internal', 'customers_v1.country': 'internal' } },
    ]);
    for (const name of ['crm-segments-v1-grants', 'dev-sales-returns-v1-grants']) expect([name, notes(name)]).toEqual([name, []]);
  });

  test('is as it was, and so is what a consumer has', () => {
    for (const name of ['sales-orders-v2-grants', 'reporting-roles', 'reporting-consumption', 'fraud-consumption']) expect(mesh.template(name)).toMatchSnapshot(name);
  });
});

describe('a synth of some products', () => {
  test('makes their stacks and nothing else, and reads no other contract', () => {
    const broken = fs.mkdtempSync(path.join(FIXTURE, '..', '.mesh-'));
    try {
      fs.cpSync(FIXTURE, broken, { recursive: true });
      fs.writeFileSync(path.join(broken, 'contracts', 'crm', 'segments.contract.yaml'), 'id: [');
      const one = synthesise({ root: broken, products: ['dev-sales-returns-v1'] });
      expect(one.stacks.map(({ stackName }) => stackName)).toEqual(['dev-sales-returns-v1']);
      remove(one);
      expect(() => synthesise({ root: broken })).toThrow(/segments\.contract\.yaml:1:6: error: .* \(yaml\/syntax\)/s);
    } finally {
      fs.rmSync(broken, { recursive: true });
    }
  });

  test('refuses a name that no product has, and one that the lifecycle keeps out, with the name that was meant', () => {
    expect(() => synthesise({ products: ['sales-order-v1'] })).toThrow('`products` must name stacks of products that may be deployed, got sales-order-v1; did you mean sales-orders-v1?');
    expect(() => synthesise({ products: ['sales-returns-v1'] })).toThrow('got sales-returns-v1');
  });

  test('refuses to retire a version before its end of life, with the line and what to do', () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-retired-'));
    fs.cpSync(FIXTURE, root, { recursive: true });
    const contract = path.join(root, 'contracts', 'sales', 'orders.contract.yaml');
    fs.writeFileSync(contract, fs.readFileSync(contract, 'utf8').replace('status: deprecated', 'status: retired'));
    expect(() => synthesise({ root, products: ['sales-orders-v1'] })).toThrow(/orders\.contract\.yaml:25:\d+: error: its end of life is 2031-01-31 \(mesh\/early-retirement\); leave it deprecated until then, or say why/);
    fs.rmSync(root, { recursive: true });
  });

  test('lets data go when it is asked for by the product\'s id: S3 empties the buckets, then the stack may be deleted', () => {
    const going = synthesise({ products: ['crm-segments-v1'], deleteDataOf: 'dp_crm_segments' });
    const buckets = ofType(going.template('crm-segments-v1'), 'AWS::S3::Bucket');
    for (const [, { DeletionPolicy, Properties }] of buckets) {
      expect(DeletionPolicy).toBe('Delete');
      expect(JSON.stringify(Properties.LifecycleConfiguration)).toContain('"ExpirationInDays":1,"Id":"delete-data"');
    }
    expect(objections(JSON.stringify(going.template('crm-segments-v1')), '333333333333')).toBeUndefined();
    remove(going);
  });
});

describe('quotas', () => {
  test('are counted for each account, and written beside the templates', () => {
    const report = JSON.parse(fs.readFileSync(path.join(mesh.outdir, 'quotas.json'), 'utf8')) as { account: string; region: string | null; of: string; used: number }[];
    // Five products of sales in two environments, a bucket of logs for each foundation, and results with their logs, as it is a consumer too.
    expect(report).toContainEqual({ account: '222222222222', region: null, of: 'S3 buckets', used: 16, limit: 10_000 });
    const reserved = mesh.stacks.filter(({ account }) => account === '222222222222').flatMap((stack) => Object.values(mesh.template(stack.stackName).Resources)).reduce((sum, { Properties }) => sum + Number(Properties?.ReservedConcurrentExecutions ?? 0), 0);
    expect(reserved).toBeGreaterThan(100);
    expect(report).toContainEqual({ account: '222222222222', region: 'eu-west-1', of: 'reserved executions of Lambda', used: reserved, limit: 900 });
    expect(report.find(({ account, of }) => account === '333333333333' && of === 'CloudFormation stacks')?.used).toBe(mesh.stacks.filter(({ account }) => account === '333333333333').length);
  });
});

/** Whether CloudFormation makes one only after the other is there: by what it depends on and refers to. */
function comesFirst(resources: Record<string, Resource>, first: string, second: string, seen = new Set<string>()): boolean {
  if (first === second) return true;
  if (seen.has(second)) return false;
  seen.add(second);
  const { DependsOn = [], Properties } = resources[second];
  const references = [...JSON.stringify(Properties ?? {}).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map((match) => match[1]).filter((id) => id in resources);
  return [...[DependsOn].flat(), ...references].some((id) => comesFirst(resources, first, id, seen));
}
