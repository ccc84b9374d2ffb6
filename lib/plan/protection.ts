import { isKeyed, isProtected, type Masking } from '../contract/classification';
import { type Columns, protectedAtSource } from './column-flow';
import { type PromisedTable } from './contract-tables';
import { customProperty } from '../contract/mesh-property';
import { type DraftPipeline, type DraftTable } from './draft';
import { bareColumn, copies } from './plain-copies';
import { type PlanRule, type PlanTable } from './plan-schema';
import { type ProductDirectory } from './product-directory';
import { type SqlAnswer } from './sql-check';

/** What is known about columns that must not be seen. */
export interface Protection {
  /** By table: every column that is, becomes or is made from a protected one, under all names it has there. */
  readonly byTable: ReadonlyMap<string, PlanTable['protected']>;
  /** Promised columns that are made from protected ones and not classified so. */
  readonly exposed: readonly Exposed[];
  /** Promised columns that a rule has masked already and that would be masked again. */
  readonly maskedTwice: readonly { readonly table: string; readonly column: string }[];
}

export interface Exposed {
  readonly table: string;
  readonly column: string;
  /** Whether it holds the very values, and the contract does not release them by `mesh.masking: none`. */
  readonly copied: boolean;
}

/** A protected name. */
interface Mark {
  readonly masking: Masking;
  /** Whether its values are those of the protected column, and nothing was done to them. */
  readonly copy: boolean;
}

type Names = Map<string, Mark>;

export interface ProtectionInput {
  readonly pipeline: DraftPipeline;
  readonly ordered: readonly DraftTable[];
  readonly promised: readonly PromisedTable[];
  readonly products: ProductDirectory;
  /** By rule id, with the column behind a dot where a rule has several expressions. */
  readonly answers: ReadonlyMap<string, SqlAnswer>;
  readonly flow: ReadonlyMap<string, Columns>;
}

/**
 * Follows protected columns from the contract back to the sources, and from there forward again: through renames,
 * expressions, joins and, by its lineage, SQL. Where lineage is not known, a column of the same name is the same column.
 */
export function protection(input: ProtectionInput): Protection {
  const needs = backward(input);
  return forward(input, needs);
}

/** What stays masked in the quarantine even where the contract publishes it as it is. */
function quarantineMasking(masking: Masking, isText: boolean): Masking {
  return masking === 'none' ? (isText ? 'hash' : 'redact') : masking;
}

/** A name that is protected: because the contract says so, or only because a rule masks it here. */
interface Need extends Mark {
  /** Nobody says that what it is made of is protected as well. */
  readonly soft: boolean;
}

type Needs = Map<string, Need>;
type Demand = (node: string, name: string, need: Need) => void;

function backward({ ordered, promised, answers, flow }: ProtectionInput): Map<string, Names> {
  const needs = new Map<string, Needs>();
  const demand: Demand = (node, name, need) => {
    const names = needs.get(node) ?? new Map<string, Need>();
    note(names, name, need);
    needs.set(node, names);
  };
  for (const { object, columns } of promised) {
    for (const { name, classification, masking, type } of columns) {
      if (isProtected(classification)) demand(object.name, name, { masking: quarantineMasking(masking, type === 'string'), soft: false, copy: true });
    }
  }
  for (const table of [...ordered].reverse()) {
    let names: Needs = new Map(needs.get(table.name));
    for (const { rule } of [...table.rules].reverse()) names = before(rule, names, table, demand, answers, flow);
    if (table.rules[0]?.rule.kind === 'sql') continue;
    for (const [name, need] of names) demand(table.from[0], name, need);
  }
  return needs;
}

/** What somebody says outright stands; of two that do, the first says how it is masked. */
function note(names: Needs, name: string, need: Need): void {
  const known = names.get(name);
  if (known?.soft !== false) names.set(name, need);
  else if (need.copy && !known.copy) names.set(name, { ...known, copy: true });
}

/** The protected names before a rule, given those after it. */
function before(
  rule: PlanRule, names: Needs, table: DraftTable, demand: Demand, answers: ReadonlyMap<string, SqlAnswer>, flow: ReadonlyMap<string, Columns>,
): Needs {
  const earlier: Needs = new Map(names);
  const unravel = (name: string, expression: string, id: string): void => {
    const need = names.get(name);
    if (need === undefined) return;
    const origins = namesIn(expression, answers.get(id));
    if (!origins.includes(name)) earlier.delete(name);
    if (!need.soft) for (const origin of origins) note(earlier, origin, { ...need, copy: need.copy && bareColumn(expression) !== undefined });
  };
  switch (rule.kind) {
    case 'rename':
      for (const { to } of rule.columns) earlier.delete(to);
      for (const { from, to } of rule.columns) if (names.has(to)) earlier.set(from, names.get(to)!);
      return earlier;
    case 'derive':
      for (const { name, expression } of rule.columns) unravel(name, expression, `${rule.id}.${name}`);
      return earlier;
    case 'aggregate':
      for (const { name, expression } of rule.measures) unravel(name, expression, `${rule.id}.${name}`);
      return earlier;
    case 'hash':
    case 'redact':
      // who masks a column in the pipeline holds it for protected
      for (const name of rule.columns) if (!earlier.has(name)) earlier.set(name, { masking: rule.kind, soft: true, copy: false });
      return earlier;
    case 'join': {
      const theirs = flow.get(rule.with);
      for (const { left, right } of rule.on) if (names.has(left)) demand(rule.with, right, names.get(left)!);
      if (rule.select !== null) {
        for (const { from, to } of rule.select) {
          if (!names.has(to)) continue;
          demand(rule.with, from, names.get(to)!);
          earlier.delete(to);
        }
        return earlier;
      }
      for (const [name, need] of names) if (theirs === undefined || !theirs.complete || theirs.types.has(name)) demand(rule.with, name, need);
      return earlier;
    }
    case 'union':
      for (const [name, need] of names) for (const other of rule.with) demand(other, name, need);
      return earlier;
    case 'sql': {
      const lineage = answers.get(rule.id)?.lineage;
      const isCopy = copies(rule.text);
      for (const [name, need] of names) {
        const origins = lineage?.[name];
        if (origins !== undefined) {
          if (need.soft && origins.length !== 1) continue;
          for (const [input, column] of origins.map(split)) demand(input, column, { ...need, copy: need.copy && isCopy(column, name) });
          continue;
        }
        for (const input of table.from) {
          const columns = flow.get(input);
          if (columns === undefined || !columns.complete || columns.types.has(name)) demand(input, name, { ...need, copy: false });
        }
      }
      return new Map();
    }
    default: return earlier;
  }
}

function forward({ pipeline, ordered, promised, products, answers, flow }: ProtectionInput, needs: ReadonlyMap<string, Names>): Protection {
  const current = new Map<string, Names>();
  const masked = new Map<string, Set<string>>();
  for (const source of pipeline.sources) {
    const names: Names = new Map(needs.get(source.name));
    // what is masked where it is read from is no longer the value itself
    for (const { name, masking } of protectedAtSource(source, products)) {
      names.set(name, { masking: names.get(name)?.masking ?? 'redact', copy: masking === 'none' || names.get(name)?.copy === true });
    }
    current.set(source.name, names);
  }
  const byTable = new Map<string, PlanTable['protected']>();
  const exposed: Exposed[] = [];
  const maskedTwice: { table: string; column: string }[] = [];
  for (const table of ordered) {
    const seen = new Map<string, Masking>([...needs.get(table.name) ?? []].map(([name, { masking }]) => [name, masking]));
    // what a query reads is not in its rows
    const first = table.rules[0]?.rule.kind === 'sql' ? '' : table.from[0];
    let names: Names = new Map(current.get(first));
    let done = new Set(masked.get(first));
    for (const [name, { masking }] of names) seen.set(name, seen.get(name) ?? masking);
    for (const { rule } of table.rules) {
      [names, done] = after(rule, names, done, table, current, answers, flow);
      for (const [name, { masking }] of names) seen.set(name, seen.get(name) ?? masking);
      if (rule.kind === 'hash' || rule.kind === 'redact') for (const name of rule.columns) seen.set(name, seen.get(name) ?? rule.kind);
    }
    current.set(table.name, names);
    masked.set(table.name, done);
    const promise = table.layer === 'gold' ? promised.find(({ object }) => object.name === table.name) : undefined;
    for (const { name, classification, masking } of promise?.columns ?? []) {
      const mark = names.get(name);
      if (!isProtected(classification) && mark !== undefined) exposed.push({ table: table.name, column: name, copied: mark.copy && !releases(promise!, name) });
      if (isKeyed(masking) && done.has(name)) maskedTwice.push({ table: table.name, column: name });
    }
    byTable.set(table.name, present(seen, flow, table, promise));
  }
  return { byTable, exposed, maskedTwice };
}

/** Whether the contract itself says that values of the column are published as they are. */
function releases({ object }: PromisedTable, column: string): boolean {
  const property = object.properties.find(({ name }) => name === column);
  return property !== undefined && customProperty(property, 'mesh.masking') === 'none';
}

/** The protected and the masked names after a rule, given those before it. */
function after(
  rule: PlanRule, names: Names, done: Set<string>, table: DraftTable, current: ReadonlyMap<string, Names>,
  answers: ReadonlyMap<string, SqlAnswer>, flow: ReadonlyMap<string, Columns>,
): [Names, Set<string>] {
  const later: Names = new Map(names);
  const hashed = new Set(done);
  const taint = (name: string, expression: string, id: string): void => {
    // how many there are says nothing about any of them
    if (/^\s*count\s*\(/i.test(expression)) return;
    const origin = namesIn(expression, answers.get(id)).find((each) => names.has(each));
    if (origin !== undefined) later.set(name, { ...names.get(origin)!, copy: names.get(origin)!.copy && bareColumn(expression) !== undefined });
    else later.delete(name);
    hashed.delete(name);
  };
  switch (rule.kind) {
    case 'rename':
      for (const { from } of rule.columns) {
        later.delete(from);
        hashed.delete(from);
      }
      for (const { from, to } of rule.columns) {
        if (names.has(from)) later.set(to, names.get(from)!);
        if (done.has(from)) hashed.add(to);
      }
      return [later, hashed];
    case 'derive':
      for (const { name, expression } of rule.columns) taint(name, expression, `${rule.id}.${name}`);
      return [later, hashed];
    case 'aggregate':
      for (const name of names.keys()) if (!rule.by.includes(name)) later.delete(name);
      for (const { name, expression } of rule.measures) taint(name, expression, `${rule.id}.${name}`);
      return [later, hashed];
    case 'hash':
    case 'redact':
      for (const name of rule.columns) {
        later.delete(name);
        hashed.add(name);
      }
      return [later, hashed];
    case 'join': {
      const theirs = current.get(rule.with) ?? new Map<string, Mark>();
      if (rule.how === 'semi' || rule.how === 'anti') return [later, hashed];
      const taken = rule.select ?? [...theirs.keys()].map((name) => ({ from: name, to: name }));
      for (const { from, to } of taken) if (theirs.has(from)) later.set(to, theirs.get(from)!);
      return [later, hashed];
    }
    case 'union':
      for (const other of rule.with) for (const [name, mark] of current.get(other) ?? []) later.set(name, { ...mark, copy: mark.copy || later.get(name)?.copy === true });
      return [later, hashed];
    case 'sql': return [afterSql(rule.id, rule.text, table, current, answers, flow), new Set()];
    default: return [later, hashed];
  }
}

function afterSql(id: string, text: string, table: DraftTable, current: ReadonlyMap<string, Names>, answers: ReadonlyMap<string, SqlAnswer>, flow: ReadonlyMap<string, Columns>): Names {
  const answer = answers.get(id);
  const names: Names = new Map();
  for (const input of table.from) {
    for (const [name, mark] of current.get(input) ?? []) {
      if (answer === undefined || answer.columns === null || answer.columns.includes(name)) names.set(name, { ...mark, copy: false });
    }
  }
  if (answer === undefined || answer.lineage === null) return names;
  const traced: Names = new Map();
  const isCopy = copies(text);
  for (const [name, origins] of Object.entries(answer.lineage)) {
    for (const origin of origins) {
      const [input, column] = split(origin);
      const mark = current.get(input)?.get(column);
      if (mark !== undefined && flow.has(input)) traced.set(name, { ...mark, copy: (mark.copy && isCopy(column, name)) || traced.get(name)?.copy === true });
    }
  }
  return traced;
}

/** Names that the table can have at all: an identifier in an expression may be a function's. */
function present(names: ReadonlyMap<string, Masking>, flow: ReadonlyMap<string, Columns>, table: DraftTable, promise: PromisedTable | undefined): PlanTable['protected'] {
  const nodes = table.rules[0]?.rule.kind === 'sql' ? [table.name] : [...table.from, table.name];
  const inputs = nodes.map((node) => flow.get(node));
  const possible = inputs.every((columns) => columns?.complete === true)
    ? new Set([...inputs.flatMap((columns) => [...columns!.types.keys()]), ...madeBy(table), ...(promise?.columns ?? []).map(({ name }) => name)])
    : undefined;
  return [...names].filter(([name]) => possible === undefined || possible.has(name)).map(([name, masking]) => ({ name, masking })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function madeBy(table: DraftTable): string[] {
  return table.rules.flatMap(({ rule }) => {
    switch (rule.kind) {
      case 'rename': return rule.columns.map(({ to }) => to);
      case 'derive': return rule.columns.map(({ name }) => name);
      case 'aggregate': return rule.measures.map(({ name }) => name);
      case 'join': return (rule.select ?? []).map(({ to }) => to);
      default: return [];
    }
  });
}

/** Columns that an expression names: as the checker says, else every word that is no function and in no quotes. */
export function namesIn(expression: string, answer: SqlAnswer | undefined): string[] {
  const read = answer?.reads[''];
  if (read !== undefined) return [...read];
  const bare = expression.replace(/'(?:[^'\\]|\\.|'')*'/g, "''");
  const names = [...bare.matchAll(/`((?:[^`]|``)+)`|\b([A-Za-z_]\w*)\b(?!\s*\()/g)].map(([, quoted, word]) => quoted?.replaceAll('``', '`') ?? word);
  return [...new Set(names)];
}

function split(origin: string): [table: string, column: string] {
  const dot = origin.indexOf('.');
  return [origin.slice(0, dot), origin.slice(dot + 1)];
}
