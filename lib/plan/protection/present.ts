import { type Masking } from '../../contract/classification';
import { type Columns } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftTable } from '../pipeline/draft';
import { type PlanTable } from '../plan-schema';
import { ByName } from './marks';

/** Names that the table can have at all: an identifier in an expression may be a function's. */
export function present(names: ByName<Masking>, flow: ReadonlyMap<string, Columns>, table: DraftTable, promise: PromisedTable | undefined): PlanTable['protected'] {
  const nodes = table.rules[0]?.rule.kind === 'sql' ? [table.name] : [...table.from, table.name];
  const inputs = nodes.map((node) => flow.get(node));
  const possible = inputs.every((columns) => columns?.complete === true)
    ? new ByName([...inputs.flatMap((columns) => [...columns!.types.keys()]), ...madeBy(table), ...(promise?.columns ?? []).map(({ name }) => name)].map((name) => [name, name]))
    : undefined;
  return [...names].flatMap(([name, masking]) => {
    const known = possible === undefined ? name : possible.get(name);
    return known === undefined ? [] : [{ name: known, masking }];
  }).sort((a, b) => (a.name < b.name ? -1 : 1));
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
