import { isProtected } from '../../contract/classification';
import { lineageOf } from '../lineage/lineage';
import { isSame } from './marks';
import { type ProtectionInput } from './protection';

/**
 * By source, the columns that no promised column comes from, where the class of what a contract does not name is above
 * internal: they are of that class. Another product's columns are of the class that its own contract says.
 */
export function unpromisedColumns(input: ProtectionInput): ReadonlyMap<string, readonly string[]> {
  if (!isProtected(input.classification)) return new Map();
  const used = lineageOf(input).flatMap(({ from }) => from);
  return new Map(input.pipeline.sources.flatMap((source): [string, string[]][] => (source.kind === 'product' || source.fields === null ? [] : [[
    source.name, source.fields.map(({ name }) => name).filter((name) => !used.some((each) => each.source === source.name && isSame(each.column, name))),
  ]])));
}
