import { type Columns } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftPipeline, type DraftTable } from '../pipeline/draft';
import { type Plan, type PlanRule } from '../plan-schema';
import { namesIn } from '../protection/marks';
import { inputsOf as readBy } from '../pipeline/refresh';
import { madeOf, split } from '../sql/origins';
import { type SqlAnswer } from '../sql/sql-check';

export interface LineageInput {
  readonly pipeline: DraftPipeline;
  readonly ordered: readonly DraftTable[];
  readonly promised: readonly PromisedTable[];
  /** By rule id, with the column behind a dot where a rule has several expressions. */
  readonly answers: ReadonlyMap<string, SqlAnswer>;
  readonly flow: ReadonlyMap<string, Columns>;
}

type Lineage = NonNullable<Plan['lineage']>;
type Origin = Lineage[number]['from'][number];

/**
 * Columns of sources that each promised column is made of, through every internal table. What decides which rows there are, as
 * filters and keys of joins do, is not counted. A column whose SQL does not tell is left out.
 */
export function lineageOf(input: LineageInput): Lineage {
  const origins = tracer(input);
  return input.promised.flatMap(({ object, columns }) => columns.flatMap(({ name }) => {
    const from = origins(object.name, name);
    return from.length === 0 ? [] : [{ table: object.name, column: name, from: [...from] }];
  }));
}

/** What decides which rows a promised table has. */
export interface RowLineage {
  readonly table: string;
  /** Every source that it is built from. */
  readonly sources: readonly string[];
  /** Columns of them that filters, keys and groups look at. */
  readonly from: readonly Origin[];
  /** Whether every query on the way tells what it reads: else more may be looked at. */
  readonly told: boolean;
}

/** The sources of each promised table, and their columns that decide which rows it has. */
export function rowLineageOf(input: LineageInput): RowLineage[] {
  const origins = tracer(input);
  const tables = new Map(input.ordered.map((table) => [table.name, table]));
  const known = new Map<string, Omit<RowLineage, 'table'>>();
  const rows = (node: string): Omit<RowLineage, 'table'> => {
    const table = tables.get(node);
    if (table === undefined) return { sources: [node], from: [], told: true };
    const found = known.get(node);
    if (found !== undefined) return found;
    const before = readBy(table).map(rows);
    const own = decidersOf(table, input.answers, input.flow).flatMap(([from, column]) => origins(from, column));
    const told = table.rules.every(({ rule }) => rule.kind !== 'sql' || (input.answers.get(rule.id)?.lineage ?? null) !== null);
    const all = {
      sources: [...new Set(before.flatMap(({ sources }) => sources))].sort(), from: distinct([...before.flatMap(({ from }) => from), ...own]), told: told && before.every((each) => each.told),
    };
    known.set(node, all);
    return all;
  };
  return input.promised.map(({ object }) => ({ table: object.name, ...rows(object.name) }));
}

/** Follows a column of a source or table to the sources, each way once. */
function tracer({ pipeline, ordered, answers, flow }: LineageInput): (node: string, column: string) => readonly Origin[] {
  const sources = new Set(pipeline.sources.map(({ name }) => name));
  const tables = new Map(ordered.map((table) => [table.name, table]));
  const known = new Map<string, readonly Origin[]>();
  const origins = (node: string, column: string): readonly Origin[] => {
    if (sources.has(node)) return [{ source: node, column }];
    const table = tables.get(node);
    if (table === undefined) return [];
    const key = `${node}.${column}`;
    const found = known.get(key) ?? distinct(inputsOf(table, column, answers, flow).flatMap(([input, name]) => origins(input, name)));
    known.set(key, found);
    return found;
  };
  return origins;
}

type Input = readonly [table: string, column: string];

/** Columns of a table's inputs that one of its columns is made of: its rules, read from the last to the first. */
function inputsOf(table: DraftTable, column: string, answers: ReadonlyMap<string, SqlAnswer>, flow: ReadonlyMap<string, Columns>): Input[] {
  let names = new Set([column]);
  const inputs: Input[] = [];
  for (const { rule } of [...table.rules].reverse()) {
    if (rule.kind === 'sql') return [...inputs, ...[...names].flatMap((name) => madeOf(answers.get(rule.id), name))];
    names = new Set([...names].flatMap((name) => {
      const { ours, theirs } = before(rule, name, answers, flow);
      inputs.push(...theirs);
      return ours;
    }));
  }
  return [...inputs, ...[...names].map((name): Input => [table.from[0], name])];
}

/** Columns of a table's inputs that decide which rows it has: what its rules look at, under the names that those have before each. */
function decidersOf(table: DraftTable, answers: ReadonlyMap<string, SqlAnswer>, flow: ReadonlyMap<string, Columns>): Input[] {
  let names = new Set<string>();
  const inputs: Input[] = [];
  for (const { rule } of [...table.rules].reverse()) {
    if (rule.kind === 'sql') {
      const answer = answers.get(rule.id);
      return [...inputs, ...[...names].flatMap((name) => madeOf(answer, name)), ...(answer?.decides ?? []).map(split)];
    }
    names = new Set([...names].flatMap((name) => {
      const { ours, theirs } = before(rule, name, answers, flow);
      inputs.push(...theirs);
      return ours;
    }));
    for (const name of lookedAt(rule, answers)) names.add(name);
    if (rule.kind === 'join') inputs.push(...rule.on.map(({ right }): Input => [rule.with, right]));
  }
  return [...inputs, ...[...names].map((name): Input => [table.from[0], name])];
}

/** Columns of its own table by which a rule tells rows apart, keeps or drops them. */
function lookedAt(rule: PlanRule, answers: ReadonlyMap<string, SqlAnswer>): readonly string[] {
  switch (rule.kind) {
    case 'filter': return namesIn(rule.where, answers.get(rule.id));
    case 'deduplicate': return [...rule.by, ...rule.latest === null ? [] : [rule.latest]];
    case 'aggregate': case 'upsert': return rule.by;
    case 'join': return rule.on.map(({ left }) => left);
    case 'mapValues': return rule.otherwise === 'remove' || rule.otherwise === 'quarantine' ? [rule.column] : [];
    default: return [];
  }
}

/** What one column was before a rule: columns of the table itself, and of those that the rule brings in. */
function before(rule: PlanRule, name: string, answers: ReadonlyMap<string, SqlAnswer>, flow: ReadonlyMap<string, Columns>): { ours: readonly string[]; theirs: readonly Input[] } {
  switch (rule.kind) {
    case 'rename': return { ours: [rule.columns.find(({ to }) => to === name)?.from ?? name], theirs: [] };
    case 'derive': case 'aggregate': {
      const made = (rule.kind === 'derive' ? rule.columns : rule.measures).find((each) => each.name === name);
      return { ours: made === undefined ? [name] : namesIn(made.expression, answers.get(`${rule.id}.${name}`)), theirs: [] };
    }
    case 'join': {
      if (rule.how === 'semi' || rule.how === 'anti') return { ours: [name], theirs: [] };
      if (rule.select !== null) {
        const taken = rule.select.find(({ to }) => to === name);
        return taken === undefined ? { ours: [name], theirs: [] } : { ours: [], theirs: [[rule.with, taken.from]] };
      }
      const brought = flow.get(rule.with)?.types.has(name) === true && !rule.on.some(({ left, right }) => left === name || right === name);
      return brought ? { ours: [], theirs: [[rule.with, name]] } : { ours: [name], theirs: [] };
    }
    case 'union': return { ours: [name], theirs: rule.with.map((other): Input => [other, name]) };
    default: return { ours: [name], theirs: [] };
  }
}

function distinct(origins: readonly Origin[]): Origin[] {
  const byKey = new Map(origins.map((origin) => [`${origin.source}.${origin.column}`, origin]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key)!);
}
