import { isProtected } from '../../contract/classification';
import { type DataType, typeText } from '../../contract/data-type';
import { type DocumentPath } from '../../contract/document-path';
import { type Findings } from '../../contract/findings';
import { suggest } from '../../contract/suggestion';
import { fits } from '../../contract/lint/rules/types';
import { type DraftPipeline, type DraftRule, type DraftTable } from '../pipeline/draft';
import { type PlanColumn, type PlanRule } from '../plan-schema';
import { type ProductDirectory } from '../product-directory';
import { PIPELINE } from '../rules';
import { type SqlAnswer } from './sql-check';

/** What is known about the columns of a source or a table. */
export interface Columns {
  /** Type of each column, undefined where it is not known. */
  readonly types: ReadonlyMap<string, DataType | undefined>;
  /** Whether these are all: else nothing is said about columns that are not among them. */
  readonly complete: boolean;
}

const UNKNOWN: Columns = { types: new Map(), complete: false };

/** Columns of every source and table, by name, as far as the rules tell; what rules get wrong about them is reported. */
export function columnFlow(
  pipeline: DraftPipeline, ordered: readonly DraftTable[], products: ProductDirectory, answers: ReadonlyMap<string, SqlAnswer>, findings: Findings,
): Map<string, Columns> {
  const flow = new Map<string, Columns>();
  for (const source of pipeline.sources) flow.set(source.name, sourceColumns(source, products));
  for (const table of ordered) {
    const walk = new Walk(table, flow, answers, findings);
    flow.set(table.name, walk.columns());
  }
  return flow;
}

function sourceColumns(source: DraftPipeline['sources'][number], products: ProductDirectory): Columns {
  if (source.kind === 'product') {
    const table = products.find(source.product).find(({ major }) => major === source.major)?.tables.find(({ object }) => object.name === source.object);
    return table === undefined ? UNKNOWN : { types: new Map(table.columns.map(({ name, type }) => [name, type])), complete: true };
  }
  return source.fields === null ? UNKNOWN : { types: new Map(source.fields.map(({ name, type }) => [name, type])), complete: true };
}

/** Columns of another product's table that are classified above internal. */
export function protectedAtSource(source: DraftPipeline['sources'][number], products: ProductDirectory): PlanColumn[] {
  if (source.kind !== 'product') return [];
  const table = products.find(source.product).find(({ major }) => major === source.major)?.tables.find(({ object }) => object.name === source.object);
  return (table?.columns ?? []).filter(({ classification }) => isProtected(classification));
}

/** Follows the columns of one table through its rules. */
class Walk {
  private types = new Map<string, DataType | undefined>();
  private complete = false;

  constructor(private readonly table: DraftTable, private readonly flow: ReadonlyMap<string, Columns>, private readonly answers: ReadonlyMap<string, SqlAnswer>, private readonly findings: Findings) {}

  columns(): Columns {
    const first = this.flow.get(this.table.from[0] ?? '') ?? UNKNOWN;
    this.types = new Map(first.types);
    this.complete = first.complete;
    for (const rule of this.table.rules) this.follow(rule);
    return { types: this.types, complete: this.complete };
  }

  private follow({ rule, path }: DraftRule): void {
    switch (rule.kind) {
      case 'rename': return this.rename(rule, path);
      case 'cast': {
        const at = this.written(path, 'columns');
        for (const { name, type } of rule.columns) {
          if (!this.has(name, [...at, name], 'key')) continue;
          const from = this.types.get(name);
          if (from !== undefined && !castable(from, type)) {
            this.findings.add(PIPELINE['column-type'], [...at, name], { message: `\`${name}\` is ${typeText(from)} and can never become ${typeText(type)}`, received: typeText(type) });
          }
          this.types.set(name, type);
        }
        return;
      }
      case 'trim':
      case 'lower':
      case 'upper':
      case 'hash':
        rule.columns.forEach((name, index) => this.text(name, [...path, index], rule.kind));
        return;
      case 'redact':
        rule.columns.forEach((name, index) => this.has(name, [...path, index]));
        return;
      case 'deduplicate':
        rule.by.forEach((name, index) => this.has(name, [...path, 'by', index]));
        if (rule.latest !== null) this.has(rule.latest, [...path, 'latest']);
        return;
      case 'upsert':
        rule.by.forEach((name, index) => this.has(name, [...path, index]));
        return;
      case 'filter':
        this.expression(rule.id, path);
        return;
      case 'derive':
        for (const { name } of rule.columns) this.expression(`${rule.id}.${name}`, [...path, name]);
        for (const { name } of rule.columns) this.types.set(name, undefined);
        return;
      case 'fillNull':
        for (const { name, value } of rule.columns) {
          if (!this.has(name, [...path, name], 'key')) continue;
          const type = this.types.get(name);
          if (type !== undefined && !fits(value, type) && !(type === 'string' && typeof value !== 'string')) {
            this.findings.add(PIPELINE['column-type'], [...path, name], { message: `the value is not of the type of \`${name}\``, received: value, expected: typeText(type) });
          }
        }
        return;
      case 'mapValues':
        this.text(rule.column, [...path, 'column'], rule.kind);
        return;
      case 'join': return this.join(rule, path);
      case 'aggregate': return this.aggregate(rule, path);
      case 'union': return this.union(rule, path);
      case 'sql': return this.sql(rule);
    }
  }

  private rename(rule: Extract<PlanRule, { kind: 'rename' }>, path: DocumentPath): void {
    const renames = new Map(rule.columns.map(({ from, to }) => [from, to]));
    for (const { from, to } of rule.columns) {
      if (!this.has(from, [...path, from], 'key')) continue;
      if (from !== to && this.types.has(to) && !renames.has(to)) {
        this.findings.add(PIPELINE['duplicate-column'], [...path, from], { message: `there is already a column \`${to}\``, received: to, remedy: 'choose another name, or rename that one too' });
      }
    }
    this.types = new Map([...this.types].map(([name, type]) => [renames.get(name) ?? name, type]));
    for (const { to } of rule.columns) if (!this.types.has(to)) this.types.set(to, undefined);
  }

  private join(rule: Extract<PlanRule, { kind: 'join' }>, path: DocumentPath): void {
    const theirs = this.flow.get(rule.with) ?? UNKNOWN;
    const short = (index: number, side: 'left' | 'right'): DocumentPath => {
      const { left, right } = rule.on[index];
      return left === right && side === 'left' ? [...path, 'on', index] : [...path, 'on', left === right ? index : left];
    };
    rule.on.forEach(({ left, right }, index) => {
      const known = this.has(left, short(index, 'left'), left === right ? 'value' : 'key');
      if (!this.hasThere(theirs, rule.with, right, short(index, 'right')) || !known) return;
      const [ours, other] = [this.types.get(left), theirs.types.get(right)];
      if (ours !== undefined && other !== undefined && !comparable(ours, other)) {
        this.findings.add(PIPELINE['column-type'], short(index, 'right'), {
          message: `\`${left}\` is ${typeText(ours)} here and \`${right}\` is ${typeText(other)} in \`${rule.with}\``, received: right, remedy: 'cast one of them before the join',
        });
      }
    });
    if (rule.how === 'semi' || rule.how === 'anti') return;
    const keys = new Set(rule.on.map(({ right }) => right));
    const taken = rule.select ?? [...theirs.types.keys()].filter((name) => !keys.has(name)).map((name) => ({ from: name, to: name }));
    taken.forEach(({ from, to }, index) => {
      const at: DocumentPath = rule.select === null ? [...path, 'with'] : [...path, 'select', from === to ? index : from];
      if (rule.select !== null && !this.hasThere(theirs, rule.with, from, at)) return;
      if (this.types.has(to)) {
        this.findings.add(PIPELINE['duplicate-column'], at, {
          message: `the join brings a second column \`${to}\``, received: to, remedy: rule.select === null ? 'say which columns to take: `select: […]`' : `select it under another name: \`select: {${from}: …}\``,
        });
      }
      this.types.set(to, theirs.types.get(from));
    });
    if (rule.select === null && !theirs.complete) this.complete = false;
  }

  private aggregate(rule: Extract<PlanRule, { kind: 'aggregate' }>, path: DocumentPath): void {
    rule.by.forEach((name, index) => this.has(name, [...path, 'by', index]));
    for (const { name } of rule.measures) {
      this.expression(`${rule.id}.${name}`, [...path, 'measures', name]);
      if (rule.by.includes(name)) {
        this.findings.add(PIPELINE['duplicate-column'], [...path, 'measures', name], { message: `\`${name}\` is both grouped by and measured`, at: 'key', received: name, remedy: 'give the measure another name' });
      }
    }
    this.types = new Map([...rule.by.map((name): [string, DataType | undefined] => [name, this.types.get(name)]), ...rule.measures.map(({ name }): [string, undefined] => [name, undefined])]);
    this.complete = true;
  }

  private union(rule: Extract<PlanRule, { kind: 'union' }>, path: DocumentPath): void {
    rule.with.forEach((name, index) => {
      const theirs = this.flow.get(name) ?? UNKNOWN;
      if (!this.complete || !theirs.complete) {
        this.complete = this.complete && theirs.complete;
        return;
      }
      const missing = [...this.types.keys()].filter((column) => !theirs.types.has(column));
      const more = [...theirs.types.keys()].filter((column) => !this.types.has(column));
      if (missing.length === 0 && more.length === 0) return;
      const words = [...(missing.length > 0 ? [`it lacks ${missing.join(', ')}`] : []), ...(more.length > 0 ? [`it also has ${more.join(', ')}`] : [])];
      this.findings.add(PIPELINE['unknown-column'], [...path, index], { message: `\`${name}\` has other columns: ${words.join('; ')}`, received: name, remedy: 'rename or derive columns before the union so that both have the same' });
    });
  }

  private sql(rule: Extract<PlanRule, { kind: 'sql' }>): void {
    const answer = this.answers.get(rule.id);
    this.types = new Map((answer?.columns ?? []).map((name) => [name, undefined]));
    this.complete = answer !== undefined && answer.columns !== null;
  }

  private expression(id: string, path: DocumentPath): void {
    for (const name of this.answers.get(id)?.reads[''] ?? []) this.has(name, path);
  }

  private text(name: string, path: DocumentPath, rule: string): void {
    if (!this.has(name, path)) return;
    const type = this.types.get(name);
    if (type === undefined || type === 'string') return;
    this.findings.add(PIPELINE['column-type'], path, { message: `\`${rule}\` is for text, but \`${name}\` is ${typeText(type)}`, received: name, remedy: 'cast it to string first, or leave it out' });
  }

  private has(name: string, path: DocumentPath, at: 'key' | 'value' = 'value'): boolean {
    if (!this.complete || this.types.has(name)) return true;
    this.unknown(name, path, [...this.types.keys()], `there is no column \`${name}\` at this point`, at);
    return false;
  }

  private hasThere(theirs: Columns, table: string, name: string, path: DocumentPath): boolean {
    if (!theirs.complete || theirs.types.has(name)) return true;
    this.unknown(name, path, [...theirs.types.keys()], `\`${table}\` has no column \`${name}\``, 'value');
    return false;
  }

  private unknown(name: string, path: DocumentPath, known: readonly string[], message: string, at: 'key' | 'value'): void {
    const near = suggest(name, known);
    this.findings.add(PIPELINE['unknown-column'], path, {
      message, received: name, at, expected: known.length <= 16 ? `one of ${known.join(', ')}` : undefined, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
    });
  }

  /** The long form of a rule has its columns one level deeper. */
  private written(path: DocumentPath, field: string): DocumentPath {
    const rule = this.table.rules.find((each) => each.path === path)?.rule;
    return rule?.kind === 'cast' && rule.onFail !== 'abort' ? [...path, field] : path;
  }
}

/** Whether values of one type can be cast to another at all; whether each of them can is seen when they come. */
export function castable(from: DataType, to: DataType): boolean {
  if (typeof from === 'string' && typeof to === 'string') {
    const [a, b] = [family(from), family(to)];
    return a === b || a === 'text' || b === 'text' || (a === 'number' && b === 'boolean') || (a === 'boolean' && b === 'number');
  }
  if (typeof from === 'string' || typeof to === 'string') return false;
  if (from.kind === 'list' && to.kind === 'list') return castable(from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map') return castable(from.key, to.key) && castable(from.value, to.value);
  if (from.kind === 'struct' && to.kind === 'struct') {
    return to.fields.every(({ name, type }) => from.fields.some((field) => field.name === name && castable(field.type, type)));
  }
  return false;
}

function comparable(a: DataType, b: DataType): boolean {
  return typeof a === 'string' && typeof b === 'string' && family(a) === family(b);
}

function family(type: string): 'text' | 'number' | 'boolean' | 'time' | 'clock' | 'binary' {
  if (type === 'string') return 'text';
  if (type === 'boolean' || type === 'binary') return type;
  if (type === 'time') return 'clock';
  return type === 'date' || type.startsWith('timestamp') ? 'time' : 'number';
}
