import { type PassedOn } from './passed-on';
import { type ProtectionInput } from './protection';

/**
 * By source, the columns that no promised column gives as they are, where the class of what a contract does not name is above
 * internal: they are of that class, even where one counts or averages them. Another product's columns are of the class that its
 * own contract says.
 */
export function unpromisedColumns({ pipeline }: ProtectionInput, { byNode }: PassedOn): ReadonlyMap<string, readonly string[]> {
  return new Map(pipeline.sources.flatMap((source): [string, string[]][] => (source.kind === 'product' || source.fields === null ? [] : [[
    source.name, source.fields.map(({ name }) => name).filter((name) => byNode.get(source.name)?.has(name) !== true),
  ]])));
}
