import { publishedColumns, visibleColumns } from '../../contract/access-shape';
import { type Contract } from '../../contract/contract';
import { consumersOf } from '../../contract/ending';
import { publishedDatabase, publishedTable } from '../../contract/names';
import { ownerOf } from '../../contract/owner';
import { majorVersion } from '../../contract/version';
import { type Examined, examineProducts, type SoundProduct } from '../examine-product';
import { type PlanSource } from '../plan-schema';
import { type Workspace } from '../workspace';
import { martHolders } from './marts';

/** A product in one version, a table or a column of it; null is all of them. */
export interface ImpactSubject {
  readonly product: string;
  readonly major: number;
  readonly table: string | null;
  readonly column: string | null;
}

/**
 * How a product depends: its columns are made of it, it decides which rows there are, a check looks at it, or a query does not tell
 * what it reads.
 */
export const USES = ['columns', 'rows', 'checks', 'untold'] as const;
export type Use = (typeof USES)[number];

export interface Dependent {
  readonly product: string;
  readonly major: number;
  readonly version: string;
  readonly status: string;
  readonly owner: string | null;
  /** As people call the file. */
  readonly contract: string;
  /** Products by which it is reached, `dp_sales_orders v1`. */
  readonly through: readonly string[];
  /** 1 where it reads the subject itself. */
  readonly distance: number;
  readonly uses: readonly Use[];
  /** `table.column`s that it publishes and that are made of the subject. */
  readonly columns: readonly string[];
}

/** Somebody who reads one of the products by a role that its contract gives them. */
export interface AffectedConsumer {
  readonly consumer: string;
  readonly product: string;
  readonly major: number;
  readonly role: string;
}

/** Where something that is affected can be read. */
export interface AffectedInterface {
  readonly product: string;
  readonly major: number;
  readonly kind: string;
  readonly name: string;
}

/** A copy of an affected product, in the warehouse of a consumer that reads something affected of it. */
export interface AffectedMart {
  readonly consumer: string;
  readonly product: string;
  readonly major: number;
}

export interface Impact {
  readonly subject: ImpactSubject;
  /** The nearest first. */
  readonly products: readonly Dependent[];
  readonly consumers: readonly AffectedConsumer[];
  readonly marts: readonly AffectedMart[];
  readonly interfaces: readonly AffectedInterface[];
  /** Contracts whose files are at fault, so that what they read is not known. */
  readonly unknown: readonly string[];
}

/** What of one product is affected: columns, by table, and tables whose rows are. */
interface Reach {
  readonly product: SoundProduct;
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  readonly rows: ReadonlySet<string>;
}

type ProductSource = Extract<PlanSource, { kind: 'product' }>;

/**
 * Everything in the mesh that depends on a product, a table or a column of it, however far away: through the SQL and the rules of
 * pipelines, column by column. Undefined where the product is not in the mesh, or its files are at fault. Of products that read the subject
 * itself, only those that `reads` lets through are followed: all unless given.
 */
export function impactOf(workspace: Workspace, subject: ImpactSubject, reads: (reader: Contract) => boolean = () => true): Impact | undefined {
  const examined = examinedIn(workspace);
  const products = examined.flatMap(({ sound }) => sound ?? []);
  const start = products.find(({ contract }) => keyOf(contract) === key(subject.product, subject.major));
  if (start === undefined) return undefined;
  const reached = new Map([[keyOf(start.contract), begin(start, subject)]]);
  const found = new Map<string, Dependent>();
  // Products read each other in no circle, so each round goes one further.
  let edge = [...reached.keys()];
  for (let distance = 1; edge.length > 0; distance += 1) {
    const next = new Set<string>();
    for (const product of products) {
      const name = keyOf(product.contract);
      for (const from of edge) {
        const step = distance === 1 && !reads(product.contract) ? undefined : follow(product, reached.get(from)!);
        if (step === undefined) continue;
        reached.set(name, joined(reached.get(name), step.reach));
        found.set(name, dependent(product, step, from, distance, found.get(name)));
        next.add(name);
      }
    }
    edge = [...next];
  }
  const dependents = [...found.values()].sort((a, b) => a.distance - b.distance || (key(a.product, a.major) < key(b.product, b.major) ? -1 : 1));
  const affected = [reached.get(keyOf(start.contract))!, ...dependents.map((each) => reached.get(key(each.product, each.major))!)];
  return {
    subject, products: dependents,
    consumers: affected.flatMap(consumersIn), marts: affected.flatMap(martsIn), interfaces: affected.flatMap(interfacesIn),
    unknown: examined.filter(({ sound }) => sound === undefined).map(({ files }) => workspace.nameOf(files.contract)).sort(),
  };
}

const known = new WeakMap<Workspace, readonly Examined[]>();

/** All products of the mesh, judged once however often somebody asks what depends on what. */
function examinedIn(workspace: Workspace): readonly Examined[] {
  const examined = known.get(workspace) ?? examineProducts(workspace, workspace.contractFiles());
  known.set(workspace, examined);
  return examined;
}

function key(product: string, major: number): string {
  return `${product} v${major}`;
}

function keyOf({ id, version }: Contract): string {
  return key(id, majorVersion(version) ?? 0);
}

function begin(product: SoundProduct, { table, column }: ImpactSubject): Reach {
  const tables = product.promised.filter(({ object }) => table === null || object.name === table);
  return {
    product,
    // a column that is gone may still be read by others
    columns: new Map(tables.map(({ object, columns }) => [object.name, new Set(column === null ? columns.map(({ name }) => name) : [column])])),
    rows: new Set(column === null ? tables.map(({ object }) => object.name) : []),
  };
}

interface Step {
  readonly reach: Reach;
  readonly uses: readonly Use[];
}

/** What of a product is affected by what is affected of another that it reads; undefined where nothing is. */
function follow(product: SoundProduct, from: Reach): Step | undefined {
  const { id, version } = from.product.contract;
  const sources = new Map(product.pipeline.sources.flatMap((source): [string, ProductSource][] => (
    source.kind === 'product' && source.product === id && source.major === majorVersion(version) && from.columns.has(source.object) ? [[source.name, source]] : [])));
  if (sources.size === 0) return undefined;
  const hit = (source: string, column: string): boolean => sources.has(source) && from.columns.get(sources.get(source)!.object)!.has(column);
  const columns = new Map<string, Set<string>>();
  for (const { table, column, from: origins } of product.lineage) {
    if (origins.some(({ source, column: name }) => hit(source, name))) columns.set(table, (columns.get(table) ?? new Set()).add(column));
  }
  const lineage = product.rowLineage().filter((each) => each.sources.some((source) => sources.has(source)));
  const decided = lineage.filter((each) => each.from.some(({ source, column }) => hit(source, column)) || each.sources.some((source) => sources.has(source) && from.rows.has(sources.get(source)!.object)));
  const untold = lineage.filter(({ told }) => !told);
  const rows = new Set([...decided, ...untold].map(({ table }) => table));
  const checked = product.foreignKeys.some(({ to, keys }) => keys.some((name) => hit(to, name)));
  const uses: Use[] = [
    ...columns.size > 0 ? ['columns' as const] : [], ...decided.length > 0 ? ['rows' as const] : [], ...checked ? ['checks' as const] : [], ...untold.length > 0 ? ['untold' as const] : [],
  ];
  if (uses.length === 0) return undefined;
  // Of a table whose query does not tell, any column may be made of it.
  for (const { table } of untold) columns.set(table, new Set(product.promised.find(({ object }) => object.name === table)!.columns.map(({ name }) => name)));
  for (const table of rows) if (!columns.has(table)) columns.set(table, new Set());
  return { reach: { product, columns, rows }, uses };
}

function joined(before: Reach | undefined, { product, columns, rows }: Reach): Reach {
  if (before === undefined) return { product, columns, rows };
  const tables = new Set([...before.columns.keys(), ...columns.keys()]);
  return {
    product, rows: new Set([...before.rows, ...rows]),
    columns: new Map([...tables].map((table) => [table, new Set([...before.columns.get(table) ?? [], ...columns.get(table) ?? []])])),
  };
}

function dependent({ contract }: SoundProduct, { reach, uses }: Step, through: string, distance: number, before: Dependent | undefined): Dependent {
  const told = uses.includes('untold') ? [] : [...reach.columns].flatMap(([table, columns]) => [...columns].map((column) => `${table}.${column}`));
  return {
    product: contract.id, major: majorVersion(contract.version) ?? 0, version: contract.version, status: contract.status ?? '', owner: ownerOf(contract)?.username ?? null, contract: contract.file,
    through: [...new Set([...before?.through ?? [], through])].sort(), distance: before?.distance ?? distance,
    uses: USES.filter((use) => uses.includes(use) || before?.uses.includes(use) === true),
    columns: [...new Set([...before?.columns ?? [], ...told])].sort(),
  };
}

/** Consumers whose role sees an affected column, or a table whose rows are affected. */
function consumersIn({ product: { contract, promised }, columns, rows }: Reach): AffectedConsumer[] {
  const all = promised.flatMap(({ object, columns: own }) => publishedColumns(object.name, own));
  return contract.roles.flatMap((role) => {
    const seen = visibleColumns(role, all).some(({ object, name }) => rows.has(object) || columns.get(object)?.has(name) === true);
    return seen ? consumersOf(role).map((consumer): AffectedConsumer => ({ consumer, product: contract.id, major: majorVersion(contract.version) ?? 0, role: role.role })) : [];
  });
}

function martsIn(reach: Reach): AffectedMart[] {
  const { product: { contract, mesh } } = reach;
  const consumers = new Set(consumersIn(reach).map(({ consumer }) => consumer));
  return martHolders(contract, mesh).filter((consumer) => consumers.has(consumer)).map((consumer) => ({ consumer, product: contract.id, major: majorVersion(contract.version) ?? 0 }));
}

/** Published tables with something affected, and where else the contract says that it can be read. */
function interfacesIn({ product: { contract, environment }, columns, rows }: Reach): AffectedInterface[] {
  const major = majorVersion(contract.version) ?? 0;
  const tables = [...columns].filter(([table, names]) => names.size > 0 || rows.has(table)).map(([table]) => table);
  const of = { product: contract.id, major };
  return [
    ...tables.map((table) => ({ ...of, kind: 'table', name: `${publishedDatabase({ domain: contract.domain ?? '', environment })}.${publishedTable(table, major)}` })),
    ...contract.servers.map(({ server, type }) => ({ ...of, kind: type, name: server })),
  ];
}
