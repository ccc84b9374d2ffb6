import * as fs from 'node:fs';
import { type Contract } from '../../contract/contract';
import { majorVersion } from '../../contract/version';
import { parseYaml } from '../../contract/yaml-file';
import { filesOf } from '../product-files';
import { type Workspace } from '../workspace';

/** A product whose pipeline reads another. */
export interface Importer {
  readonly contract: Contract;
  readonly major: number;
  /** Absolute path of its pipeline. */
  readonly pipeline: string;
  /** The source that it calls the other. */
  readonly source: string;
}

/** The products of the mesh that read one version of a product; those that are retired no longer do. */
export function importersOf(workspace: Workspace, id: string, major: number): Importer[] {
  // a source without a version is the newest; of a product whose contracts are gone, the one that is asked for
  const versions = workspace.find(id).map((product) => product.major);
  const newest = versions.length === 0 ? major : Math.max(...versions);
  return importsIn(workspace).flatMap(({ file, pipeline, source, product, version }): Importer[] => {
    if (product !== id || (version ?? newest) !== major) return [];
    const loaded = workspace.contract(file);
    if (!loaded.ok || loaded.contract.status === 'retired') return [];
    return [{ contract: loaded.contract, major: majorVersion(loaded.contract.version) ?? 0, pipeline, source }];
  });
}

/** A source of a pipeline that is another product, as it is written. */
interface Import {
  /** The contract that the pipeline is of. */
  readonly file: string;
  readonly pipeline: string;
  readonly source: string;
  readonly product: unknown;
  readonly version: unknown;
}

const found = new WeakMap<Workspace, readonly Import[]>();

/** Every import of the mesh, looked for once. What a pipeline gets wrong is said elsewhere. */
function importsIn(workspace: Workspace): readonly Import[] {
  const imports = found.get(workspace) ?? workspace.contractFiles().flatMap((file) => {
    const { pipeline } = filesOf(file);
    return pipeline === undefined ? [] : importsOf(pipeline).map((each): Import => ({ file, pipeline, ...each }));
  });
  found.set(workspace, imports);
  return imports;
}

function importsOf(pipeline: string): Pick<Import, 'source' | 'product' | 'version'>[] {
  const text = fs.existsSync(pipeline) ? fs.readFileSync(pipeline, 'utf8') : '';
  const read = text.includes('product') ? parseYaml(text, pipeline) : undefined;
  const { sources } = (read?.ok === true ? read.value : {}) as { sources?: unknown };
  if (typeof sources !== 'object' || sources === null) return [];
  return Object.entries(sources).flatMap(([name, source]: [string, unknown]) => {
    const { product, version } = (source ?? {}) as { product?: unknown; version?: unknown };
    return product === undefined ? [] : [{ source: name, product, version }];
  });
}
