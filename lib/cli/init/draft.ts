import { type DataType, parseType, typeText } from '../../contract/data-type';
import { Refusal } from '../failure';
import { harmless } from '../terminal/text';
import { plural } from '../terminal/units';
import { identifierOf, singular, titleOf } from './names';
import { type Profile, type ProfiledColumn } from './profile';
import { type NewFile } from './scaffold';

export interface DraftOptions {
  readonly domain: string;
  readonly entity: string;
  readonly owner: string;
  /** What was not said but taken from somewhere: marked as such. */
  readonly guessed: { readonly domain?: string; readonly entity?: string; readonly owner?: string };
  /** The file as the pipeline names it; undefined where it lies outside the mesh. */
  readonly sample: string | undefined;
  /** The name of the file the draft is made from. */
  readonly origin: string;
}

/** The mark of a line that a person should look at. */
export const GUESSED = '# guessed: ';

interface NamedColumn extends ProfiledColumn {
  /** Its name in the contract. */
  readonly promised: string;
}

/** A contract and a pipeline drafted from data. They validate; what is a guess says so at the end of its line. Throws a Refusal for a column that no file of ours can name. */
export function draft(profile: Profile, options: DraftOptions): NewFile[] {
  const columns = named(profile.columns);
  const candidate = profile.keyCandidates[0] ?? nearestKey(profile.columns);
  const key = columns.filter((column) => candidate.includes(column.name));
  const stem = `contracts/${options.domain}/${options.entity}`;
  return [
    { path: `${stem}.contract.yaml`, text: contract(profile, columns, key, options) },
    { path: `${stem}.pipeline.yaml`, text: pipeline(profile, columns, key, options) },
  ];
}

/** Without a key nothing can be promised: the column that comes closest, which the draft says. */
function nearestKey(columns: readonly ProfiledColumn[]): string[] {
  const whole = columns.filter(({ type, nulls }) => nulls === 0 && /^(string|int|bigint|long|date|timestamp)/.test(type));
  return [...whole.length > 0 ? whole : columns].sort((a, b) => b.distinct - a.distinct).slice(0, 1).map(({ name }) => name);
}

/** Keys that no YAML file of ours may have, since a program could trip over them. */
const UNUSABLE = ['__proto__', 'constructor', 'prototype'];

/** Names that a table can have, each once. */
function named(columns: readonly ProfiledColumn[]): NamedColumn[] {
  const unusable = columns.find((column) => UNUSABLE.includes(column.name));
  if (unusable !== undefined) throw new Refusal('unusable-column', `a column of the sample is called ${unusable.name}, which cannot be written in a pipeline`, 'give it another name in the file');
  const taken = new Set<string>();
  return columns.map((column, at) => {
    const wanted = identifierOf(column.name) ?? `column_${at + 1}`;
    let promised = wanted;
    for (let next = 2; taken.has(promised); next += 1) promised = `${wanted}_${next}`;
    taken.add(promised);
    return { ...column, promised };
  });
}

const guess = (why: string | undefined): string => (why === undefined ? '' : `  ${GUESSED}${why.replace(/\s+/g, ' ')}`);
const quoted = (text: string): string => JSON.stringify(text);
/** As a person would write it: quoted only where YAML would take it for something else. */
const scalar = (text: string): string => (/^[A-Za-z](?:[\w @./-]*\w)?$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : quoted(text));

function contract(profile: Profile, columns: readonly NamedColumn[], key: readonly NamedColumn[], { domain, entity, owner, guessed, origin }: DraftOptions): string {
  const one = singular(entity).replaceAll('_', ' ');
  const lines = [
    `# Drafted from ${plural(profile.rows, 'row')} of ${harmless(origin)}. Look at each line that was guessed, and remove the mark where it is right.`,
    // Maps came with 3.2.
    `apiVersion: v3.${columns.some((column) => typeOf(column).logical === 'map') ? '2' : '1'}.0`, 'kind: DataContract',
    `id: dp_${domain}_${entity}`, `name: ${scalar(titleOf(entity))}`, 'version: 1.0.0', 'status: draft',
    `domain: ${domain}${guess(guessed.domain)}`,
    'team:', `  name: ${domain}-${entity.replaceAll('_', '-')}`,
    '  members:', `    - username: ${scalar(owner)}${guess(guessed.owner)}`, '      role: owner',
    'schema:', `  - name: ${entity}${guess(guessed.entity)}`,
    `    dataGranularityDescription: ${scalar(`one row per ${one}`)}${guess('from the name')}`,
    '    properties:', ...columns.flatMap((column) => property(column, profile.rows, key)),
    'slaProperties:', `  - {property: freshness, value: 24, unit: h}${guess('a day is usual')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function property(column: NamedColumn, rows: number, key: readonly NamedColumn[]): string[] {
  const inKey = key.includes(column);
  const seen = plural(rows, 'row');
  const { logical, physical } = typeOf(column);
  const lines = [`      - name: ${scalar(column.promised)}`, `        logicalType: ${logical}${guess('from the values')}`];
  if (physical !== undefined) lines.push(`        physicalType: ${scalar(physical)}`);
  const sides = mapSides(column.type);
  if (sides !== undefined) lines.push(`        map: ${JSON.stringify(sides)}`);
  if (inKey) {
    const alone = key.length === 1;
    const nearest = alone && column.distinct < rows - column.nulls;
    lines.push(`        primaryKey: true${guess(nearest ? `no column is unique, ${column.distinct} of ${seen} differ: name the real key` : `unique in ${seen}${alone ? '' : `, together with ${key.filter((other) => other !== column).map((other) => other.promised).join(', ')}`}`)}`);
    if (!alone) lines.push(`        primaryKeyPosition: ${key.indexOf(column) + 1}`);
  } else if (column.nulls === 0 && rows > 0 && !(column.sensitive === true && logical !== 'string')) {
    // What cannot be hashed is published as null.
    lines.push(`        required: true${guess(`never empty in ${seen}`)}`);
  }
  if (column.sensitive === true) {
    // No range and no values either: they would be somebody's.
    const how = logical === 'string' ? 'published as a hash' : 'published as null';
    if (inKey && logical !== 'string') lines.push(`        classification: internal${guess('looks personal, and a key of this type cannot be masked: choose another key')}`);
    else lines.push(`        classification: confidential${guess(`looks personal; ${how}`)}`);
    return lines;
  }
  if (!inKey && neverNegative(column, logical)) lines.push(`        logicalTypeOptions: {minimum: 0}${guess(`never negative in ${seen}`)}`);
  const { values } = column;
  if (logical === 'string' && !inKey && values && values.length > 0) {
    lines.push('        quality:', `          - {metric: invalidValues, arguments: {validValues: [${values.map(scalar).join(', ')}]}, mustBe: 0, severity: warning}${guess(`all the values in ${seen}`)}`);
  } else if (logical === 'string' && column.pattern) {
    const option = column.pattern === 'email' || column.pattern === 'uuid' ? `format: ${column.pattern}` : `pattern: ${quoted(column.pattern)}`;
    lines.push(`        logicalTypeOptions: {${option}}${guess(`as every value in ${seen}`)}`);
  }
  return lines;
}

/** The one bound that a sample says something about: the largest amount of today is no promise for tomorrow. */
function neverNegative({ min }: NamedColumn, logical: string): boolean {
  if (logical !== 'integer' && logical !== 'number') return false;
  return (typeof min === 'number' ? min : Number.parseFloat(String(min))) >= 0;
}

/** ODCS has no other way to write a map than by its sides. */
function mapSides(type: string): object | undefined {
  const parsed = parseType(type);
  if (!parsed.ok || typeof parsed.type === 'string' || parsed.type.kind !== 'map') return undefined;
  const side = (of: DataType): object => {
    const { logical, physical } = typeOf({ type: typeText(of) });
    const map = mapSides(typeText(of));
    return { logicalType: logical, ...physical === undefined ? {} : { physicalType: physical }, ...map === undefined ? {} : { map } };
  };
  return { key: side(parsed.type.key), value: side(parsed.type.value) };
}

function typeOf({ type }: Pick<ProfiledColumn, 'type'>): { logical: string; physical?: string } {
  const parsed = parseType(type);
  if (!parsed.ok) return { logical: 'string' };
  if (typeof parsed.type !== 'string') return { logical: { list: 'array', map: 'map', struct: 'object' }[parsed.type.kind], physical: typeText(parsed.type) };
  if (parsed.type.startsWith('decimal')) return { logical: 'number', physical: typeText(parsed.type) };
  switch (parsed.type) {
    case 'int': return { logical: 'integer', physical: 'int' };
    case 'long': return { logical: 'integer' };
    case 'float': return { logical: 'number', physical: 'float' };
    case 'double': return { logical: 'number' };
    case 'timestamptz': return { logical: 'timestamp' };
    case 'timestamp': return { logical: 'timestamp', physical: 'timestamp_ntz' };
    case 'boolean': case 'date': case 'time': case 'string': return { logical: parsed.type };
    default: return { logical: 'string', physical: type };
  }
}

/** The type in the words of Spark, whatever the jobs call it. */
function ddl({ type }: ProfiledColumn): string {
  const parsed = parseType(type);
  return parsed.ok ? typeText(parsed.type) : type;
}

function pipeline(profile: Profile, columns: readonly NamedColumn[], key: readonly NamedColumn[], { entity, sample, origin }: DraftOptions): string {
  const csv = profile.format === 'csv';
  const options = [
    `format: ${profile.format}`,
    ...csv && profile.delimiter && profile.delimiter !== ',' ? [`delimiter: ${quoted(profile.delimiter)}`] : [],
    ...csv && profile.encoding && profile.encoding !== 'utf-8' ? [`encoding: ${profile.encoding}`] : [],
    ...profile.format !== 'parquet' && profile.nullLiterals.length > 0 ? [`nullValues: [${profile.nullLiterals.map(scalar).join(', ')}]`] : [],
  ];
  const renamed = columns.filter((column) => column.promised !== column.name);
  const lines = [
    `# Drafted from ${harmless(origin)}: how ${entity} is built, private to this team.`,
    'sources:', '  landing:', `    files: {${options.join(', ')}}${options.length > 1 ? guess('from the file') : ''}`,
    ...sample === undefined ? [] : [`    sample: ${scalar(sample)}`],
    ...key.length === 0 ? [] : [`    primaryKey: [${key.map((column) => scalar(column.name)).join(', ')}]${guess('as in the contract')}`],
    '    columns:', ...columns.map((column) => (column.format
      ? `      ${scalar(column.name)}: {type: ${scalar(ddl(column))}, format: ${scalar(column.format)}}${guess('from the values')}`
      : `      ${scalar(column.name)}: ${scalar(ddl(column))}`)),
    'tables:', `  ${entity}_raw:`, '    layer: bronze', '    from: [landing]', `  ${entity}:`, '    layer: gold', `    from: [${entity}_raw]`,
  ];
  const rules = [
    ...renamed.length === 0 ? [] : ['      - rename:', ...renamed.map((column) => `          ${scalar(column.name)}: ${column.promised}`)],
    ...key.length === 0 ? [] : [`      - deduplicate: {by: [${key.map((column) => scalar(column.promised)).join(', ')}]}${guess('the last that arrived counts')}`],
  ];
  return `${[...lines, ...rules.length === 0 ? [] : ['    rules:', ...rules]].join('\n')}\n`;
}
