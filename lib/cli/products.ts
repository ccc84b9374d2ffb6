import * as fs from 'node:fs';
import * as path from 'node:path';
import { suggest } from '../contract/suggest';
import { contractBeside, contractsBelow, isContractFile } from '../plan/product-files';
import { UsageError } from './failure';
import { library } from './library';
import { harmless } from './terminal/text';


/** A contract file and what its first lines say of it, valid or not. */
export interface KnownProduct {
  readonly id: string;
  readonly domain: string;
  readonly entity: string;
  readonly major: number;
  /** Absolute path of the contract. */
  readonly file: string;
}

const NAME = /^(?<stem>[^.]+)(\.v(?<major>\d+))?\./;

/** The folder of mesh.yaml, else the nearest with contracts/ in it, else the one given. */
export function findMeshRoot(from: string): string {
  return library.workspace().findMeshRoot(from);
}

/** Every contract below contracts/, also those that are not valid: a person must be able to name them. */
export function findProducts(root: string): KnownProduct[] {
  const folder = path.join(root, 'contracts');
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? contractsBelow(folder).map(describe) : [];
}

function describe(file: string): KnownProduct {
  const named = NAME.exec(path.basename(file))?.groups ?? {};
  const read = library.yaml().readYamlFile(file);
  const document = (read.ok && typeof read.value === 'object' && read.value !== null ? read.value : {}) as Record<string, unknown>;
  const text = (field: string): string | undefined => (typeof document[field] === 'string' ? document[field] : undefined);
  const folder = path.basename(path.dirname(file));
  const id = text('id') ?? text('product_id') ?? `dp_${folder}_${named.stem ?? path.basename(file)}`;
  const domain = text('domain') ?? (id.startsWith(`dp_${folder}_`) ? folder : id.split('_')[1] ?? folder);
  const prefix = `dp_${domain}_`;
  return {
    id, domain, file,
    entity: id.startsWith(prefix) ? id.slice(prefix.length) : named.stem ?? id,
    major: Number(/^v?(\d+)\./.exec(text('version') ?? '')?.[1] ?? named.major ?? 1),
  };
}

/** What a person may call a product; the first is what we call it. */
function names({ id, domain, entity, major, file }: KnownProduct, root: string): string[] {
  const stack = `${domain}-${entity}-v${major}`.replaceAll('_', '-');
  return [`${domain}/${entity}-v${major}`, `${domain}/${entity}`, id, `${id}-v${major}`, stack, stack.replace(/-v\d+$/, ''), `${domain}.${entity}_v${major}`, path.relative(root, file), entity];
}

/** `sales/orders`; with the major where there are several. */
export function shortName(product: KnownProduct, all: readonly KnownProduct[]): string {
  const alone = all.filter((other) => other.domain === product.domain && other.entity === product.entity).length < 2;
  return `${product.domain}/${product.entity}${alone ? '' : `-v${product.major}`}`;
}

export function productList(all: readonly KnownProduct[]): string {
  if (all.length === 0) return 'there is no contract below contracts/ yet; make one: mesh init sales orders';
  return `the products here:\n${all.map((product) => shortName(product, all)).join('\n')}`;
}

/**
 * The product a person named: by id, `domain/entity`, stack name or contract file; without a major, the newest.
 * Throws UsageError with what was probably meant and the list.
 */
export function resolveProduct(reference: string | undefined, root: string, cwd: string): KnownProduct {
  const file = reference === undefined ? undefined : path.resolve(cwd, reference);
  if (file !== undefined && /\.ya?ml$/.test(file) && fs.existsSync(file)) {
    return describe(isContractFile(file) ? file : contractBeside(file));
  }
  const all = findProducts(root);
  if (reference === undefined || reference.trim() === '') throw new UsageError('which product?', productList(all));
  const wanted = reference.toLowerCase();
  const matching = all.filter((product) => names(product, root).some((name) => name.toLowerCase() === wanted));
  if (new Set(matching.map((product) => product.id)).size > 1) throw new UsageError(`"${reference}" is several products`, productList(matching));
  if (matching.length > 0) return matching.reduce((newest, product) => (product.major > newest.major ? product : newest));
  const meant = suggest(wanted, all.flatMap((product) => names(product, root)));
  const suggestion = meant === undefined ? '' : `did you mean ${shortName(all.find((product) => names(product, root).includes(meant))!, all)}? `;
  throw new UsageError(`there is no product "${harmless(reference).slice(0, 100)}"`, `${suggestion}${productList(all)}`);
}
