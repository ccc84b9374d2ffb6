import { type Classification, isClassification, isStricter } from './classification';
import { type Role } from './contract';
import { customProperty } from './mesh-property';

/** What of a column decides whether a role sees it. */
export interface ClassifiedColumn {
  /** Of the table. */
  readonly object: string;
  readonly name: string;
  readonly classification: Classification;
}

/** The columns that a role sees: those that it lists, or all, none of them above its clearance. */
export function visibleColumns<T extends ClassifiedColumn>(role: Role, columns: readonly T[]): T[] {
  const listed = customProperty(role, 'mesh.columns');
  const clearance = customProperty(role, 'mesh.clearance');
  return columns.filter(({ object, name, classification }) => (
    (!Array.isArray(listed) || listed.includes(name) || listed.includes(`${object}.${name}`))
    && (!isClassification(clearance) || !isStricter(classification, clearance))));
}
