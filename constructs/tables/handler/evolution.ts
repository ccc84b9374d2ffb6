import { isDeepStrictEqual } from 'node:util';
import { typeText } from '../../../lib/contract/data-type';
import { type PlanColumn, type PlanType } from '../../../lib/plan/plan-schema';
import { type IcebergField, type IcebergList, type IcebergMap, type IcebergStruct, type IcebergType } from '../../iceberg/table-metadata';

/*
 * How the schema of a published table may change: expand only, forward only, by column id. Pure, over Iceberg's own JSON.
 *
 * Field ids are append-only. `fieldIds` maps a column's id, and the path of what is nested in it, to the Iceberg field id: `items`,
 * `items/element`, `items/element/sku` (`~` and `/` inside a name are `~0` and `~1`). The cases in
 * glue-jobs/tests/fixtures/evolution specify this for every implementation.
 */

/** A schema with what is needed to change it; `fieldIds` is null of a table that another writer made. */
export interface Shape {
  readonly fields: readonly IcebergField[];
  readonly fieldIds: ReadonlyMap<string, number> | null;
  readonly lastColumnId: number;
}

/** What a plan says of a column, as far as its schema goes. */
export type WantedColumn = Pick<PlanColumn, 'id' | 'name' | 'type' | 'required' | 'description'>;

/** The shape that was asked for, or everything that consumers could not bear. */
export type Evolution = { readonly shape: Shape; readonly problems?: undefined } | { readonly problems: readonly string[] };

/** The schema after a change of the contract. */
export function evolve(before: Shape, wanted: readonly WantedColumn[], { hasRows }: { readonly hasRows: boolean }): Evolution {
  return new Change(before, hasRows).to(wanted);
}

/** Field ids by column. A column that is not recorded, as another writer added it, is known by its name. */
export function idsOf({ fields, fieldIds }: Shape): Map<string, number> {
  const ids = new Map(fieldIds);
  const recorded = new Set(ids.values());
  for (const { id, name } of fields) if (!recorded.has(id)) ids.set(escaped(name), id);
  return ids;
}

/** Whether a schema has exactly these columns, whatever their order and descriptions. */
export function hasColumns(fields: readonly IcebergField[], wanted: readonly WantedColumn[], ids: ReadonlyMap<string, number>): boolean {
  const there = new Map(fields.map((field) => [field.id, field]));
  return fields.length === wanted.length && wanted.every((column) => {
    const field = there.get(ids.get(escaped(column.id)) ?? -1);
    return field !== undefined && field.name === column.name && field.required === column.required && isDeepStrictEqual(planType(field.type), column.type);
  });
}

export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

class Change {
  private readonly fields: ReadonlyMap<number, IcebergField>;
  private readonly ids: Map<string, number>;
  private readonly problems: string[] = [];
  private last: number;

  constructor(before: Shape, private readonly hasRows: boolean) {
    this.fields = new Map(before.fields.map((field) => [field.id, field]));
    this.ids = idsOf(before);
    this.last = before.lastColumnId;
  }

  to(wanted: readonly WantedColumn[]): Evolution {
    // What is in the schema now; ids of columns that once were there stay taken.
    const known = new Map([...this.ids].filter(([, id]) => this.fields.has(id)));
    const kept = new Set(wanted.map(({ id }) => escaped(id)));
    for (const [path, id] of known) if (!kept.has(path)) this.dropped(path, id, wanted);
    this.duplicates(wanted);
    const fields = wanted.map((column) => this.column(column, known.get(escaped(column.id))));
    return this.problems.length > 0 ? { problems: this.problems } : { shape: { fields, fieldIds: this.ids, lastColumnId: this.last } };
  }

  private dropped(path: string, id: number, wanted: readonly WantedColumn[]): void {
    const fresh = wanted.filter((column) => !this.ids.has(escaped(column.id)));
    const columnId = path.replaceAll('~1', '/').replaceAll('~0', '~');
    const hint = fresh.length === 1 ? `; if ${fresh[0].name} is its new name, give that column \`id: ${columnId}\`` : '';
    this.problems.push(`column ${this.fields.get(id)?.name} is published and would be dropped${hint}`);
  }

  private duplicates(wanted: readonly WantedColumn[]): void {
    const seen = new Map<string, string>();
    for (const { name } of wanted) {
      const other = seen.get(name.toLowerCase());
      if (other !== undefined) this.problems.push(`columns ${other} and ${name} have the same name but for upper and lower case`);
      seen.set(name.toLowerCase(), name);
    }
  }

  private column({ id, name, type, required, description }: WantedColumn, oldId: number | undefined): IcebergField {
    const path = escaped(id);
    const old = oldId === undefined ? undefined : this.fields.get(oldId);
    if (required && this.hasRows && !old?.required) {
      this.problems.push(`column ${name} ${old === undefined ? 'is new and would be required, but rows exist that do not have it' : 'is optional and would become required'}`);
    }
    const fieldId = old?.id ?? this.next(path);
    return { id: fieldId, name, required, type: this.type(type, old?.type, path, name), ...(description ? { doc: description } : {}) };
  }

  private type(wanted: PlanType, old: IcebergType | undefined, path: string, where: string): IcebergType {
    if (typeof wanted === 'string') {
      if (old !== undefined && !widens(old, wanted)) this.problems.push(narrows(where, old, wanted));
      return wanted;
    }
    if (old !== undefined && (typeof old === 'string' || old.type !== wanted.kind)) {
      this.problems.push(narrows(where, old, wanted));
    }
    switch (wanted.kind) {
      case 'list': return this.list(wanted, isKind(old, 'list') ? old : undefined, path, where);
      case 'map': return this.map(wanted, isKind(old, 'map') ? old : undefined, path, where);
      case 'struct': return this.struct(wanted, isKind(old, 'struct') ? old : undefined, path, where);
    }
  }

  private list({ element }: Nested<'list'>, old: IcebergList | undefined, path: string, where: string): IcebergList {
    const inner = `${path}/element`;
    return {
      type: 'list', 'element-id': old?.['element-id'] ?? this.next(inner),
      element: this.type(element, old?.element, inner, `${where}.element`), 'element-required': false,
    };
  }

  private map({ key, value }: Nested<'map'>, old: IcebergMap | undefined, path: string, where: string): IcebergMap {
    if (old !== undefined && !isDeepStrictEqual(planType(old.key), key)) this.problems.push(`column ${where}.key is the key of a map and cannot change`);
    return {
      type: 'map',
      'key-id': old?.['key-id'] ?? this.next(`${path}/key`), key: this.type(key, old?.key, `${path}/key`, `${where}.key`),
      'value-id': old?.['value-id'] ?? this.next(`${path}/value`), value: this.type(value, old?.value, `${path}/value`, `${where}.value`), 'value-required': false,
    };
  }

  private struct({ fields }: Nested<'struct'>, old: IcebergStruct | undefined, path: string, where: string): IcebergStruct {
    const there = new Map(old?.fields.map((field) => [field.name, field]));
    const names = new Set(fields.map(({ name }) => name));
    for (const name of there.keys()) if (!names.has(name)) this.problems.push(`column ${where}.${name} is in the table and would be dropped`);
    return {
      type: 'struct',
      fields: fields.map(({ name, type }): IcebergField => {
        const inner = `${path}/${escaped(name)}`, before = there.get(name);
        return { id: before?.id ?? this.next(inner), name, required: false, type: this.type(type, before?.type, inner, `${where}.${name}`) };
      }),
    };
  }

  private next(path: string): number {
    this.last += 1;
    this.ids.set(path, this.last);
    return this.last;
  }
}

type Nested<K> = Extract<PlanType, { kind: K }>;

function isKind<K extends 'list' | 'map' | 'struct'>(type: IcebergType | undefined, kind: K): type is Extract<IcebergType, { type: K }> {
  return typeof type === 'object' && type.type === kind;
}

const WIDER = new Set(['int long', 'float double']);
const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/;

/** https://iceberg.apache.org/spec/#schema-evolution */
function widens(old: IcebergType, wanted: string): boolean {
  if (typeof old !== 'string') return false;
  if (old === wanted || WIDER.has(`${old} ${wanted}`)) return true;
  const was = DECIMAL.exec(old), will = DECIMAL.exec(wanted);
  return was !== null && will !== null && was[2] === will[2] && Number(will[1]) >= Number(was[1]);
}

function narrows(where: string, old: IcebergType, wanted: PlanType): string {
  return `column ${where} is ${typeText(planType(old))} and would become ${typeText(wanted)}`;
}

/** A type of Iceberg's JSON as a plan has it. */
function planType(type: IcebergType): PlanType {
  if (typeof type === 'string') return type.replace(/^decimal\((\d+), ?(\d+)\)$/, 'decimal($1, $2)');
  switch (type.type) {
    case 'list': return { kind: 'list', element: planType(type.element) };
    case 'map': return { kind: 'map', key: planType(type.key), value: planType(type.value) };
    case 'struct': return { kind: 'struct', fields: type.fields.map(({ name, type: inner }) => ({ name, type: planType(inner) })) };
  }
}
