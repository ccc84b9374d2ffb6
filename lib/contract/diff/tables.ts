import { type Property, type SchemaObject } from '../contract';
import { type DocumentPath, valueAt } from '../document-path';
import { type OdcsTable } from '../odcs/document';
import { type Changes, type Place, within } from './change';
import { diffColumn, noteNewColumn } from './columns';
import { type DiffContext } from './context';
import { diffMeaning } from './meaning';
import { identityOf, pair, type Pairs } from './pairs';
import { diffQuality } from './quality';
import { diffRelationships } from './relationships';
import { diffRest, sameJson } from './rest';

const SCHEMA: DocumentPath = ['schema'];

/** The tables of two contracts and everything within them. */
export function diffTables(changes: Changes, context: DiffContext): void {
  const { base, head } = changes;
  const { both, removed, added } = pair(base.schema, head.schema, identityOf);
  const place = (object: SchemaObject): Place => ({ path: `schema.${object.name}`, head: SCHEMA });
  const fresh = new Map(added.map((object) => [object.name, object]));
  for (const object of removed) {
    const same = fresh.get(object.name);
    const at = { ...place(object), base: object.path, ...same && { head: same.path } };
    changes.add(same === undefined ? 'diff/table-removed' : 'diff/table-identity-changed', at,
      same === undefined ? `the table \`${object.name}\` is gone` : `the table \`${object.name}\` has another id`);
    fresh.delete(object.name);
  }
  for (const object of fresh.values()) changes.add('diff/table-added', { ...place(object), head: object.path }, `the table \`${object.name}\` is new`);
  for (const pairing of both) diffTable(pairing.base, pairing.head, changes, context);
}

function diffTable(base: SchemaObject, head: SchemaObject, changes: Changes, context: DiffContext): void {
  const place: Place = { path: `schema.${base.name}`, base: base.path, head: head.path };
  if (base.name !== head.name) changes.add('diff/table-renamed', within(place, 'name'), `the table \`${base.name}\` is now called \`${head.name}\``);
  const columns = pair(base.properties, head.properties, identityOf);
  diffColumnList(base, head, columns, place, changes);
  const keys = [keyOf(base), keyOf(head)];
  const isSame = sameReading(base, head, changes, context);
  for (const { base: before, head: after } of columns.both) {
    if (isSame(before, after)) continue;
    const isKey = [before, after].every((property, index) => keys[index].length === 1 && keys[index][0] === property);
    diffColumn(before, after, { path: `${place.path}.${before.name}`, base: before.path, head: after.path }, isKey, changes, context);
  }
  diffKey(base, head, columns, place, changes);
  diffPartitioning(base, head, columns, place, changes);
  diffQuality(base.quality, head.quality, place, changes);
  diffRelationships(base.relationships, head.relationships, place, changes);
  diffMeaning(base, head, place, changes);
  diffRest(place, TABLE_FIELDS, changes);
}

/** Whether columns are the same word for word and are read the same way, as most are: nothing of them has to be compared. */
function sameReading(base: SchemaObject, head: SchemaObject, changes: Changes, context: DiffContext): (before: Property, after: Property) => boolean {
  const alike = changes.base.edition === changes.head.edition && context.base.classification(changes.base.domain) === context.head.classification(changes.head.domain);
  const [written, now] = [valueAt(changes.base.document, base.path), valueAt(changes.head.document, head.path)].map((table) => (table as OdcsTable).properties ?? []);
  const indexOf = ({ path }: Property): number => Number(path[path.length - 1]);
  return (before, after) => alike && sameJson(written[indexOf(before)], now[indexOf(after)]);
}

const TABLE_FIELDS = [
  'id', 'name', 'logicalType', 'properties', 'quality', 'relationships', 'description', 'businessName', 'dataGranularityDescription',
  'authoritativeDefinitions', 'deprecated',
];

function diffColumnList(base: SchemaObject, head: SchemaObject, { both, removed, added }: Pairs<Property>, place: Place, changes: Changes): void {
  const fresh = new Map(added.map((property) => [property.name, property]));
  for (const property of removed) {
    const same = fresh.get(property.name);
    const at: Place = { path: `${place.path}.${property.name}`, base: property.path, head: same?.path ?? [...head.path, 'properties'] };
    if (same !== undefined) {
      changes.add('diff/column-identity-changed', at, `\`${property.name}\` has the id \`${identityOf(same)}\` and had \`${identityOf(property)}\``);
      fresh.delete(property.name);
      continue;
    }
    const hint = removed.length === 1 && added.length === 1 ? `; if it is now called \`${added[0].name}\`, write \`id: ${identityOf(property)}\` on that` : '';
    changes.add('diff/column-removed', at, `\`${property.name}\` is gone${hint}`);
  }
  const last = Math.max(-1, ...both.map(({ head: property }) => head.properties.indexOf(property)));
  for (const property of fresh.values()) {
    const at: Place = { path: `${place.path}.${property.name}`, head: property.path };
    noteNewColumn(property, head.properties.indexOf(property) < last, at, changes);
  }
  for (const { base: before, head: after } of both) {
    if (before.name !== after.name) {
      changes.add('diff/column-renamed', { path: `${place.path}.${before.name}`, base: before.path, head: [...after.path, 'name'] }, `\`${before.name}\` is now called \`${after.name}\``);
    }
  }
  const order = both.map(({ base: property }) => base.properties.indexOf(property));
  if (order.some((position, index) => index > 0 && position < order[index - 1])) {
    changes.add('diff/columns-reordered', within(place, 'properties'), `\`${head.name}\` lists its columns in another order`);
  }
}

function diffKey(base: SchemaObject, head: SchemaObject, columns: Pairs<Property>, place: Place, changes: Changes): void {
  const [before, after] = [keyOf(base), keyOf(head)];
  if (sameColumns(before, after, columns)) return;
  const named = (key: readonly Property[]): string => (key.length === 0 ? 'nothing' : key.map(({ name }) => `\`${name}\``).join(', '));
  const path = [...(after[0] ?? head).path, ...after.length > 0 ? ['primaryKey'] : []];
  changes.add('diff/key-changed', { path: `${place.path}.primaryKey`, base: before[0]?.path ?? base.path, head: path }, `the key was ${named(before)} and is ${named(after)}`);
}

function diffPartitioning(base: SchemaObject, head: SchemaObject, columns: Pairs<Property>, place: Place, changes: Changes): void {
  const [before, after] = [partitionsOf(base), partitionsOf(head)];
  if (sameColumns(before, after, columns)) return;
  const named = (list: readonly Property[]): string => (list.length === 0 ? 'not at all' : `by ${list.map(({ name }) => `\`${name}\``).join(', ')}`);
  changes.add('diff/partitioning-changed', { path: `${place.path}.partitioned`, base: (before[0] ?? base).path, head: (after[0] ?? head).path },
    `the table was partitioned ${named(before)} and is ${named(after)}`);
}

function sameColumns(base: readonly Property[], head: readonly Property[], { both }: Pairs<Property>): boolean {
  const partner = new Map(both.map((each) => [each.base, each.head]));
  return base.length === head.length && base.every((property, index) => partner.get(property) === head[index]);
}

function keyOf({ properties }: SchemaObject): Property[] {
  // in which order its columns are written changes nothing about which rows are the same
  return properties.filter(({ primaryKey }) => primaryKey === true).sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}

function partitionsOf({ properties }: SchemaObject): Property[] {
  const position = ({ partitionKeyPosition = 0 }: Property): number => (partitionKeyPosition > 0 ? partitionKeyPosition : Infinity);
  return properties.filter(({ partitioned, partitionKeyPosition = 0 }) => partitioned === true || partitionKeyPosition > 0)
    .sort((a, b) => (position(a) === position(b) ? 0 : position(a) - position(b)));
}
