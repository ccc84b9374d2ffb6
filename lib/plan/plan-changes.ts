import { accessShapes, publishedColumns } from '../contract/access-shape';
import { type Contract } from '../contract/contract';
import { typeText } from '../contract/data-type';
import { type DiffSide } from '../contract/diff/context';
import { pair } from '../contract/diff/pairs';
import { partChanges } from '../contract/diff/types';
import { isStatus, LIFECYCLE, type Status } from '../contract/lifecycle';
import { publishedDatabase, publishedTable } from '../contract/names';
import { majorVersion } from '../contract/version';
import { type PromisedTable, promisedTables } from './contract-tables';
import { type ContractTree } from './contract-tree';
import { type Dependent, type Impact, impactOf } from './lineage/impact';
import { deployedCost } from './least-cost';
import { importersOf } from './lifecycle/importers';
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

export interface GrantChange {
  readonly consumer: string;
  readonly role: string;
  readonly change: 'appears' | 'vanishes' | 'changes';
  /** `table.column`s. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
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
  readonly consumers: readonly string[];
  /** Dollars a month at least; null where it is not known. */
  readonly cost: { readonly before: number | null; readonly after: number | null };
}

/** What changes between two trees of contracts, version by version; those for which nothing changes are left out. `suffix` is what the environment adds to names, null in production. */
export function planChanges(base: ContractTree, head: ContractTree, workspace: Workspace, suffix: string | null = null): ProductChange[] {
  const versions = pair(base.contracts, head.contracts, keyOf);
  const changes = [
    ...versions.both.map(({ base: before, head: after }) => changeOf(before, after, base.surroundings, head.surroundings, workspace, suffix)),
    ...versions.removed.map((before) => changeOf(before, undefined, base.surroundings, head.surroundings, workspace, suffix)),
    ...versions.added.map((after) => changeOf(undefined, after, base.surroundings, head.surroundings, workspace, suffix)),
  ];
  return changes.filter(({ tables, grants, cost }) => tables.length + grants.length > 0 || cost.before !== cost.after)
    .sort((a, b) => (`${a.product} ${a.major}` < `${b.product} ${b.major}` ? -1 : 1));
}

function keyOf({ id, version }: Contract): string {
  return `${id} ${majorVersion(version) ?? version}`;
}

function changeOf(before: Contract | undefined, after: Contract | undefined, base: DiffSide, head: DiffSide, workspace: Workspace, suffix: string | null): ProductChange {
  const { id, version } = (after ?? before)!;
  const tables = tableChanges(before, after, base, head, suffix);
  const grants = grantChanges(before, after, base, head);
  const impacts = before === undefined ? [] : impactsOf(before, after, tables, workspace);
  const major = majorVersion(version) ?? 0;
  return {
    product: id, major, version: { before: before?.version ?? null, after: after?.version ?? null }, tables, grants,
    hit: hitBy(id, major, after, impacts, workspace),
    consumers: [...new Set([...impacts.flatMap(({ consumers }) => consumers.map(({ consumer }) => consumer)), ...grants.filter(({ change, lost }) => change === 'vanishes' || lost.length > 0).map(({ consumer }) => consumer)])].sort(),
    cost: { before: deployedCost(before), after: deployedCost(after) },
  };
}

/** The tables that a contract has deployed; null where it is not deployed, or runs no more. */
function deployed(contract: Contract | undefined, side: DiffSide): readonly PromisedTable[] {
  const permits = statusOf(contract);
  return contract === undefined || permits === undefined || permits.deployed === 'no' || permits.runs === 'no' ? [] : promisedTables(contract, side.classification(contract.domain));
}

function statusOf(contract: Contract | undefined): (typeof LIFECYCLE)[Status] | undefined {
  return isStatus(contract?.status) ? LIFECYCLE[contract.status] : undefined;
}

function tableChanges(before: Contract | undefined, after: Contract | undefined, base: DiffSide, head: DiffSide, suffix: string | null): TableChange[] {
  const contract = (after ?? before)!;
  const called = ({ object }: PromisedTable): string => `${publishedDatabase({ domain: contract.domain ?? '', environment: suffix })}.${publishedTable(object.name, majorVersion(contract.version) ?? 0)}`;
  const { both, removed, added } = pair(deployed(before, base), deployed(after, head), ({ object }) => object.name);
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

interface Binding {
  readonly consumer: string;
  readonly role: string;
  readonly columns: readonly string[];
}

/** Who has which role by a contract, where its state grants anything. */
function bindings(contract: Contract | undefined, side: DiffSide): Binding[] {
  if (contract === undefined || statusOf(contract)?.grants !== 'consumers') return [];
  const columns = promisedTables(contract, side.classification(contract.domain)).flatMap(({ object, columns: own }) => publishedColumns(object.name, own));
  return accessShapes(contract, columns).flatMap((shape) => shape.consumers.map((consumer): Binding => (
    { consumer, role: shape.role, columns: shape.columns.map(({ object, name }) => `${object}.${name}`) })));
}

function grantChanges(before: Contract | undefined, after: Contract | undefined, base: DiffSide, head: DiffSide): GrantChange[] {
  const { both, removed, added } = pair(bindings(before, base), bindings(after, head), ({ consumer, role }) => `${consumer} ${role}`);
  const without = (columns: readonly string[], others: readonly string[]): string[] => columns.filter((column) => !others.includes(column));
  return [
    ...added.map(({ consumer, role, columns }): GrantChange => ({ consumer, role, change: 'appears', gained: columns, lost: [] })),
    ...both.flatMap(({ base: old, head: fresh }): GrantChange[] => {
      const [gained, lost] = [without(fresh.columns, old.columns), without(old.columns, fresh.columns)];
      return gained.length + lost.length === 0 ? [] : [{ consumer: fresh.consumer, role: fresh.role, change: 'changes', gained, lost }];
    }),
    ...removed.map(({ consumer, role, columns }): GrantChange => ({ consumer, role, change: 'vanishes', gained: [], lost: columns })),
  ];
}

/** What is reached by the changes under which readers stand: not by what is new. */
function impactsOf(before: Contract, after: Contract | undefined, tables: readonly TableChange[], workspace: Workspace): Impact[] {
  if (after === undefined) return [];
  const major = majorVersion(before.version) ?? 0;
  const objectOf = new Map(before.schema.map(({ name }) => [`${before.domain ?? ''}.${publishedTable(name, major)}`, name]));
  const subjects = tables.flatMap(({ table, change, columns }) => {
    const object = objectOf.get(table) ?? null;
    if (change === 'created') return [];
    if (change === 'abandoned') return [{ table: null, column: null }];
    return columns.filter((each) => each.change !== 'added').map(({ change: what, column, from }) => ({ table: object, column: what === 'renamed' ? from : column }));
  });
  return subjects.flatMap((subject) => impactOf(workspace, { product: before.id, major, ...subject }) ?? []);
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
