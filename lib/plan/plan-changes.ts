import * as path from 'node:path';
import { type Contract } from '../contract/contract';
import { typeText } from '../contract/data-type';
import { type DiffSide } from '../contract/diff/context';
import { pair } from '../contract/diff/pairs';
import { partChanges } from '../contract/diff/types';
import { isStatus, LIFECYCLE } from '../contract/lifecycle';
import { customProperty } from '../contract/mesh-property';
import { publishedDatabase, publishedTable } from '../contract/names';
import { ownerOf } from '../contract/owner';
import { majorVersion } from '../contract/version';
import { type PromisedTable, promisedTables } from './contract-tables';
import { type ContractTree } from './contract-tree';
import { type GrantChange, grantChanges, rolesByContract } from './grant-changes';
import { type HeldRole } from './inspection';
import { deployedCost } from './least-cost';
import { importersOf } from './lifecycle/importers';
import { type AffectedMart, type Dependent, type Impact, impactOf, type ImpactSubject, USES } from './lineage/impact';
import { martHolders, noMartBecause } from './lineage/marts';
import { type PlanColumn } from './plan-schema';
import { type Workspace } from './workspace';

/** What becomes of one column of a table that is published. */
export interface ColumnChange {
  /** Its new name; of one that is gone, its old one. */
  readonly column: string;
  readonly change: 'added' | 'removed' | 'renamed' | 'widened' | 'retyped' | 'masking' | 'required';
  readonly from: string | null;
  readonly to: string | null;
  /** Whether a deployment refuses it once rows are published: it would drop or narrow what is there, or ask for what is not. */
  readonly refused: boolean;
}

export interface TableChange {
  /** `sales.orders_v1`. */
  readonly table: string;
  /** Abandoned: its data stays, and nothing renews it any more. */
  readonly change: 'created' | 'evolved' | 'abandoned';
  readonly columns: readonly ColumnChange[];
}

/** A consumer who is hit. */
export interface HitConsumer {
  readonly consumer: string;
  /** Whether it reads what is hit by a subscription in the catalogue, whatever contracts do. */
  readonly subscribed: boolean;
}

/** What becomes of a copy in the warehouse of a consumer. */
export interface MartChange extends AffectedMart {
  /** Hit: what it copies changes under it. */
  readonly change: 'hit' | 'dropped';
  /** Why it is dropped; null where it is not. */
  readonly because: string | null;
}

/** What a deployment of the newer contract does to one version of a product. */
export interface ProductChange {
  readonly product: string;
  readonly major: number;
  /** Versions; null where there is no contract. */
  readonly version: { readonly before: string | null; readonly after: string | null };
  readonly tables: readonly TableChange[];
  readonly grants: readonly GrantChange[];
  /** Products that read something that changes under them, and how. */
  readonly hit: readonly Pick<Dependent, 'product' | 'major' | 'uses' | 'columns'>[];
  /** Consumers that read something that changes under them, or lose what they had. */
  readonly consumers: readonly HitConsumer[];
  readonly marts: readonly MartChange[];
  /** Contracts whose files were at fault before, so that what they read is not known: they may be hit too. */
  readonly unknown: readonly string[];
  /** Dollars a month at least; null where it is not known. */
  readonly cost: { readonly before: number | null; readonly after: number | null };
}

/** What is known of a version of a product that is deployed, beside its contracts. */
export interface Deployed {
  /** What the environment adds to names; null in production. */
  readonly suffix: string | null;
  /** Who has which role now, and who would have it after a deployment. */
  readonly roles: { readonly before: readonly HeldRole[]; readonly after: readonly HeldRole[] };
}

/** A mesh before and after a deployment. */
export interface BothMeshes {
  /** Opened where something that was there changes: whoever reads it does so as it was. */
  readonly before: () => Workspace;
  readonly after: Workspace;
}

/**
 * What changes between two trees of contracts, version by version; those for which nothing changes are left out. Without `deployed`, which is
 * of the one version that the trees have, names are those of production and roles those that contracts give.
 */
export function planChanges(base: ContractTree, head: ContractTree, meshes: BothMeshes, deployed?: Deployed): ProductChange[] {
  const versions = pair(base.contracts, head.contracts, keyOf);
  const change = (before: Contract | undefined, after: Contract | undefined): ProductChange => changeOf(before, after, base.surroundings, head.surroundings, meshes, deployed);
  const changes = [
    ...versions.both.map(({ base: before, head: after }) => change(before, after)), ...versions.removed.map((before) => change(before, undefined)), ...versions.added.map((after) => change(undefined, after)),
  ];
  return changes.filter(({ tables, grants, marts, cost }) => tables.length + grants.length + marts.length > 0 || cost.before !== cost.after)
    .sort((a, b) => (`${a.product} ${a.major}` < `${b.product} ${b.major}` ? -1 : 1));
}

function keyOf({ id, version }: Contract): string {
  return `${id} ${majorVersion(version) ?? version}`;
}

function changeOf(before: Contract | undefined, after: Contract | undefined, base: DiffSide, head: DiffSide, meshes: BothMeshes, deployed: Deployed | undefined): ProductChange {
  const { id, version } = (after ?? before)!;
  const suffix = deployed?.suffix ?? null;
  const roles = deployed?.roles ?? { before: rolesByContract(before, base), after: rolesByContract(after, head) };
  const tables = tableChanges(before, after, base, head, suffix);
  const grants = grantChanges(roles.before, roles.after);
  const subjects = before === undefined ? [] : changedUnderReaders(before, tables, suffix);
  const product = { product: id, major: majorVersion(version) ?? 0 };
  const impacts = before === undefined ? [] : impactsOf(product, subjects, withdrawals(roles, grants), meshes);
  const dropped = droppedMarts(product, before, after, meshes);
  return {
    ...product, version: { before: before?.version ?? null, after: after?.version ?? null }, tables, grants,
    hit: hitProducts(impacts), consumers: hitConsumers(impacts, subjects, roles.before, grants, dropped), marts: martChanges(dropped, impacts),
    unknown: [...new Set(impacts.flatMap(({ unknown }) => unknown))].sort(),
    cost: { before: deployedCost(before), after: deployedCost(after) },
  };
}

/** The tables that a contract has deployed; none where it is not deployed, or runs no more. */
function deployedTables(contract: Contract | undefined, side: DiffSide): readonly PromisedTable[] {
  if (contract === undefined || !isStatus(contract.status)) return [];
  const { deployed, runs } = LIFECYCLE[contract.status];
  return deployed === 'no' || runs === 'no' ? [] : promisedTables(contract, side.classification(contract.domain));
}

function tableChanges(before: Contract | undefined, after: Contract | undefined, base: DiffSide, head: DiffSide, suffix: string | null): TableChange[] {
  const contract = (after ?? before)!;
  const called = ({ object }: PromisedTable): string => `${publishedDatabase({ domain: contract.domain ?? '', environment: suffix })}.${publishedTable(object.name, majorVersion(contract.version) ?? 0)}`;
  const { both, removed, added } = pair(deployedTables(before, base), deployedTables(after, head), ({ object }) => object.name);
  return [
    ...added.map((table): TableChange => ({ table: called(table), change: 'created', columns: table.columns.map(({ name, type }) => ({ column: name, change: 'added', from: null, to: typeText(type), refused: false })) })),
    ...both.flatMap(({ base: old, head: fresh }): TableChange[] => {
      const columns = columnChanges(old.columns, fresh.columns);
      return columns.length === 0 ? [] : [{ table: called(fresh), change: 'evolved', columns }];
    }),
    ...removed.map((table): TableChange => ({ table: called(table), change: 'abandoned', columns: [] })),
  ];
}

function columnChanges(before: readonly PlanColumn[], after: readonly PlanColumn[]): ColumnChange[] {
  const { both, removed, added } = pair(before, after, ({ id }) => id);
  return [
    ...added.map(({ name, type, required }): ColumnChange => ({ column: name, change: 'added', from: null, to: typeText(type), refused: required })),
    ...both.flatMap(({ base, head }): ColumnChange[] => [
      ...base.name === head.name ? [] : [{ column: head.name, change: 'renamed' as const, from: base.name, to: head.name, refused: false }],
      ...retyped(base, head),
      ...base.masking === head.masking ? [] : [{ column: head.name, change: 'masking' as const, from: base.masking, to: head.masking, refused: false }],
      ...base.required === head.required ? [] : [{ column: head.name, change: 'required' as const, from: String(base.required), to: String(head.required), refused: head.required }],
    ]),
    ...removed.map(({ name, type }): ColumnChange => ({ column: name, change: 'removed', from: typeText(type), to: null, refused: true })),
  ];
}

function retyped(base: PlanColumn, head: PlanColumn): ColumnChange[] {
  const steps = partChanges(base.type, head.type);
  if (steps.length === 0) return [];
  const wider = steps.every(({ step }) => step === 'widened' || step === 'added');
  return [{ column: head.name, change: wider ? 'widened' : 'retyped', from: typeText(base.type), to: typeText(head.type), refused: !wider }];
}

/** A column that is not as it was; null is all of them, where a table is abandoned. */
type Subject = Pick<ImpactSubject, 'table' | 'column'>;

type ProductVersion = Pick<ImpactSubject, 'product' | 'major'>;

/** What is there already, so that somebody may read it, and changes. */
function changedUnderReaders({ schema, domain = '', version }: Contract, tables: readonly TableChange[], suffix: string | null): Subject[] {
  const database = publishedDatabase({ domain, environment: suffix });
  const objectOf = new Map(schema.map(({ name }) => [`${database}.${publishedTable(name, majorVersion(version) ?? 0)}`, name]));
  return tables.flatMap(({ table, change, columns }): Subject[] => {
    if (change === 'created') return [];
    if (change === 'abandoned') return [{ table: null, column: null }];
    return columns.filter((each) => each.change !== 'added').map(({ change: what, column, from }) => ({ table: objectOf.get(table) ?? null, column: what === 'renamed' ? from : column }));
  });
}

/** What a consumer may read no more, or not the same rows of. */
interface Withdrawal {
  readonly consumer: string;
  readonly subjects: readonly Subject[];
}

function withdrawals({ before, after }: Deployed['roles'], grants: readonly GrantChange[]): Withdrawal[] {
  const shown = (roles: readonly HeldRole[], consumer: string): readonly string[] => roles.filter((held) => held.consumer === consumer).flatMap(({ columns }) => columns);
  const tableOf = (column: string): string => column.slice(0, column.indexOf('.'));
  return [...new Set(grants.map(({ consumer }) => consumer))].flatMap((consumer): Withdrawal[] => {
    const left = shown(after, consumer);
    const lost = [...new Set(shown(before, consumer))].filter((column) => !left.includes(column));
    const filtered = grants.filter((grant) => grant.consumer === consumer && grant.rows !== null).flatMap(({ role }) => shown(before.filter((held) => held.role === role), consumer));
    const subjects = [...lost.map((column) => ({ table: tableOf(column), column: column.slice(tableOf(column).length + 1) })), ...[...new Set(filtered.map(tableOf))].map((table) => ({ table, column: null }))];
    return subjects.length === 0 ? [] : [{ consumer, subjects }];
  });
}

/**
 * What is reached by what changes: everything that depended on it, and, of what a domain may read no more, the products of that domain that read
 * it and what depends on those. Dependents that end with the same deployment are left out.
 */
function impactsOf(product: ProductVersion, subjects: readonly Subject[], withdrawn: readonly Withdrawal[], { before, after }: BothMeshes): Impact[] {
  const domains = (): readonly string[] => Object.keys(before().surroundings().mesh?.definition.domains ?? {});
  const asked = [
    ...subjects.map((subject) => ({ subject, domain: null })),
    ...withdrawn.filter(({ consumer }) => domains().includes(consumer)).flatMap(({ consumer, subjects: lost }) => lost.map((subject) => ({ subject, domain: consumer }))),
  ];
  return asked.map(({ subject, domain }): Impact => {
    const whole = { ...product, ...subject };
    const reads = (reader: Contract): boolean => domain === null || reader.domain === domain;
    const impact = impactOf(before(), whole, reads) ?? untold(before(), whole, reads);
    const products = impact.products.filter((each) => remains(each, after));
    // what a domain's own role loses is told by its grants
    const told = [...domain === null ? [product] : [], ...products].map(named);
    const isTold = (each: ProductVersion): boolean => told.includes(named(each));
    return { ...impact, products, consumers: impact.consumers.filter(isTold), marts: impact.marts.filter(isTold) };
  });
}

/** Of a product whose own files were at fault it is only known which products read it. */
function untold(workspace: Workspace, subject: ImpactSubject, reads: (reader: Contract) => boolean): Impact {
  const readers = importersOf(workspace, subject.product, subject.major).filter(({ contract }) => reads(contract));
  const products = readers.map(({ contract, major }): Dependent => ({
    product: contract.id, major, version: contract.version, status: contract.status ?? '', owner: ownerOf(contract)?.username ?? null, contract: contract.file,
    through: [`${subject.product} v${subject.major}`], distance: 1, uses: ['untold'], columns: [],
  }));
  return { subject, products, consumers: [], marts: [], interfaces: [], unknown: [] };
}

/** Whether a product still runs after a deployment. One whose files are at fault does. */
function remains({ product, major, contract: name }: Dependent, after: Workspace): boolean {
  const file = path.resolve(after.cwd, name);
  const known = after.find(product).find((version) => version.major === major);
  if (known === undefined) return after.contractFiles().includes(file) && !after.contract(file).ok;
  const loaded = after.contract(known.file);
  return loaded.ok && loaded.contract.status !== 'retired';
}

/** Copies of a product that there were, and that nothing asks for or allows any more. */
function droppedMarts(product: ProductVersion, before: Contract | undefined, after: Contract | undefined, meshes: BothMeshes): MartChange[] {
  const mayCopy = before?.roles.some((role) => customProperty(role, 'mesh.copies') === true) === true;
  return !mayCopy ? [] : martHolders(before, meshes.before().surroundings().mesh).flatMap((consumer): MartChange[] => {
    const because = noMartBecause(after, meshes.after.surroundings().mesh, consumer);
    return because === null ? [] : [{ consumer, ...product, change: 'dropped', because }];
  });
}

/** Of a copy that is dropped it does not matter what changes under it. */
function martChanges(dropped: readonly MartChange[], impacts: readonly Impact[]): MartChange[] {
  const hit = impacts.flatMap(({ marts }) => marts).map((mart): MartChange => ({ ...mart, change: 'hit', because: null }));
  const called = ({ consumer, ...product }: MartChange): string => `${consumer} ${named(product)}`;
  return [...new Map([...hit, ...dropped].map((mart) => [called(mart), mart])).values()].sort((a, b) => (called(a) < called(b) ? -1 : 1));
}

/** Those that a contract names, however far away; those that read this product, by subscription too; and those that lose something of it, or their copy. */
function hitConsumers(impacts: readonly Impact[], subjects: readonly Subject[], before: readonly HeldRole[], grants: readonly GrantChange[], dropped: readonly MartChange[]): HitConsumer[] {
  const reads = ({ columns }: HeldRole): boolean => subjects.some(({ table, column }) => columns.some((each) => table === null || each === `${table}.${column}`));
  const found = new Map<string, boolean>();
  for (const { consumer, subscribed } of [
    ...[...impacts.flatMap(({ consumers }) => consumers), ...dropped].map(({ consumer }) => ({ consumer, subscribed: false })),
    ...before.filter(reads), ...grants.filter(({ lost, rows }) => lost.length > 0 || rows !== null),
  ]) found.set(consumer, found.get(consumer) === true || subscribed);
  return [...found].map(([consumer, subscribed]) => ({ consumer, subscribed })).sort((a, b) => (a.consumer < b.consumer ? -1 : 1));
}

function hitProducts(impacts: readonly Impact[]): ProductChange['hit'] {
  const merged = new Map<string, ProductChange['hit'][number]>();
  for (const { product, major, uses, columns } of impacts.flatMap(({ products }) => products)) {
    const known = merged.get(named({ product, major }));
    merged.set(named({ product, major }), { product, major, uses: USES.filter((use) => uses.includes(use) || known?.uses.includes(use) === true), columns: [...new Set([...known?.columns ?? [], ...columns])].sort() });
  }
  return [...merged.values()].sort((a, b) => (named(a) < named(b) ? -1 : 1));
}

function named({ product, major }: ProductVersion): string {
  return `${product} ${major}`;
}
