import { createHash } from 'node:crypto';
import { type DocumentPath } from '../../contract/document-path';
import { type Findings } from '../../contract/findings';
import { type DraftRule } from './draft';
import { declaredField } from './draft-sources';
import { type PipelineTable, type RuleEntry } from './pipeline-file';
import { type PlanRule } from '../plan-schema';
import { PIPELINE } from '../rules';

/** Reads the text of a SQL file beside the pipeline; undefined where it cannot be, which it reports. */
export type SqlReader = (written: string, path: DocumentPath) => { readonly text: string; readonly path: string } | undefined;

export interface RuleContext {
  readonly findings: Findings;
  readonly sql: SqlReader;
}

/** The rules of a table in the plan's words, its `sql` first; what makes no sense is reported and left out. */
export function draftRules(name: string, table: PipelineTable, context: RuleContext): DraftRule[] {
  const path: DocumentPath = ['tables', name];
  const rules: DraftRule[] = [];
  if (table.sql !== undefined) {
    const rule = sqlRule(`${name}.sql`, table.sql, [...path, 'sql'], context);
    if (rule !== undefined) rules.push({ rule, path: [...path, 'sql'] });
  }
  table.rules?.forEach((written, index) => {
    const entry = ruleEntry(written);
    const at = [...path, 'rules', index, entry.kind];
    const rule = draftRule(`${name}.${index + 1}.${entry.kind}`, entry, at, context);
    if (rule !== undefined) rules.push({ rule, path: at });
  });
  return rules;
}

/** The rule in an entry that the model has accepted: it has one key. */
function ruleEntry(entry: Readonly<Record<string, unknown>>): RuleEntry {
  const [kind, value] = Object.entries(entry)[0];
  return { kind, value } as RuleEntry;
}

function draftRule(id: string, entry: RuleEntry, path: DocumentPath, context: RuleContext): PlanRule | undefined {
  switch (entry.kind) {
    case 'rename': return renameRule(id, entry.value, path, context.findings);
    case 'cast': return castRule(id, entry.value, path, context.findings);
    case 'trim':
    case 'lower':
    case 'upper':
    case 'hash':
    case 'redact': return { kind: entry.kind, id, columns: [...entry.value] };
    case 'deduplicate': return { kind: 'deduplicate', id, by: [...entry.value.by], latest: entry.value.latest ?? null };
    case 'upsert': return { kind: 'upsert', id, by: [...entry.value] };
    case 'filter': {
      const { where, reason } = typeof entry.value === 'object' ? entry.value : { where: entry.value, reason: undefined };
      return { kind: 'filter', id, where: String(where), reason: reason ?? `not ${String(where)}` };
    }
    case 'derive': return nonEmpty(entry.value, path, context.findings) && {
      kind: 'derive', id, columns: Object.entries(entry.value).map(([column, expression]) => ({ name: column, expression: String(expression) })),
    };
    case 'fillNull': return nonEmpty(entry.value, path, context.findings) && {
      kind: 'fillNull', id, columns: Object.entries(entry.value).map(([column, value]) => ({ name: column, value })),
    };
    case 'mapValues': return nonEmpty(entry.value.values, [...path, 'values'], context.findings) && {
      kind: 'mapValues', id, column: entry.value.column,
      values: Object.entries(entry.value.values).map(([from, to]) => ({ from, to })), otherwise: entry.value.otherwise ?? 'keep',
    };
    case 'join': return joinRule(id, entry.value, path, context.findings);
    case 'aggregate': return nonEmpty(entry.value.measures, [...path, 'measures'], context.findings) && {
      kind: 'aggregate', id, by: [...entry.value.by],
      measures: Object.entries(entry.value.measures).map(([column, expression]) => ({ name: column, expression: String(expression) })),
    };
    case 'union': return { kind: 'union', id, with: [...entry.value] };
    case 'sql': return sqlRule(id, entry.value, path, context);
  }
}

type Value<K extends RuleEntry['kind']> = Extract<RuleEntry, { kind: K }>['value'];

function renameRule(id: string, columns: Value<'rename'>, path: DocumentPath, findings: Findings): PlanRule | undefined {
  if (!nonEmpty(columns, path, findings)) return undefined;
  const renames = Object.entries(columns).map(([from, to]) => ({ from, to }));
  renames.forEach(({ from, to }, index) => {
    if (renames.findIndex((other) => other.to.toLowerCase() === to.toLowerCase()) === index) return;
    findings.add(PIPELINE['duplicate-column'], [...path, from], { message: `two columns would be called \`${to}\``, received: to });
  });
  return { kind: 'rename', id, columns: renames };
}

function castRule(id: string, value: Value<'cast'>, path: DocumentPath, findings: Findings): PlanRule | undefined {
  const long = isLongCast(value);
  const columns = long ? value.columns : value;
  const at = long ? [...path, 'columns'] : path;
  if (!nonEmpty(columns, at, findings)) return undefined;
  const fields = Object.entries(columns).flatMap(([name, spec]) => declaredField(name, spec, [...at, name], findings) ?? []);
  return fields.length === 0 ? undefined : { kind: 'cast', id, columns: fields, onFail: long ? value.onFail ?? 'abort' : 'abort' };
}

/** `{columns: {…}}` unless `columns` is itself the name of a column. */
function isLongCast(value: Value<'cast'>): value is Extract<Value<'cast'>, { columns: Record<string, unknown> }> {
  const columns: unknown = value['columns'];
  return typeof columns === 'object' && columns !== null && !Object.hasOwn(columns, 'type');
}

function joinRule(id: string, value: Value<'join'>, path: DocumentPath, findings: Findings): PlanRule | undefined {
  const on = Array.isArray(value.on) ? value.on.map((column) => ({ left: column, right: column })) : Object.entries(value.on).map(([left, right]) => ({ left, right }));
  if (on.length === 0) {
    findings.add(PIPELINE['rule-option'], [...path, 'on'], { message: 'a join needs at least one column', expected: '[column] or {left: right}' });
    return undefined;
  }
  const how = value.how ?? 'left';
  if (value.select !== undefined && (how === 'semi' || how === 'anti')) {
    findings.add(PIPELINE['rule-option'], [...path, 'select'], { message: `a ${how} join takes no columns of the other table`, at: 'key', remedy: 'remove `select`' });
  }
  const select = value.select === undefined ? null
    : Array.isArray(value.select) ? value.select.map((column) => ({ from: column, to: column }))
      : Object.entries(value.select).map(([from, to]) => ({ from, to }));
  return { kind: 'join', id, with: value.with, how, on, select };
}

function sqlRule(id: string, written: string, path: DocumentPath, context: RuleContext): PlanRule | undefined {
  const read = isPath(written.trim()) ? context.sql(written.trim(), path) : { text: written, path: null };
  if (read === undefined) return undefined;
  if (read.text.trim() === '') {
    context.findings.add(PIPELINE.sql, path, { message: 'there is no query', received: written, expected: 'one SELECT' });
    return undefined;
  }
  return { kind: 'sql', id, text: read.text, path: read.path, digest: sqlDigest(read.text) };
}

/** A query has white space in it; what has none and looks like a path was meant as one, wherever it leads. */
function isPath(text: string): boolean {
  return /^\S+$/.test(text) && (/\.sql$/i.test(text) || /[/\\]|\.\./.test(text));
}

/** SHA-256 of the bytes of a query. */
export function sqlDigest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function nonEmpty(value: Readonly<Record<string, unknown>>, path: DocumentPath, findings: Findings): true | undefined {
  if (Object.keys(value).length > 0) return true;
  findings.add(PIPELINE['rule-option'], path, { message: 'the rule names no columns', expected: 'at least one column' });
  return undefined;
}
