import { isProtected, type Masking } from '../../contract/classification';
import { type Columns } from '../sql/column-flow';
import { type DraftTable } from '../pipeline/draft';
import { givesPlainly, mayBeMadeOf } from '../sql/origins';
import { bareColumn } from '../sql/bare-column';
import { type PlanRule } from '../plan-schema';
import { type SqlAnswer } from '../sql/sql-check';
import { broughtBy, ByName, isSame, type Mark, namesIn } from './marks';
import { type ProtectionInput } from './protection';

/** What stays masked in the quarantine even where the contract publishes it as it is. */
function quarantineMasking(masking: Masking, isText: boolean): Masking {
  return masking === 'none' ? (isText ? 'hash' : 'redact') : masking;
}

/** A name that is protected: because the contract says so, or only because a rule masks it here. */
export interface Need extends Mark {
  readonly soft: boolean;
}

export type Needs = ByName<Need>;
type Demand = (node: string, name: string, need: Need) => void;

/** The names that must be protected in each source and table, so that what the contract promises is. */
export function demanded({ ordered, promised, answers, flow }: ProtectionInput): Map<string, Needs> {
  const needs = new Map<string, Needs>();
  const demand: Demand = (node, name, need) => {
    const names = needs.get(node) ?? new ByName<Need>();
    note(names, name, need);
    needs.set(node, names);
  };
  for (const { object, columns } of promised) {
    for (const { name, classification, masking, type } of columns) {
      if (isProtected(classification)) demand(object.name, name, { masking: quarantineMasking(masking, type === 'string'), soft: false, copy: true });
    }
  }
  for (const table of [...ordered].reverse()) {
    let names: Needs = new ByName(needs.get(table.name));
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
  const earlier: Needs = new ByName(names);
  const open = isOpen(table, flow);
  const unravel = (made: readonly { readonly name: string; readonly expression: string }[]): void => {
    const wanted: Needs = new ByName(names);
    for (const { name } of made) earlier.delete(name);
    for (const { name, expression } of [...made].reverse()) {
      const need = wanted.get(name);
      if (need === undefined) continue;
      for (const origin of namesIn(expression, answers.get(`${rule.id}.${name}`))) {
        if (isSame(origin, name)) note(earlier, name, need);
        else if (!need.soft) {
          const theirs = { ...need, copy: need.copy && bareColumn(expression) !== undefined };
          note(earlier, origin, theirs);
          // where no column has that name, an expression means what the same rule has made before it
          if (open) note(wanted, origin, theirs);
        }
      }
    }
  };
  switch (rule.kind) {
    case 'rename':
      for (const { to } of rule.columns) earlier.delete(to);
      for (const { from, to } of rule.columns) if (names.has(to)) earlier.set(from, names.get(to)!);
      return earlier;
    case 'derive':
      unravel(rule.columns);
      return earlier;
    case 'aggregate':
      unravel(rule.measures);
      return earlier;
    case 'hash':
    case 'redact':
      // who masks a column in the pipeline holds it for protected
      for (const name of rule.columns) if (!earlier.has(name)) earlier.set(name, { masking: rule.kind, soft: true, copy: false });
      return earlier;
    case 'join': {
      const theirs = flow.get(rule.with);
      for (const { left, right } of rule.on) if (names.has(left)) demand(rule.with, right, names.get(left)!);
      if (rule.how === 'semi' || rule.how === 'anti') return earlier;
      for (const { from, to } of broughtBy(rule, names.names().filter((name) => mayHave(theirs, name)))) {
        if (!names.has(to)) continue;
        demand(rule.with, from, names.get(to)!);
        // what is selected is theirs alone
        if (rule.select !== null) earlier.delete(to);
      }
      return earlier;
    }
    case 'union':
      for (const [name, need] of names) for (const other of rule.with) demand(other, name, need);
      return earlier;
    case 'sql': {
      const answer = answers.get(rule.id);
      for (const [name, need] of names) {
        const origins = mayBeMadeOf(answer, name);
        if (answer !== undefined && origins !== undefined) {
          if (need.soft && origins.length !== 1) continue;
          for (const origin of origins) demand(...origin, { ...need, copy: need.copy && givesPlainly(answer, name, origin) });
          continue;
        }
        for (const input of table.from) if (mayHave(flow.get(input), name)) demand(input, name, { ...need, copy: false });
      }
      return new ByName();
    }
    default: return earlier;
  }
}

function mayHave(columns: Columns | undefined, name: string): boolean {
  return columns?.complete !== true || [...columns.types.keys()].some((each) => isSame(each, name));
}

/** Whether columns of a table's inputs are not all known. */
export function isOpen(table: DraftTable, flow: ReadonlyMap<string, Columns>): boolean {
  return table.from.some((input) => flow.get(input)?.complete !== true);
}
