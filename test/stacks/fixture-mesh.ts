import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { MeshStacks } from '../../lib/stacks/mesh-stacks';
import { addPacks, findingsOf } from '../support/findings';
import { CONTEXT, FIXTURE, type Template } from './mesh-app';

/** A stack of the mesh of the fixture. */
export interface FixtureStack {
  readonly stackName: string;
  readonly account: string;
  readonly dependencies: readonly { readonly stackName: string }[];
}

export interface FixtureMesh {
  readonly stacks: readonly FixtureStack[];
  /** What the packs of cdk-nag and the mesh's own policy have to say, empty where nothing. */
  readonly findings: string;
  /** Where templates, reports and assets lie: for all files of a run, so to be read only. */
  readonly outdir: string;
  template(name: string): Template;
}

/** The mesh of the fixture as it is, synthesised once a run, under the packs of cdk-nag, by whichever file needs it first. */
export function fixtureMesh(): FixtureMesh {
  const outdir = path.join(os.tmpdir(), 'fixture-mesh');
  if (!fs.existsSync(outdir)) {
    const own = fs.mkdtempSync(`${outdir}-`);
    synthesiseInto(own);
    try {
      fs.renameSync(own, outdir);
    } catch {
      // Another worker was first.
      fs.rmSync(own, { recursive: true });
    }
  }
  const read = <T>(file: string): T => JSON.parse(fs.readFileSync(path.join(outdir, file), 'utf8')) as T;
  return { ...read<Pick<FixtureMesh, 'stacks' | 'findings'>>('fixture-mesh.json'), outdir, template: (name) => read<Template>(`${name}.template.json`) };
}

function synthesiseInto(outdir: string): void {
  const app = addPacks(new App({ treeMetadata: false, context: CONTEXT, outdir }));
  const { stacks } = new MeshStacks(app, { root: FIXTURE });
  const findings = findingsOf(app);
  fs.writeFileSync(path.join(outdir, 'fixture-mesh.json'), JSON.stringify({
    findings, stacks: stacks.map(({ stackName, account, dependencies }) => ({ stackName, account, dependencies: dependencies.map((one) => ({ stackName: one.stackName })) })),
  }));
}
