import { columnType } from '../column-type';
import { type Property } from '../contract';
import { type Changes, type Place, within } from './change';
import { type DiffContext } from './context';
import { diffLimits } from './limits';
import { diffMeaning } from './meaning';
import { diffOwnClass, diffProtection } from './protection';
import { diffQuality } from './quality';
import { diffRelationships } from './relationships';
import { diffRest } from './rest';
import { lengthStep, partChanges, shownType, typeStep } from './types';

/** A column and what is nested in it, in both contracts. `place.path` is its name in the older one; `isKey` where it alone is the key of both. */
export function diffColumn(base: Property, head: Property, place: Place, isKey: boolean, changes: Changes, context: DiffContext): void {
  diffValue(base, head, place, changes);
  if (!isKey) diffUnique(base, head, place, changes);
  diffProtection(base, head, place, changes, context);
}

/** A column that no older contract has. */
export function noteNewColumn(property: Property, inserted: boolean, place: Place, changes: Changes): void {
  if (isRequired(property)) changes.add('diff/required-column-added', place, `\`${property.name}\` is new and required`);
  else changes.add(inserted ? 'diff/column-inserted' : 'diff/column-added', place, `\`${property.name}\` is new${inserted ? ' and not the last' : ''}`);
}

/** Rows that lack it are refused: because it is written, or because it is part of the key. */
export function isRequired({ required, primaryKey }: Property): boolean {
  return required === true || primaryKey === true;
}

function diffValue(base: Property, head: Property, place: Place, changes: Changes): void {
  const name = place.path.slice(place.path.indexOf('.') + 1);
  diffRequired(base, head, name, place, changes);
  diffType(base, head, name, place, changes);
  diffMeaning(base, head, place, changes);
  diffQuality(base.quality, head.quality, place, changes);
  diffRelationships(base.relationships, head.relationships, place, changes);
  diffRest(place, COLUMN_FIELDS, changes);
}

function diffUnique(base: Property, head: Property, place: Place, changes: Changes): void {
  if ((base.unique === true) === (head.unique === true)) return;
  if (head.unique === true) changes.add('diff/unique-added', within(place, 'unique'), `values of \`${head.name}\` have to be unique`);
  else changes.add('diff/unique-removed', { ...place, path: `${place.path}.unique` }, `values of \`${head.name}\` may now repeat`);
}

const COLUMN_FIELDS = [
  'id', 'name', 'logicalType', 'logicalTypeOptions', 'physicalType', 'primaryKey', 'primaryKeyPosition', 'required', 'unique', 'partitioned', 'partitionKeyPosition',
  'classification', 'enum', 'properties', 'items', 'map', 'quality', 'relationships', 'description', 'businessName', 'authoritativeDefinitions', 'deprecated',
  'semanticType',
];

function diffRequired(base: Property, head: Property, name: string, place: Place, changes: Changes): void {
  const [before, after] = [isRequired(base), isRequired(head)];
  if (before === after) return;
  const field = (after ? head : base).required === true ? 'required' : 'primaryKey';
  const at: Place = { path: `${place.path}.required`, base: place.base, head: after ? [...place.head, field] : place.head };
  if (after) changes.add('diff/required-added', at, `\`${name}\` has to be there in every row`);
  else changes.add('diff/required-removed', at, `\`${name}\` may be null`);
}

function diffType(base: Property, head: Property, name: string, place: Place, changes: Changes): void {
  const [before, after] = [columnType(base).type, columnType(head).type];
  const at: Place = { path: `${place.path}.type`, base: place.base, head: [...place.head, head.physicalType === undefined ? 'logicalType' : 'physicalType'] };
  const step = typeStep(before, after);
  if (step !== 'same') {
    changes.add(TYPE_RULES[step], at, `\`${name}\` was ${shownType(before)} and is ${shownType(after)}`);
    // limits of two kinds of values say nothing about each other
    if (step === 'changed') return;
  } else if (base.physicalType !== head.physicalType && partChanges(before, after).length === 0) {
    const size = before === 'string' || before === 'binary' ? lengthStep(base.physicalType, head.physicalType) : 'same';
    const what = `\`${name}\` is written \`${head.physicalType ?? head.logicalType}\` and was \`${base.physicalType ?? base.logicalType}\``;
    if (size === 'same') changes.add('diff/documentation-changed', at, `${what}, which is the same type`);
    else changes.add(TYPE_RULES[size], at, what);
  }
  diffLimits(base, head, place, changes);
  if (base.properties.length > 0 && head.properties.length > 0) return diffFields(base, head, name, place, changes);
  if (base.items !== undefined && head.items !== undefined) return diffPart(base.items, head.items, `${place.path}[]`, changes);
  if (base.map !== undefined && head.map !== undefined) {
    diffPart(base.map.key, head.map.key, `${place.path}.key`, changes);
    return diffPart(base.map.value, head.map.value, `${place.path}.value`, changes);
  }
  if (step === 'same') diffSpelledParts(base, head, name, at, changes);
}

const TYPE_RULES = { widened: 'diff/type-widened', narrowed: 'diff/type-narrowed', changed: 'diff/type-changed' } as const;

/** Fields of an object are known by their names alone. */
function diffFields(base: Property, head: Property, name: string, place: Place, changes: Changes): void {
  const after = new Map(head.properties.map((field) => [field.name, field]));
  for (const field of base.properties) {
    const now = after.get(field.name);
    const path = `${place.path}.${field.name}`;
    if (now === undefined) changes.add('diff/column-removed', { path, base: field.path, head: [...head.path, 'properties'] }, `the field \`${field.name}\` of \`${name}\` is gone`);
    else diffPart(field, now, path, changes);
  }
  const before = new Set(base.properties.map((field) => field.name));
  const [order, now] = [base.properties.filter(({ name: field }) => after.has(field)), head.properties.filter(({ name: field }) => before.has(field))];
  if (order.some((field, index) => field.name !== now[index]?.name)) changes.add('diff/columns-reordered', within(place, 'properties'), `\`${name}\` lists its fields in another order`);
  for (const field of head.properties) if (!before.has(field.name)) noteNewColumn(field, false, { path: `${place.path}.${field.name}`, head: field.path }, changes);
}

function diffPart(base: Property, head: Property, path: string, changes: Changes): void {
  const place: Place = { path, base: base.path, head: head.path };
  diffValue(base, head, place, changes);
  diffUnique(base, head, place, changes);
  diffOwnClass(base, head, place, changes);
}

/** What is nested in types that a physical type spells out, on one side at least. */
function diffSpelledParts(base: Property, head: Property, name: string, place: Place, changes: Changes): void {
  for (const change of partChanges(columnType(base).type, columnType(head).type)) {
    const at = { ...place, path: `${place.path.replace(/\.type$/, '')}${change.at}` };
    const part = `\`${name}${change.at}\``;
    if (change.step === 'removed') changes.add('diff/column-removed', at, `${part} is gone`);
    else if (change.step === 'added') changes.add('diff/column-added', at, `${part} is new`);
    else changes.add(TYPE_RULES[change.step], at, `${part} was ${shownType(change.base)} and is ${shownType(change.head)}`);
  }
}
