import { type DraftPipeline, type DraftTable, RESHAPING } from './draft';
import { type Plan, type PlanTable } from '../plan-schema';

type Mode = Plan['modes'][number];

/** How a table is kept and rebuilt. */
export interface Refresh extends Pick<PlanTable, 'persist' | 'incremental'> {
  readonly refreshOn: Mode[];
}

/** What a pipeline can do: a delta needs something that says what changed, or nobody's pipeline to say otherwise. */
export function modesOf(pipeline: DraftPipeline): Mode[] {
  const delta = !pipeline.written || pipeline.schedule.delta !== null
    || pipeline.tables.some(({ refreshOn }) => refreshOn?.includes('delta') === true)
    || pipeline.sources.some((source) => source.kind !== 'product' && source.watermark !== null);
  return delta ? ['init', 'full', 'delta'] : ['init', 'full'];
}

/**
 * How each table is kept and rebuilt; `tables` in dependency order. What comes as a whole snapshot each time, as another product does, is
 * never merged: rows that are not in it any more have to go.
 */
export function refreshes(
  { tables, sources }: Pick<DraftPipeline, 'tables' | 'sources'>, modes: readonly Mode[], keyOf: (table: DraftTable) => readonly string[], isPublished: (table: DraftTable) => boolean,
): Map<string, Refresh> {
  const incremental = new Map(sources.map(({ kind, name }) => [name, kind !== 'product']));
  for (const table of tables) {
    const input = table.from[0];
    incremental.set(table.name, table.from.length === 1 && incremental.get(input) === true
      && table.rules.every(({ rule }) => !RESHAPING.includes(rule.kind)) && keyOf(table).length > 0);
  }
  const readers = new Map<string, DraftTable[]>();
  for (const table of tables) {
    for (const input of inputsOf(table)) readers.set(input, [...readers.get(input) ?? [], table]);
  }
  const modesOfTable = (table: DraftTable): Mode[] => modes.filter((mode) => mode !== 'delta' || table.refreshOn === undefined || table.refreshOn.includes(mode));
  return new Map(tables.map((table) => {
    const own = modesOfTable(table);
    const persist = table.persist ?? (isPublished(table) || table.rules.some(({ rule }) => rule.kind === 'upsert')
      || (readers.get(table.name) ?? []).some((reader) => (modes.includes('delta') && incremental.get(reader.name) !== true)
        || modesOfTable(reader).some((mode) => !own.includes(mode))));
    return [table.name, { persist, incremental: incremental.get(table.name) === true, refreshOn: own }];
  }));
}

/** What a table reads: `from`, and the tables its rules name. */
export function inputsOf(table: Pick<DraftTable, 'from' | 'rules'>): string[] {
  const named = table.rules.flatMap(({ rule }) => (rule.kind === 'join' ? [rule.with] : rule.kind === 'union' ? rule.with : []));
  return [...new Set([...table.from, ...named])];
}

/** The key that a table's rules leave it with: what it was merged, grouped or de-duplicated by, under its last names. */
export function keyFromRules(rules: DraftTable['rules']): string[] {
  let key: string[] = [];
  for (const { rule } of rules) {
    switch (rule.kind) {
      case 'upsert':
      case 'deduplicate':
      case 'aggregate': key = [...rule.by]; break;
      case 'rename': key = key.map((name) => rule.columns.find(({ from }) => from === name)?.to ?? name); break;
      case 'join':
      case 'union':
      case 'sql': key = []; break;
      default:
    }
  }
  return key;
}
