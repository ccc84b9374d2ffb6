import { isProtected, type Masking } from '../../contract/classification';
import { type Columns } from '../sql/column-flow';
import { type DraftTable } from '../pipeline/draft';
import { bareColumn, copies } from '../sql/plain-copies';
import { type PlanRule } from '../plan-schema';
import { type SqlAnswer } from '../sql/sql-check';
import { type Mark, type Names, namesIn, split } from './marks';
import { type ProtectionInput } from './protection';

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

/** The names that must be protected in each source and table, so that what the contract promises is. */
export function demanded({ ordered, promised, answers, flow }: ProtectionInput): Map<string, Names> {
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
