import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { MeshStacks, type MeshStacksProps } from '../../lib/stacks/mesh-stacks';

/** Two domains with two products each, one version pair, two environments in one account. */
export const FIXTURE = path.join(__dirname, 'mesh');

export interface Synthesised {
  readonly app: App;
  readonly stacks: readonly Stack[];
  /** Where templates and assets lie. */
  readonly outdir: string;
  /** Of a stack by its name. */
  template(name: string): Template;
}

export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Parameters?: Record<string, unknown>;
  readonly Metadata?: Record<string, unknown>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly Metadata?: Record<string, unknown>;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The feature flags that this repository deploys with. */
export const { context: CONTEXT } = JSON.parse(fs.readFileSync(path.join(__dirname, '../../cdk.json'), 'utf8')) as { context: Record<string, unknown> };

/** Synthesises a mesh into a folder of its own, as `npx cdk synth` does. */
export function synthesise(props: Partial<MeshStacksProps>): Synthesised {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-synth-'));
  const app = new App({ treeMetadata: false, context: CONTEXT, outdir });
  const { stacks } = new MeshStacks(app, { root: FIXTURE, ...props });
  app.synth();
  return {
    app, stacks, outdir,
    template: (name) => JSON.parse(fs.readFileSync(path.join(outdir, `${name}.template.json`), 'utf8')) as Template,
  };
}

export function remove({ outdir }: Synthesised): void {
  fs.rmSync(outdir, { recursive: true, force: true });
}

/** Resources of a type, by logical id. */
export function ofType(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}
