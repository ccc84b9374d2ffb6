import * as z from 'zod';
import { type DocumentPath } from './document-path';
import { modelProblems, type ModelSource } from './model-problems';
import { type OdcsDocument } from './odcs/document';
import { type LogicalType } from './odcs/property';
import { type Problem } from './problem';

const columnName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and _, not beginning with a digit');

const columnType = z.string().refine((type) => logicalTypeOf(type) !== undefined, {
  params: { kind: 'column-type', expected: 'string, integer, number, boolean, date, timestamp, decimal(12,2), array<string>…', remedy: 'write a logical type of ODCS or a type of Spark' },
});

/**
 * The short form of a contract. What ODCS has no field for, `interfaces`, is kept as a custom property of that name:
 * ODCS servers name accounts and paths, which a contract never does.
 */
export const shortTemplateModel = z.strictObject({
  product_id: z.string().regex(/^dp_[a-z][a-z0-9]*_[a-z][a-z0-9_]*$/, 'dp_<domain>_<entity>, in lower case'),
  owner: z.string().min(1),
  sla: z.strictObject({
    freshness_hours: z.number().gt(0).optional(),
    availability_pct: z.number().gt(0).lte(100).optional(),
  }).optional(),
  schema: z.strictObject({
    grain: z.string().min(1),
    primary_key: z.union([columnName, z.array(columnName).min(1)]),
    columns: z.record(columnName, columnType).optional(),
  }),
  interfaces: z.array(z.union([z.string(), z.looseObject({ type: z.string() })])).optional(),
});

type ShortTemplate = z.infer<typeof shortTemplateModel>;

export type ReadShortTemplate =
  | { readonly ok: false; readonly problems: readonly Problem[] }
  | {
    readonly ok: true;
    /** The ODCS document it stands for. */
    readonly document: OdcsDocument;
    /** Where a path of that document comes from. */
    readonly origin: (path: DocumentPath) => DocumentPath;
    readonly warnings: readonly Problem[];
  };

/** A file is the short template if it has its `product_id` and none of the fields that make an ODCS document. */
export function isShortTemplate(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'product_id')
    && !Object.hasOwn(value, 'apiVersion') && !Object.hasOwn(value, 'kind');
}

/** Reads the short template into ODCS 3.1.0: version 1.0.0, status proposed, the domain taken from the id. */
export function readShortTemplate(source: ModelSource): ReadShortTemplate {
  const problems = modelProblems(shortTemplateModel, source, 'short');
  if (problems.length > 0) return { ok: false, problems };
  const template = source.value as ShortTemplate;
  const strangers = unknownKeyColumns(template, source);
  if (strangers.length > 0) return { ok: false, problems: strangers };
  const document = toOdcs(template);
  const warnings = template.schema.columns === undefined ? [noColumns(source)] : [];
  return { ok: true, document, warnings, origin: originIn(template, document) };
}

function toOdcs(template: ShortTemplate): OdcsDocument {
  const [, domain = '', ...entity] = template.product_id.split('_');
  const { freshness_hours: freshness, availability_pct: availability } = template.sla ?? {};
  const slaProperties = [
    ...(freshness === undefined ? [] : [{ property: 'freshness', value: freshness, unit: 'h' }]),
    ...(availability === undefined ? [] : [{ property: 'availability', value: availability, unit: '%' }]),
  ];
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: template.product_id,
    version: '1.0.0',
    status: 'proposed',
    domain,
    team: { members: [{ username: template.owner, role: 'owner' }] },
    schema: [{
      name: entity.join('_'),
      dataGranularityDescription: template.schema.grain,
      properties: columnsOf(template),
    }],
    ...(slaProperties.length === 0 ? {} : { slaProperties }),
    ...(template.interfaces === undefined ? {} : { customProperties: [{ property: 'interfaces', value: template.interfaces }] }),
  };
}

function columnsOf(template: ShortTemplate): NonNullable<NonNullable<OdcsDocument['schema']>[number]['properties']> {
  const key = keyOf(template);
  const columns = template.schema.columns ?? Object.fromEntries(key.map((name) => [name, undefined]));
  return Object.entries(columns).map(([name, type]) => {
    const logicalType = type === undefined ? undefined : logicalTypeOf(type);
    const at = key.indexOf(name);
    return {
      name,
      ...(logicalType === undefined ? {} : { logicalType }),
      // a logical type alone says nothing about how it is stored
      ...(type === undefined || type === logicalType ? {} : { physicalType: type }),
      ...(at < 0 ? {} : { primaryKey: true, ...(key.length > 1 ? { primaryKeyPosition: at + 1 } : {}) }),
    };
  });
}

function keyOf({ schema }: ShortTemplate): string[] {
  return typeof schema.primary_key === 'string' ? [schema.primary_key] : schema.primary_key;
}

function unknownKeyColumns(template: ShortTemplate, source: ModelSource): Problem[] {
  const { columns, primary_key: written } = template.schema;
  return keyOf(template).flatMap((name, index): Problem[] => {
    const duplicate = keyOf(template).indexOf(name) < index;
    if (!duplicate && (columns === undefined || Object.hasOwn(columns, name))) return [];
    const path = ['schema', 'primary_key', ...(typeof written === 'string' ? [] : [index])];
    const { line, column } = source.locate(path);
    return [{
      id: 'short/primary-key', severity: 'error', file: source.file, line, column, path: path.length > 2 ? `schema.primary_key[${index}]` : 'schema.primary_key',
      message: duplicate ? `\`${name}\` appears twice in the primary key` : `the primary key names \`${name}\`, which is not among the columns`, received: name,
      ...(columns === undefined ? {} : { expected: `one of ${Object.keys(columns).slice(0, 12).join(', ')}` }),
      remedy: duplicate ? 'keep one' : `add \`${name}\` to \`schema.columns\`, or correct the key`,
    }];
  });
}

function noColumns(source: ModelSource): Problem {
  const { line, column } = source.locate(['schema'], 'key');
  return {
    id: 'short/no-columns', severity: 'warning', file: source.file, line, column, path: 'schema',
    message: 'the columns are not known, so nothing can be planned or run',
    expected: 'schema.columns: {order_id: string, …}', remedy: 'write them, or let `mesh init --from SAMPLE` draft them from a sample',
  };
}

function originIn(template: ShortTemplate, document: OdcsDocument): (path: DocumentPath) => DocumentPath {
  const slaFields: Record<string, string> = { freshness: 'freshness_hours', availability: 'availability_pct' };
  return ([first, second, third, fourth]) => {
    switch (first) {
      case 'id':
      case 'domain': return ['product_id'];
      case 'team': return ['owner'];
      case 'customProperties': return ['interfaces'];
      case 'slaProperties': {
        const property = typeof second === 'number' ? document.slaProperties?.[second]?.property : undefined;
        return ['sla', ...(property === undefined ? [] : [slaFields[property] ?? property])];
      }
      case 'schema': {
        if (third === 'name') return ['product_id'];
        if (third === 'dataGranularityDescription') return ['schema', 'grain'];
        if (third !== 'properties') return ['schema'];
        const name = typeof fourth === 'number' ? document.schema?.[0]?.properties?.[fourth]?.name : undefined;
        if (template.schema.columns === undefined) return ['schema', 'primary_key'];
        return ['schema', 'columns', ...(name === undefined ? [] : [name])];
      }
      default: return [];
    }
  };
}

const LOGICAL_TYPES: readonly [RegExp, LogicalType][] = [
  [/^(string|text|uuid|binary|varchar(\(\d+\))?|char(\(\d+\))?)$/, 'string'],
  [/^(integer|int|bigint|long|smallint|short|tinyint|byte)$/, 'integer'],
  [/^(number|double|float|real|(decimal|numeric)(\(\d+\s*(,\s*\d+\s*)?\))?)$/, 'number'],
  [/^(boolean|bool)$/, 'boolean'],
  [/^date$/, 'date'],
  [/^(timestamp|timestamptz|timestamp_ntz|timestamp_ltz)$/, 'timestamp'],
  [/^time$/, 'time'],
  [/^(array|array<.+>)$/, 'array'],
  [/^(object|struct<.+>|map<.+>)$/, 'object'],
];

function logicalTypeOf(type: string): LogicalType | undefined {
  const written = type.trim().toLowerCase();
  return LOGICAL_TYPES.find(([pattern]) => pattern.test(written))?.[1];
}
