import { columnType } from '../column-type';
import { type LogicalTypeOptions, type Property } from '../contract';
import { type DataType } from '../data-type';
import { shown } from '../findings';
import { type Changes, type Place, within } from './change';
import { some } from './meaning';
import { sameJson, without } from './rest';

/** Limits on the values of a column, of its `logicalTypeOptions` or of an `invalidValues` rule. */
export type Limits = Readonly<Record<string, unknown>>;

/** Larger lets less through. */
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
/** Larger lets more through. */
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Two of them cannot be compared. */
const FORMS = ['pattern', 'format'];

/** Which values are allowed, compared: enum, ranges, lengths, patterns. */
export function diffLimits(base: Property, head: Property, place: Place, changes: Changes): void {
  if (!isLimited(base) && !isLimited(head)) return;
  diffValues(base.enum?.map(({ value }) => value), head.enum?.map(({ value }) => value), { ...place, ...within(place, 'enum') }, changes);
  diffLabels(base, head, within(place, 'enum'), changes);
  const at = within(place, 'logicalTypeOptions');
  diffOptions(optionsOf(base), optionsOf(head), at, changes);
  diffVector(base.logicalTypeOptions, head.logicalTypeOptions, head.name, at, changes);
  diffOtherOptions(base, head, at, changes);
}

/** What two vectors need to have in common to be compared. */
const OF_VECTORS = ['dimensions', 'embeddingModel', 'embeddingModelVersion'] as const;

function diffVector(base: LogicalTypeOptions, head: LogicalTypeOptions, name: string, place: Place, changes: Changes): void {
  for (const option of OF_VECTORS) {
    const [before, after] = [base[option], head[option]];
    if (before === after) continue;
    const at = within(place, option);
    if (before !== undefined && after !== undefined) changes.add('diff/type-changed', at, `\`${option}\` of \`${name}\` was ${shown(before)} and is ${shown(after)}`);
    else if (option === 'dimensions') changes.add(after === undefined ? 'diff/range-widened' : 'diff/range-narrowed', at, `\`${option}\` ${after === undefined ? `is gone, it was ${before}` : `is new: ${after}`}`);
    else changes.add(after === undefined ? 'diff/type-option-changed' : 'diff/meaning-added', at, `\`${option}\` ${after === undefined ? `is gone, it was ${shown(before)}` : `is ${shown(after)}`}`);
  }
}

/** Options that types are made of, which a type that changed has said already. */
const OF_TYPES = ['format', 'timezone', 'elementType'];

/** What else a type says of its values: zones, distances, the format of what is no text. */
function diffOtherOptions(base: Property, head: Property, place: Place, changes: Changes): void {
  const [type, now] = [columnType(base).type, columnType(head).type];
  const compared = new Set<string>([...LOWER, ...UPPER, ...OF_VECTORS, 'pattern', 'multipleOf', 'uniqueItems', 'required', 'path', ...sameJson(type, now) ? [] : OF_TYPES, ...now === 'string' ? ['format'] : []]);
  const [before, after] = [base, head].map(({ logicalTypeOptions }): Limits => ({ ...logicalTypeOptions }));
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (compared.has(name) || sameJson(before[name], after[name])) continue;
    const [was, is] = [before[name], after[name]].map((value) => (value === undefined ? 'not written' : shown(value)));
    const isSame = sameJson(meant(name, before[name], now), meant(name, after[name], now));
    changes.add(isSame ? 'diff/documentation-changed' : 'diff/type-option-changed', within(place, name), `\`${name}\` of \`${head.name}\` was ${was} and is ${is}`);
  }
}

/** As it is without being written: times are in UTC, and whether a timestamp has a zone is of its type. */
function meant(option: string, value: unknown, type: DataType): unknown {
  if (option === 'defaultTimezone') return value === undefined || value === 'Etc/UTC' ? 'UTC' : value;
  return option === 'timezone' && (type === 'timestamp' || type === 'timestamptz') ? undefined : value;
}

/** What the values that both allow are called and explained as. */
function diffLabels(base: Property, head: Property, place: Place, changes: Changes): void {
  const before = new Map(base.enum?.map((entry) => [entry.value, entry]));
  const renamed = (head.enum ?? []).filter((entry) => before.has(entry.value) && !sameJson(without(before.get(entry.value)!, 'path'), without(entry, 'path')));
  if (renamed.length > 0) changes.add('diff/meaning-changed', place, `${some(renamed.map(({ value }) => JSON.stringify(value)))} ${renamed.length === 1 ? 'is' : 'are'} described differently`);
}

function isLimited({ enum: values, logicalTypeOptions: { path: _path, ...options } }: Property): boolean {
  return values !== undefined || Object.values(options).some((option) => option !== undefined);
}

/** As {@link diffLimits}, of the arguments of an `invalidValues` rule. */
export function diffArguments(base: Limits, head: Limits, place: Place, changes: Changes): void {
  diffValues(listOf(base['validValues']), listOf(head['validValues']), within(place, 'validValues'), changes);
  diffOptions(base, head, place, changes);
}

function diffValues(base: readonly unknown[] | undefined, head: readonly unknown[] | undefined, place: Place, changes: Changes): void {
  // null is required's to allow or not
  const [before, after] = [base, head].map((values) => values && new Set(values.filter((value) => value !== null).map((value) => JSON.stringify(value))));
  if (before === undefined && after === undefined) return;
  if (before === undefined) return changes.add('diff/enum-narrowed', place, `only ${some(after!)} may be there, and every value was`);
  if (after === undefined) return changes.add('diff/enum-widened', place, `every value may be there, and only ${some(before)} was`);
  const [gone, fresh] = [[...before].filter((value) => !after.has(value)), [...after].filter((value) => !before.has(value))];
  if (gone.length > 0) changes.add('diff/enum-narrowed', place, `${some(gone)} ${gone.length === 1 ? 'is' : 'are'} no longer allowed`);
  if (fresh.length > 0) changes.add('diff/enum-widened', place, `${some(fresh)} ${fresh.length === 1 ? 'is' : 'are'} allowed too`);
}

function diffOptions(base: Limits, head: Limits, place: Place, changes: Changes): void {
  for (const bounds of [LOWER, UPPER]) {
    for (const group of [bounds.slice(0, 2), ...bounds.slice(2).map((name) => [name])]) diffBound(base, head, group, bounds === LOWER ? 1 : -1, place, changes);
  }
  for (const name of FORMS) {
    const [before, after] = [base[name], head[name]];
    if (before === after) continue;
    const at = within(place, name);
    if (before === undefined) changes.add('diff/range-narrowed', at, `\`${name}\` is new: ${shown(after)}`);
    else if (after === undefined) changes.add('diff/range-widened', at, `\`${name}\` is gone, it was ${shown(before)}`);
    else changes.add('diff/pattern-changed', at, `\`${name}\` was ${shown(before)} and is ${shown(after)}`);
  }
  diffStep(base['multipleOf'], head['multipleOf'], within(place, 'multipleOf'), changes);
  diffFlag(base['uniqueItems'] === true, head['uniqueItems'] === true, within(place, 'uniqueItems'), changes);
  diffFields(listOf(base['required']) ?? [], listOf(head['required']) ?? [], within(place, 'required'), changes);
}

/** One side of a range. Two ways to write it, with and without the bound itself, are one limit. */
function diffBound(base: Limits, head: Limits, names: readonly string[], sense: 1 | -1, place: Place, changes: Changes): void {
  const [before, after] = [bound(base, names, sense), bound(head, names, sense)];
  const step = before === undefined || after === undefined ? Number(after !== undefined) - Number(before !== undefined) : compareBounds(after, before, sense);
  if (step === 0) return;
  const at = within(place, (after ?? before)!.name);
  const text = after === undefined ? `${written(before!)} is gone` : before === undefined ? `${written(after)} is new` : `${written(before)} became ${written(after)}`;
  changes.add(step > 0 ? 'diff/range-narrowed' : 'diff/range-widened', at, text);
}

interface Bound {
  readonly name: string;
  readonly value: number | string;
  readonly exclusive: boolean;
}

/** The strictest of the names that are written. */
function bound(limits: Limits, names: readonly string[], sense: 1 | -1): Bound | undefined {
  const all = names.flatMap((name): Bound[] => {
    const value = limits[name];
    return typeof value === 'number' || typeof value === 'string' ? [{ name, value, exclusive: name.startsWith('exclusive') }] : [];
  });
  return all.sort((a, b) => compareBounds(b, a, sense))[0];
}

/** Above 0 where the first lets less through. */
function compareBounds(a: Bound, b: Bound, sense: 1 | -1): number {
  const [x, y] = [a, b].map(({ value }) => comparable(value));
  if (x !== y) return (x > y ? 1 : -1) * sense;
  return Number(a.exclusive) - Number(b.exclusive);
}

/** Dates and times are text in ISO 8601, in one form for one column. */
function comparable(value: number | string): number | string {
  if (typeof value === 'number') return value;
  const time = Date.parse(value);
  return Number.isNaN(time) ? value : time;
}

function diffStep(base: unknown, head: unknown, place: Place, changes: Changes): void {
  if (base === head) return;
  const [before, after] = [base, head].map((value) => (typeof value === 'number' ? value : undefined));
  const text = `\`multipleOf\` ${before === undefined ? 'is new' : `was ${before}`}${after === undefined ? ' and is gone' : before === undefined ? `: ${after}` : ` and is ${after}`}`;
  const looser = after === undefined || (before !== undefined && isMultiple(before, after));
  changes.add(looser ? 'diff/range-widened' : 'diff/range-narrowed', place, text);
}

/** 0.3 is three times 0.1, although not as a floating-point number. */
function isMultiple(of: number, step: number): boolean {
  const times = Math.round(of / step);
  return times > 0 && Math.abs(of / step - times) < times * 1e-9;
}

function diffFlag(base: boolean, head: boolean, place: Place, changes: Changes): void {
  if (base === head) return;
  changes.add(head ? 'diff/range-narrowed' : 'diff/range-widened', place, head ? 'no entry may be there twice' : 'an entry may be there twice');
}

function diffFields(base: readonly unknown[], head: readonly unknown[], place: Place, changes: Changes): void {
  const fresh = head.filter((name) => !base.includes(name));
  const gone = base.filter((name) => !head.includes(name));
  if (fresh.length > 0) changes.add('diff/range-narrowed', place, `${fresh.map((name) => `\`${String(name)}\``).join(', ')} must be there`);
  if (gone.length > 0) changes.add('diff/required-removed', place, `${gone.map((name) => `\`${String(name)}\``).join(', ')} may be missing`);
}

/** As the values see it: `minLength: 0` says nothing; of whole numbers nor does `multipleOf: 1`, and `exclusiveMinimum: 4` is `minimum: 5`; a number's `format` is part of its type. */
function optionsOf(property: Property): Limits {
  const { type } = columnType(property);
  const limits: Record<string, unknown> = { ...property.logicalTypeOptions };
  if (type !== 'string') delete limits['format'];
  for (const name of ['minLength', 'minItems', 'minProperties']) if (limits[name] === 0) delete limits[name];
  if (type !== 'int' && type !== 'long') return limits;
  if (typeof limits['multipleOf'] === 'number' && isMultiple(1, limits['multipleOf'])) delete limits['multipleOf'];
  for (const [exclusive, inclusive, step] of [['exclusiveMinimum', 'minimum', 1], ['exclusiveMaximum', 'maximum', -1]] as const) {
    const value = limits[exclusive];
    if (typeof value !== 'number') continue;
    const whole = step === 1 ? Math.floor(value) + 1 : Math.ceil(value) - 1;
    const other = limits[inclusive];
    limits[inclusive] = typeof other !== 'number' ? whole : step === 1 ? Math.max(other, whole) : Math.min(other, whole);
    delete limits[exclusive];
  }
  return limits;
}

function written({ name, value }: Bound): string {
  return `\`${name}: ${value}\``;
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
