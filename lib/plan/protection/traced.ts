import { isKeyed, isProtected, type Masking } from '../../contract/classification';
import { customProperty } from '../../contract/mesh-property';
import { type Columns, protectedAtSource } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftTable } from '../pipeline/draft';
import { bareColumn, copies } from '../sql/plain-copies';
import { type PlanRule, type PlanTable } from '../plan-schema';
import { type SqlAnswer } from '../sql/sql-check';
import { type Mark, type Names, namesIn, split } from './marks';
import { present } from './present';
import { type Exposed, type Protection, type ProtectionInput } from './protection';

/** Where protected names come to, table by table, from the sources on and from what `needs` says of each. */
export function traced({ pipeline, ordered, promised, products, answers, flow }: ProtectionInput, needs: ReadonlyMap<string, Names>): Protection {
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
  const found: Names = new Map();
  const isCopy = copies(text);
  for (const [name, origins] of Object.entries(answer.lineage)) {
    for (const origin of origins) {
      const [input, column] = split(origin);
      const mark = current.get(input)?.get(column);
      if (mark !== undefined && flow.has(input)) found.set(name, { ...mark, copy: (mark.copy && isCopy(column, name)) || found.get(name)?.copy === true });
    }
  }
  return found;
}
