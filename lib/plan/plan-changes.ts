import { type Contract } from '../contract/contract';
import { typeText } from '../contract/data-type';
import { type DiffSide } from '../contract/diff/context';
import { pair } from '../contract/diff/pairs';
import { partChanges } from '../contract/diff/types';
import { isStatus, LIFECYCLE } from '../contract/lifecycle';
import { publishedDatabase, publishedTable } from '../contract/names';
import { majorVersion } from '../contract/version';
import { type PromisedTable, promisedTables } from './contract-tables';
import { type ContractTree } from './contract-tree';
import { type GrantChange, grantChanges, rolesByContract } from './grant-changes';
import { type HeldRole } from './inspection';
import { deployedCost } from './least-cost';
import { importersOf } from './lifecycle/importers';
import { type Dependent, type Impact, impactOf, type ImpactSubject } from './lineage/impact';
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

/**
 * What changes between two trees of contracts, version by version; those for which nothing changes are left out. Without `deployed`, which is
 * of the one version that the trees have, names are those of production and roles those that contracts give.
 */
export function planChanges(base: ContractTree, head: ContractTree, workspace: Workspace, deployed?: Deployed): ProductChange[] {
  const versions = pair(base.contracts, head.contracts, keyOf);
  const change = (before: Contract | undefined, after: Contract | undefined): ProductChange => changeOf(before, after, base.surroundings, head.surroundings, workspace, deployed);
  const changes = [
    ...versions.both.map(({ base: before, head: after }) => change(before, after)), ...versions.removed.map((before) => change(before, undefined)), ...versions.added.map((after) => change(undefined, after)),
  ];
  return changes.filter(({ tables, grants, cost }) => tables.length + grants.length > 0 || cost.before !== cost.after)
    .sort((a, b) => (`${a.product} ${a.major}` < `${b.product} ${b.major}` ? -1 : 1));
}

function keyOf({ id, version }: Contract): string {
  return `${id} ${majorVersion(version) ?? version}`;
}

function changeOf(before: Contract | undefined, after: Contract | undefined, base: DiffSide, head: DiffSide, workspace: Workspace, deployed: Deployed | undefined): ProductChange {
  const { id, version } = (after ?? before)!;
  const suffix = deployed?.suffix ?? null;
  const roles = deployed?.roles ?? { before: rolesByContract(before, base), after: rolesByContract(after, head) };
  const tables = tableChanges(before, after, base, head, suffix);
  const grants = grantChanges(roles.before, roles.after);
  const subjects = before === undefined ? [] : changedUnderReaders(before, tables, suffix);
  const major = majorVersion(version) ?? 0;
  const impacts = after === undefined ? [] : subjects.flatMap((subject) => impactOf(workspace, { product: id, major, ...subject }) ?? []);
  return {
    product: id, major, version: { before: before?.version ?? null, after: after?.version ?? null }, tables, grants,
    hit: hitBy(id, major, after, impacts, workspace), consumers: hitConsumers(impacts, subjects, roles.before, grants),
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

/** Those that a contract names, however far away; those that subscribed to this product; and those that lose something of it. */
function hitConsumers(impacts: readonly Impact[], subjects: readonly Subject[], before: readonly HeldRole[], grants: readonly GrantChange[]): HitConsumer[] {
  const reads = ({ columns }: HeldRole): boolean => subjects.some(({ table, column }) => columns.some((each) => table === null || each === `${table}.${column}`));
  const found = new Map<string, boolean>();
  for (const { consumer, subscribed } of [
    ...impacts.flatMap(({ consumers }) => consumers.map(({ consumer }) => ({ consumer, subscribed: false }))),
    ...before.filter((held) => held.subscribed && reads(held)), ...grants.filter(({ lost, rows }) => lost.length > 0 || rows !== null),
  ]) found.set(consumer, found.get(consumer) === true || subscribed);
  return [...found].map(([consumer, subscribed]) => ({ consumer, subscribed })).sort((a, b) => (a.consumer < b.consumer ? -1 : 1));
}

function hitBy(id: string, major: number, after: Contract | undefined, impacts: readonly Impact[], workspace: Workspace): ProductChange['hit'] {
  // what reads a product that is gone is at fault by now, and still named
  if (after === undefined) return importersOf(workspace, id, major).map(({ contract, major: own }) => ({ product: contract.id, major: own, uses: ['rows'], columns: [] }));
  const merged = new Map<string, ProductChange['hit'][number]>();
  for (const { product, major: own, uses, columns } of impacts.flatMap(({ products }) => products)) {
    const known = merged.get(`${product} ${own}`);
    merged.set(`${product} ${own}`, { product, major: own, uses: [...new Set([...known?.uses ?? [], ...uses])], columns: [...new Set([...known?.columns ?? [], ...columns])].sort() });
  }
  return [...merged.values()].sort((a, b) => (`${a.product} ${a.major}` < `${b.product} ${b.major}` ? -1 : 1));
}
