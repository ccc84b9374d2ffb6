/* eslint-disable @typescript-eslint/no-require-imports -- a model is built when there is a file to judge: most commands have none */
import { type Classification, DEFAULT_CLASSIFICATION } from '../../contract/classification';
import { modelProblems } from '../../contract/model-problems';
import { type Problem } from '../../contract/problem';
import { parseYaml, readYamlFile, type YamlFile } from '../../contract/yaml-file';
import { type Locate } from '../../contract/yaml-positions';
import type * as Model from './mesh-file';
import { type SignoffPart } from '../signoff/signoff-parts';

/** mesh.yaml as the rest reads it. */
export class Mesh {
  constructor(readonly file: string, readonly definition: Model.MeshFile, readonly locate: Locate) {}

  get name(): string {
    return this.definition.name;
  }

  domain(name: string): Model.MeshDomain | undefined {
    return Object.hasOwn(this.definition.domains, name) ? this.definition.domains[name] : undefined;
  }

  /** The class of a domain's columns that say none. */
  classification(domain: string | undefined): Classification {
    return (domain === undefined ? undefined : this.domain(domain)?.classification) ?? DEFAULT_CLASSIFICATION;
  }

  environments(): string[] {
    return Object.keys(this.definition.environments);
  }

  /** The environment whose names carry no suffix; undefined where mesh.yaml has none. */
  production(): string | undefined {
    return this.environments().find((name) => this.suffix(name) === null);
  }

  /** What names an environment adds: nothing in production. */
  suffix(environment: string): string | null {
    return this.definition.environments[environment]?.production === true ? null : environment;
  }

  /** Whose approval an environment demands. Undefined is production, since names without a suffix are its names. */
  signoffs(environment: string | undefined): SignoffPart[] {
    const { environments } = this.definition;
    const asked = environment === undefined ? Object.values(environments).filter(({ production }) => production === true) : [environments[environment]];
    return [...new Set(asked.flatMap((one) => one?.signoffs ?? []))];
  }

  /** The account of a domain in an environment; undefined where none is written. */
  account(domain: string, environment: string): string | undefined {
    const account = this.domain(domain)?.account;
    return typeof account === 'string' ? account : account?.[environment];
  }

  /** Consumers of the mesh, by their names. */
  consumers(): Readonly<Record<string, Model.MeshConsumer>> {
    return this.definition.consumers ?? {};
  }

  /** The account of a consumer in an environment; undefined where none is written. */
  consumerAccount(consumer: string, environment: string): string | undefined {
    const account = this.consumers()[consumer]?.account;
    return typeof account === 'string' ? account : account?.[environment];
  }

  /** The platform's account in an environment; undefined where none is written. */
  platformAccount(environment: string): string | undefined {
    const { account } = this.definition.platform;
    return typeof account === 'string' ? account : account[environment];
  }

  region(domain: string): string {
    return this.domain(domain)?.region ?? this.definition.platform.region;
  }
}

export type LoadedMesh = { readonly ok: true; readonly mesh: Mesh } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads mesh.yaml. `file` is what problems call it. */
export function loadMesh(path: string, file = path): LoadedMesh {
  return meshOf(readYamlFile(path, { as: file }), file);
}

/** As {@link loadMesh}, of a text. */
export function parseMesh(text: string, file: string): LoadedMesh {
  return meshOf(parseYaml(text, file), file);
}

function meshOf(read: YamlFile, file: string): LoadedMesh {
  if (!read.ok) return read;
  const { meshModel } = require('./mesh-file') as typeof Model;
  const problems = modelProblems(meshModel, { file, value: read.value, locate: read.locate }, 'mesh');
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, mesh: new Mesh(file, read.value as Model.MeshFile, read.locate) };
}
