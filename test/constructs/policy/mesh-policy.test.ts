import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack, Validations, type PolicyViolation } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { actionsWithoutResource } from '../../../constructs/policy/no-resource-actions';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { RULES } from '../../../constructs/policy/rules';
import { fixtureMesh } from '../../stacks/fixture-mesh';
import { smallMesh, templatesOf, type Deployed } from './good-mesh';
import { type Mutation, MUTATIONS } from './mutations';

const root = path.resolve(__dirname, '../../..');
const policy = new MeshPolicy();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-policy-'));
afterAll(() => { fs.rmSync(folder, { recursive: true }); });

function violations(templates: readonly Deployed[]): PolicyViolation[] {
  const stackTemplates = templates.map(({ name, account, body }) => {
    const templatePath = path.join(folder, `${name}.template.json`);
    fs.writeFileSync(templatePath, JSON.stringify(body));
    return { stackConstructPath: name, templatePath, accountId: account, region: 'eu-west-1' };
  });
  const report = policy.validate({ stackTemplates, templatePaths: stackTemplates.map(({ templatePath }) => templatePath), appConstruct: new App() });
  expect(report.success).toBe(report.violations.length === 0);
  return report.violations;
}

/** A copy of the first template that there is something to break in, broken. */
function firstBroken(good: readonly Deployed[], apply: Mutation['apply']): Deployed | undefined {
  for (const template of good) {
    const copy = structuredClone(template);
    if (apply(copy)) return copy;
  }
  return undefined;
}

/** Meshes that nothing is wrong with: one made for this, with one of everything, and one as products and foundations really are. */
const GOOD: [name: string, make: () => Deployed[], leastWays: number][] = [
  ['a small mesh', () => templatesOf(smallMesh()), MUTATIONS.length],
  ['two domains with their foundations and products', () => {
    const mesh = fixtureMesh();
    // What the platform shares has findings that are answered beside their constructs: test/stacks looks at it.
    return mesh.stacks.filter(({ stackName }) => /-v\d+$|-foundation$/.test(stackName)).map(({ stackName, account }) => ({ name: stackName, account, body: mesh.template(stackName) }));
  }, 60],
];

describe.each(GOOD)('%s', (_, make, leastWays) => {
  let good: Deployed[];
  let ways = 0;
  beforeAll(() => { good = make(); }, 120_000);

  test('is refused for nothing', () => {
    expect(violations(good)).toEqual([]);
  });

  test.each(MUTATIONS.map((mutation) => [mutation.how, mutation] as const))('is refused when %s', (__, { rule, apply }) => {
    const broken = firstBroken(good, apply);
    if (broken === undefined) return;
    ways += 1;
    const found = violations([broken]);
    expect(found.map(({ ruleName }) => ruleName)).toEqual([rule]);
    expect(found[0].violatingResources).toHaveLength(1);
    const { resourceLogicalId = '' } = found[0].violatingResources[0];
    expect({ ...broken.body.Resources, ...broken.body.Outputs }).toHaveProperty(resourceLogicalId);
  });

  test('has been broken in enough ways', () => {
    expect(ways).toBeGreaterThanOrEqual(leastWays);
  });
});

test('every rule is broken by something', () => {
  const broken = new Set(MUTATIONS.map(({ rule }) => rule));
  expect(RULES.filter(({ id }) => !broken.has(id)).map(({ id }) => id)).toEqual([]);
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});

describe('in an app', () => {
  function app(): { app: App; bucket: s3.Bucket } {
    const made = new App();
    Validations.of(made).addPlugins(new MeshPolicy());
    return { app: made, bucket: new s3.Bucket(new Stack(made, 'any', { env: { account: '111122223333', region: 'eu-west-1' } }), 'Bucket') };
  }

  test('a finding fails the synth and says what to do', () => {
    expect(() => app().app.synth()).toThrow(/MESH-S3-1/);
  });

  test('a finding with a reason is acknowledged beside its construct', () => {
    const { app: made, bucket } = app();
    for (const rule of ['MESH-S3-1', 'MESH-S3-2', 'MESH-S3-3', 'MESH-S3-4', 'MESH-S3-5', 'MESH-TAG-1', 'MESH-TAG-2']) {
      Validations.of(bucket).acknowledge({ id: `mesh-policy::${rule}`, reason: 'a test' });
    }
    expect(() => made.synth()).not.toThrow();
  });
});

test('docs/policy.md lists the rules as they are', () => {
  const table = RULES.map(({ id, description, fix }) => `| ${id} | ${description} | ${fix} |`).join('\n');
  expect(fs.readFileSync(path.join(root, 'docs/policy.md'), 'utf8')).toContain(table);
});

test('actions that are said to take no resource take none, by the table that cfn-lint has from AWS', () => {
  const lib = path.join(root, '.venv/lib');
  const [python] = fs.readdirSync(lib);
  const known = JSON.parse(fs.readFileSync(path.join(lib, python, 'site-packages/cfnlint/data/AdditionalSpecs/Policies.json'), 'utf8')) as Record<string, { Actions: Record<string, { Resources?: string[] }> }>;
  const wrong = actionsWithoutResource().filter((action) => {
    const [service, name] = action.split(':');
    const entry = known[service].Actions[name.toLowerCase()];
    return entry === undefined || (entry.Resources ?? []).length > 0;
  });
  expect(wrong).toEqual([]);
});
