import * as fs from 'node:fs';
import * as path from 'node:path';
import { DEFAULT_CLASSIFICATION } from '../../contract/classification';
import { type Contract } from '../../contract/contract';
import { majorVersion } from '../../contract/version';
import { type Vocabulary } from '../../contract/vocabulary';
import { compileProducts } from '../../plan/compile-product';
import { type PromisedTable, promisedTables } from '../../plan/contract-tables';
import { type Mesh } from '../../plan/mesh/mesh';
import { type Plan } from '../../plan/plan-schema';
import { filesOf } from '../../plan/product-files';
import { type SignoffState, signoffStates } from '../../plan/signoff/check-signoffs';
import { type Workspace } from '../../plan/workspace';
import { type ProductStatus } from '../job-results';
import { slug } from './html';
import { Names } from './names';

/** `order 9` before `order 10`, whatever the machine's language. */
const { compare } = new Intl.Collator('en', { numeric: true });

/** One major version of a product, as the site shows it. */
export interface Entry {
  /** Unique in the site, and part of the address of its page. */
  readonly slug: string;
  readonly id: string;
  readonly domain: string;
  readonly major: number;
  readonly contract: Contract;
  /** Of the contract, from the folder of the mesh, with `/`. */
  readonly file: string;
  /** The contract as it is written. */
  readonly text: string;
  /** What is promised, with what is derived. */
  readonly tables: readonly PromisedTable[];
  /** Undefined where its files have errors. */
  readonly plan: Plan | undefined;
  /** How many errors its files have. */
  readonly errors: number;
  readonly signoffs: readonly SignoffState[];
  /** Undefined where it never ran here. */
  readonly status: ProductStatus | undefined;
}

/** All that the site is about. */
export interface Catalogue {
  /** Of the mesh. */
  readonly name: string;
  readonly mesh: Mesh | undefined;
  readonly vocabulary: Vocabulary | undefined;
  /** By domain, name and version. */
  readonly entries: readonly Entry[];
  /** The name of the page of each domain. */
  readonly domains: ReadonlyMap<string, string>;
  /** The name of the page of each term. */
  readonly terms: ReadonlyMap<string, string>;
  /** When the site was made. */
  readonly now: Date;
}

/** How products stand; of those that never ran there is none. */
export type StatusOf = (products: readonly Omit<Entry, 'status'>[]) => Promise<readonly ProductStatus[]>;

/** Reads every product of a mesh whose contract can be read. */
export async function catalogueOf(workspace: Workspace, environment: string | undefined, statusOf: StatusOf): Promise<Catalogue> {
  const { mesh, vocabulary } = workspace.surroundings();
  const loaded = workspace.contractFiles().flatMap((file) => {
    const read = workspace.contract(file);
    return read.ok ? [{ file, contract: read.contract }] : [];
  });
  const compiled = compileProducts(workspace, loaded.map(({ file }) => file), environment);
  const slugs = new Names();
  const known = loaded.map(({ file, contract }, index): Omit<Entry, 'status'> => {
    const major = majorVersion(contract.version) ?? 0;
    const answer = compiled[index];
    return {
      slug: slugs.unique(slug(`${contract.id}-v${major}`)), id: contract.id, domain: contract.domain ?? 'without a domain', major, contract,
      file: path.relative(workspace.root, file).split(path.sep).join('/'), text: fs.readFileSync(file, 'utf8'),
      tables: promisedTables(contract, mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION),
      plan: answer.ok ? answer.plan : undefined,
      errors: answer.ok ? 0 : answer.problems.filter(({ severity }) => severity === 'error').length,
      signoffs: signoffStates(workspace, contract, filesOf(file).signoff, environment),
    };
  });
  const statuses = new Map((await statusOf(known)).map((status) => [`${status.product} ${status.major}`, status]));
  const entries = known.map((entry): Entry => ({ ...entry, status: statuses.get(`${entry.id} ${entry.major}`) }))
    .sort((a, b) => compare(a.domain, b.domain) || compare(titleOf(a), titleOf(b)) || a.major - b.major || compare(a.file, b.file));
  const [domains, terms] = [new Names(), new Names()];
  return {
    name: mesh?.name ?? 'mesh', mesh, vocabulary, entries, now: workspace.now,
    domains: new Map([...new Set(entries.map(({ domain }) => domain))].map((domain) => [domain, domains.unique(slug(domain))])),
    terms: new Map([...vocabulary?.terms.keys() ?? []].map((term) => [term, terms.unique(slug(term.toLowerCase()))])),
  };
}

export function titleOf({ contract }: Pick<Entry, 'contract'>): string {
  return contract.name ?? contract.id;
}
