import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { MeshPolicy } from '../../constructs/policy/mesh-policy';
import { addPacks } from '../support/findings';
import { fixtureMesh, type FixtureMesh } from './fixture-mesh';

interface Acknowledged {
  readonly ruleName: string;
  readonly reason: string;
  readonly acknowledgedAt: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

interface Report {
  readonly pluginReports: readonly { readonly pluginName: string; readonly suppressedViolations?: readonly Acknowledged[] }[];
}

const PACKS = ['AwsSolutions', 'HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321'];

describe('rules that hold in every template', () => {
  let mesh: FixtureMesh;
  let report: Report;

  beforeAll(() => {
    mesh = fixtureMesh();
    report = JSON.parse(fs.readFileSync(path.join(mesh.outdir, 'validation-report.json'), 'utf8')) as Report;
  }, 180_000);

  const acknowledged = (): Acknowledged[] => report.pluginReports.flatMap(({ suppressedViolations = [] }) => [...suppressedViolations]);

  test('four packs of cdk-nag and the mesh\'s own policy have looked at every stack, and no finding is without an answer', () => {
    expect(mesh.findings).toBe('');
    expect(mesh.stacks.map(({ stackName }) => stackName)).toEqual(expect.arrayContaining(['sales-foundation', 'dev-crm-foundation', 'sales-orders-v2', 'dev-sales-returns-v1']));
    expect(report.pluginReports.map(({ pluginName }) => pluginName)).toEqual(expect.arrayContaining(PACKS));
  });

  test('the packs are active: a bucket that leaves everything out is refused by each of them', () => {
    const app = new App({ treeMetadata: false });
    addPacks(app);
    // As MeshStacks does.
    Validations.of(app).addPlugins(new MeshPolicy());
    new s3.Bucket(new Stack(app, 'Canary'), 'Open');
    let said = '';
    try {
      app.synth();
    } catch (error) {
      said = (error as Error).message;
    }
    for (const rule of ['AwsSolutions-S1', 'HIPAA.Security-S3BucketLoggingEnabled', 'NIST.800.53.R5-S3BucketVersioningEnabled', 'PCI.DSS.321-S3DefaultEncryptionKMS', 'MESH-']) {
      expect(said).toContain(rule);
    }
  });

  test('an acknowledgement says why, and stands at the construct that needs it', () => {
    for (const { ruleName, reason, acknowledgedAt, violatingConstructs } of acknowledged()) {
      expect([ruleName, reason.length > 20]).toEqual([ruleName, true]);
      for (const { constructPath } of violatingConstructs) expect(constructPath.startsWith(acknowledgedAt)).toBe(true);
      // Never a whole stack or product.
      expect([ruleName, acknowledgedAt.split('/').length >= 3]).toEqual([ruleName, true]);
    }
  });

  test('acknowledgements do not grow unseen: the most that a stack of each kind has answered, by rule', () => {
    const counted = (stack: string): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { ruleName, violatingConstructs } of acknowledged()) {
        const here = violatingConstructs.filter(({ constructPath }) => constructPath.startsWith(`${stack}/`)).length;
        const rule = ruleName.replace(/\[.*/, '');
        if (here > 0) counts[rule] = (counts[rule] ?? 0) + here;
      }
      return Object.fromEntries(Object.entries(counts).sort());
    };
    // A stack that is like none of these would be counted by nobody.
    const kinds = {
      product: /-v\d+$/, foundation: /-foundation$/, governance: /governance$/, access: /access-\w+$/, policy: /-policy$/, grants: /-grants$/, roles: /-roles$/, consumption: /-consumption$/,
      observability: /^(dev-)?observability/,
    };
    const names = mesh.stacks.map(({ stackName }) => stackName);
    expect(names.filter((name) => !Object.values(kinds).some((kind) => kind.test(name)))).toEqual([]);
    expect(Object.fromEntries(Object.entries(kinds).map(([kind, is]) => [kind, most(names.filter((name) => is.test(name)).map(counted))]))).toMatchSnapshot();
  });
});

function most(counts: readonly Record<string, number>[]): Record<string, number> {
  const all = counts.flatMap((each) => Object.entries(each));
  return Object.fromEntries([...new Set(all.map(([rule]) => rule))].sort().map((rule) => [rule, Math.max(...all.filter(([one]) => one === rule).map(([, count]) => count))]));
}
