import { type Columns } from '../sql/column-flow';
import { givesPlainly, madeOf } from '../sql/origins';
import { bareColumn } from '../sql/bare-column';
import { type PlanRule } from '../plan-schema';
import { broughtBy, ByName } from './marks';
import { type ProtectionInput } from './protection';

/** Names of columns that a promised column gives as they are. */
export type Passing = ByName<true>;

/** Columns whose values are those of a promised one, so that the class which a contract gives that one is theirs. */
export interface PassedOn {
  readonly byNode: ReadonlyMap<string, Passing>;
  /** By rule id, under the names that they have behind it. */
  readonly byRule: ReadonlyMap<string, Passing>;
}

type Give = (node: string, name: string) => void;

/**
 * Follows promised columns back to the sources as long as nothing is worked out: through renames, copies, joins, unions and
 * aliases. What rules do to a column under its own name, such as to trim or cast it, leaves it the same, but for masks.
 */
export function passedOn({ ordered, promised, answers, flow }: ProtectionInput): PassedOn {
  const byNode = new Map<string, Passing>();
  const byRule = new Map<string, Passing>();
  const give: Give = (node, name) => {
    const names: Passing = byNode.get(node) ?? new ByName();
    names.set(name, true);
    byNode.set(node, names);
  };
  for (const { object, columns } of promised) for (const { name } of columns) give(object.name, name);
  for (const table of [...ordered].reverse()) {
    let names: Passing = new ByName(byNode.get(table.name));
    for (const { rule } of [...table.rules].reverse()) {
      byRule.set(rule.id, names);
      if (rule.kind === 'sql') {
        const answer = answers.get(rule.id);
        if (answer !== undefined) {
          for (const name of names.names()) for (const origin of madeOf(answer, name)) if (givesPlainly(answer, name, origin)) give(...origin);
        }
        names = new ByName();
      } else names = before(rule, names, give, flow);
    }
    for (const name of names.names()) give(table.from[0], name);
  }
  return { byNode, byRule };
}

/** The names before a rule, given those behind it; those of other tables are given on. */
function before(rule: PlanRule, names: Passing, give: Give, flow: ReadonlyMap<string, Columns>): Passing {
  const earlier: Passing = new ByName(names);
  switch (rule.kind) {
    case 'rename':
      for (const { from, to } of rule.columns) for (const name of [from, to]) earlier.delete(name);
      for (const { from, to } of rule.columns) if (names.has(to)) earlier.set(from, true);
      return earlier;
    case 'derive':
      for (const { name } of rule.columns) earlier.delete(name);
      for (const { name, expression } of rule.columns) {
        const from = names.has(name) ? bareColumn(expression) : undefined;
        if (from !== undefined) earlier.set(from, true);
      }
      return earlier;
    case 'aggregate':
      return new ByName(rule.by.filter((name) => names.has(name)).map((name) => [name, true]));
    case 'hash':
    case 'redact':
      for (const name of rule.columns) earlier.delete(name);
      return earlier;
    case 'join':
      if (rule.how === 'semi' || rule.how === 'anti') return earlier;
      // a row of theirs alone has their key
      if (rule.how === 'right' || rule.how === 'full') for (const { left, right } of rule.on) if (names.has(left)) give(rule.with, right);
      for (const { from, to } of broughtBy(rule, flow.get(rule.with)?.types.keys() ?? [])) {
        if (!names.has(to)) continue;
        give(rule.with, from);
        earlier.delete(to);
      }
      return earlier;
    case 'union':
      for (const name of names.names()) for (const other of rule.with) give(other, name);
      return earlier;
    default: return earlier;
  }
}
