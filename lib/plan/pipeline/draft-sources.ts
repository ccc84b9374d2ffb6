import { type DataType, parseType, TYPE_NAMES } from '../../contract/data-type';
import { type DocumentPath } from '../../contract/document-path';
import { type Findings } from '../../contract/findings';
import { entityOf, publishedDatabase, publishedTable } from '../../contract/names';
import { parseDuration } from '../../contract/quantities';
import { suggest } from '../../contract/suggestion';
import { list } from '../../contract/wording';
import { draftRemote } from '../draft-remote';
import { datePatternProblem } from './date-pattern';
import { type ColumnSpec, type FilesOptions, type PipelineSource } from './pipeline-file';
import { type PlanField, type PlanSource } from '../plan-schema';
import { type ProductDirectory } from '../product-directory';
import { PIPELINE } from '../rules';

const KINDS = ['files', 'jdbc', 'http', 'stream', 'product'] as const;
const PRODUCT_ONLY = ['version', 'object', 'maxAge'] as const;
const NOT_OF_PRODUCTS = ['columns', 'sample', 'sampleFormat', 'watermark', 'onBadRecord'] as const;
const EXTENSIONS: Readonly<Record<string, 'csv' | 'json' | 'jsonl' | 'parquet'>> = {
  csv: 'csv', tsv: 'csv', txt: 'csv', json: 'json', jsonl: 'jsonl', ndjson: 'jsonl', parquet: 'parquet', pq: 'parquet',
};

/** What a source needs to know of the world around its file. */
export interface SourceContext {
  readonly findings: Findings;
  readonly products: ProductDirectory;
  readonly environment: string | null;
  /** A sample's path relative to the mesh root, undefined (and reported) where it is outside or missing. */
  readonly sample: (written: string, path: DocumentPath) => string | undefined;
}

/** Resolves one source; undefined where it makes no sense, which is then reported. */
export function draftSource(name: string, source: PipelineSource, context: SourceContext): PlanSource | undefined {
  const { findings } = context;
  const path: DocumentPath = ['sources', name];
  const kinds = KINDS.filter((kind) => source[kind] !== undefined);
  if (kinds.length !== 1) {
    findings.add(PIPELINE['source-kind'], path, {
      message: kinds.length === 0 ? `\`${name}\` does not say where its data comes from` : `\`${name}\` has ${list(kinds)} at once`,
      at: 'key', expected: `one of ${KINDS.join(', ')}`,
      remedy: kinds.length === 0 ? 'write e.g. `files: {format: csv, path: landing/…}`' : 'split it into several sources',
    });
    return undefined;
  }
  const kind = kinds[0];
  const misplaced = kind === 'product' ? NOT_OF_PRODUCTS : PRODUCT_ONLY;
  for (const option of misplaced) {
    if (source[option] === undefined) continue;
    findings.add(PIPELINE['source-option'], [...path, option], {
      message: `\`${option}\` means nothing for a source of the kind \`${kind}\``, at: 'key', remedy: 'remove it',
    });
  }
  if (kind === 'product') return productSource(name, source, path, context);
  const watermark = watermarkOf(source, kind, path, findings);
  const base = {
    name,
    ...(source.system === undefined ? {} : { system: source.system }),
    ...(source.authority === undefined ? {} : { authority: source.authority }),
    primaryKey: source.primaryKey ?? [],
    watermark,
    fields: fieldsOf(source, path, findings),
    onBadRecord: source.onBadRecord ?? 'abort',
    sample: source.sample === undefined ? null : context.sample(source.sample, [...path, 'sample']) ?? null,
  } as const;
  checkKeys(base.fields, source, path, findings);
  if (kind === 'files') {
    const folder = landingPath(source.files!.path ?? '', [...path, 'files', 'path'], findings);
    return { ...base, kind: 'files', path: folder, file: fileFormat(source.files!, [...path, 'files'], findings) };
  }
  const remote = draftRemote(source, path, findings);
  if (remote === undefined) return undefined;
  if (source.sample === undefined) {
    findings.add(PIPELINE['no-sample'], path, {
      message: `\`${name}\` has no sample: without a connection to it, nobody can run the product locally`, at: 'key',
      remedy: 'write `sample: samples/…`, or name a file with `--input` when it runs',
    });
  }
  const format = source.sampleFormat ?? (source.sample === undefined ? undefined : EXTENSIONS[extensionOf(source.sample)]);
  return { ...base, kind: 'remote', ...remote, file: format === undefined ? { format: 'auto', nullValues: [] } : defaultsOf(format) };
}

/** A column's type and date format as declared; undefined, and reported, where there is no such type. */
export function declaredField(name: string, spec: ColumnSpec, path: DocumentPath, findings: Findings): PlanField | undefined {
  const written = typeof spec === 'string' ? spec : spec.type;
  const type = declaredType(written, typeof spec === 'string' ? path : [...path, 'type'], findings);
  if (type === undefined) return undefined;
  const format = typeof spec === 'string' ? undefined : spec.format;
  const problem = format === undefined ? undefined : datePatternProblem(format);
  if (format !== undefined && type !== 'date' && type !== 'timestamp' && type !== 'timestamptz') {
    findings.add(PIPELINE['rule-option'], [...path, 'format'], {
      message: `\`format\` is for dates and timestamps, but \`${name}\` is ${written}`, at: 'key', remedy: 'remove it',
    });
  } else if (problem !== undefined) findings.add(PIPELINE['date-format'], [...path, 'format'], { received: format, ...problem });
  return { name, type, ...(format === undefined ? {} : { format }) };
}

function declaredType(written: string, path: DocumentPath, findings: Findings): DataType | undefined {
  const parsed = parseType(written);
  if (parsed.ok) return parsed.type;
  const word = /^[A-Za-z_]+/.exec(written)?.[0] ?? '';
  const near = suggest(word, TYPE_NAMES);
  findings.add(PIPELINE['data-type'], path, {
    message: `this is not a type: ${parsed.why}`, received: written, expected: 'string, int, bigint, double, decimal(p,s), boolean, date, timestamp, array<…>, …',
    remedy: near === undefined || near === word.toLowerCase() ? undefined : `did you mean \`${near}\`?`,
  });
  return undefined;
}

/** Seconds of a duration that somebody wrote; undefined, and reported, where it is none. */
export function declaredDuration(written: string, path: DocumentPath, findings: Findings): number | undefined {
  const seconds = parseDuration(written);
  if (seconds !== undefined && seconds > 0) return seconds;
  findings.add(PIPELINE.duration, path, { message: 'this is not a duration', received: written, expected: 'a number and a unit, e.g. 30min, 24h or 7d' });
  return undefined;
}

function fieldsOf(source: PipelineSource, path: DocumentPath, findings: Findings): PlanField[] | null {
  if (source.columns === undefined) return null;
  return Object.entries(source.columns).flatMap(([name, spec]) => declaredField(name, spec, [...path, 'columns', name], findings) ?? []);
}

/** A transaction that was open while a table was read may yet commit rows that are older than the newest one read. */
const OPEN_TRANSACTIONS_SECONDS = 15 * 60;

function watermarkOf(source: PipelineSource, kind: (typeof KINDS)[number], path: DocumentPath, findings: Findings): { column: string; overlapSeconds: number } | null {
  if (source.watermark === undefined) return null;
  const watermark = typeof source.watermark === 'string' ? { column: source.watermark } : source.watermark;
  const overlap = watermark.overlap === undefined
    ? kind === 'jdbc' ? OPEN_TRANSACTIONS_SECONDS : 0
    : declaredDuration(watermark.overlap, [...path, 'watermark', 'overlap'], findings);
  return { column: watermark.column, overlapSeconds: Math.round(overlap ?? 0) };
}

/** Key and watermark must be among the columns, where those are declared. */
function checkKeys(fields: PlanField[] | null, source: PipelineSource, path: DocumentPath, findings: Findings): void {
  if (fields === null) return;
  const known = Object.keys(source.columns ?? {});
  const check = (column: string, at: DocumentPath): void => {
    if (known.includes(column)) return;
    const near = suggest(column, known);
    findings.add(PIPELINE['unknown-column'], at, {
      message: `the source has no column \`${column}\``, received: column, remedy: near === undefined ? 'declare it in `columns`' : `did you mean \`${near}\`?`,
    });
  };
  source.primaryKey?.forEach((column, index) => check(column, [...path, 'primaryKey', index]));
  if (typeof source.watermark === 'string') check(source.watermark, [...path, 'watermark']);
  else if (source.watermark !== undefined) check(source.watermark.column, [...path, 'watermark', 'column']);
}

function landingPath(written: string, path: DocumentPath, findings: Findings): string {
  const parts = written.replace(/^\.\//, '').split('/');
  if (written.startsWith('/') || written.includes('\\') || /^[a-z][a-z0-9+.-]*:/i.test(written) || parts.includes('..') || written.includes('\0')) {
    findings.add(PIPELINE.path, path, {
      message: 'the path leads out of the landing prefix of the product', received: written, expected: 'a relative path, e.g. landing/campaigns/',
      remedy: 'a pipeline never names a bucket or a folder outside its own landing prefix',
    });
    return '';
  }
  const inside = (parts[0] === 'landing' ? parts.slice(1) : parts).filter((part) => part !== '' && part !== '.');
  return inside.length === 0 ? '' : `${inside.join('/')}${written.endsWith('/') ? '/' : ''}`;
}

type FileFormat = Extract<PlanSource, { kind: 'files' }>['file'];

function fileFormat(files: FilesOptions, path: DocumentPath, findings: Findings): FileFormat {
  const csvOnly = ['delimiter', 'quote', 'escape', 'header', 'encoding'] as const;
  const misplaced = [...(files.format === 'csv' ? [] : csvOnly), ...(files.format === 'parquet' ? ['nullValues' as const] : [])];
  for (const option of misplaced) {
    if (files[option] === undefined) continue;
    findings.add(PIPELINE['source-option'], [...path, option], { message: `\`${option}\` means nothing for ${files.format} files`, at: 'key', remedy: 'remove it' });
  }
  const defaults = defaultsOf(files.format);
  if (defaults.format === 'csv') {
    const quote = files.quote ?? defaults.quote;
    return {
      ...defaults, delimiter: files.delimiter ?? defaults.delimiter, quote, escape: files.escape ?? quote, header: files.header ?? defaults.header,
      encoding: files.encoding ?? defaults.encoding, nullValues: files.nullValues ?? [],
    };
  }
  return defaults.format === 'parquet' ? defaults : { ...defaults, nullValues: files.nullValues ?? [] };
}

function defaultsOf(format: 'csv' | 'json' | 'jsonl' | 'parquet'): FileFormat {
  switch (format) {
    case 'csv': return { format, delimiter: ',', quote: '"', escape: '"', header: true, encoding: 'utf-8', nullValues: [] };
    case 'parquet': return { format };
    case 'json':
    case 'jsonl': return { format, nullValues: [] };
  }
}

function extensionOf(path: string): string {
  return /\.([a-z0-9]+)(?:\.(?:gz|zst|bz2))?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
}

function productSource(name: string, source: PipelineSource, path: DocumentPath, context: SourceContext): PlanSource | undefined {
  const { findings, products, environment } = context;
  const id = source.product!;
  const maxAge = source.maxAge === undefined ? undefined : declaredDuration(source.maxAge, [...path, 'maxAge'], findings);
  const versions = products.find(id);
  const major = source.version ?? versions.reduce((newest, product) => Math.max(newest, product.major), -1);
  const product = versions.find((each) => each.major === major);
  if (product === undefined) {
    const near = versions.length > 0 ? undefined : suggest(id, products.ids());
    findings.add(PIPELINE['unknown-product'], versions.length > 0 ? [...path, 'version'] : [...path, 'product'], {
      message: versions.length > 0 ? `\`${id}\` has no version ${major}` : `there is no product \`${id}\` in the mesh`,
      received: versions.length > 0 ? major : id,
      expected: versions.length > 0 ? `one of ${versions.map((each) => each.major).join(', ')}` : undefined,
      remedy: near === undefined ? 'its contract must be below `contracts/` of this mesh' : `did you mean \`${near}\`?`,
    });
    return undefined;
  }
  const objects = product.tables.map(({ object }) => object.name);
  if (source.object === undefined && objects.length !== 1) {
    findings.add(PIPELINE['unknown-product'], path, {
      message: `\`${id}\` has several tables`, at: 'key', expected: `one of ${objects.join(', ')}`, remedy: `write \`object: ${objects[0] ?? '…'}\``,
    });
    return undefined;
  }
  const table = product.tables.find(({ object }) => object.name === (source.object ?? objects[0]));
  if (table === undefined) {
    const near = suggest(source.object!, objects);
    findings.add(PIPELINE['unknown-product'], [...path, 'object'], {
      message: `\`${id}\` has no table \`${source.object!}\``, received: source.object, expected: `one of ${objects.join(', ')}`,
      remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
    });
    return undefined;
  }
  if (entityOf(id, product.domain) === undefined) return undefined;
  return {
    kind: 'product', name, product: id, major, object: table.object.name,
    database: publishedDatabase({ domain: product.domain, environment }), table: publishedTable(table.object.name, major),
    fields: table.columns.map((column) => ({ name: column.name, type: column.type })),
    primaryKey: [...table.primaryKey], maxAgeSeconds: maxAge === undefined ? null : Math.max(1, Math.round(maxAge)),
  };
}
