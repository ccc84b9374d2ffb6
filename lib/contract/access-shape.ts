import { type Classification, DEFAULT_CLASSIFICATION, isClassification, isStricter, type Masking, publishedClass } from './classification';
import { type Contract, type Role } from './contract';
import { consumersOf } from './ending';
import { customProperty } from './mesh-property';

/** What of a column decides whether a role sees it. */
export interface ClassifiedColumn {
  /** Of the table. */
  readonly object: string;
  readonly name: string;
  /** Of what is published of it: see {@link publishedClass}. */
  readonly classification: Classification;
}

/** The columns of a table as roles see them: masked ones for whoever lacks the clearance for the real values. */
export function publishedColumns(object: string, columns: readonly { readonly name: string; readonly classification: Classification; readonly masking: Masking }[]): ClassifiedColumn[] {
  return columns.map(({ name, classification, masking }) => ({ object, name, classification: publishedClass(classification, masking) }));
}

/** What a role of a contract lets its holder see: which columns, which rows, what for. Who holds it is a binding. */
export interface AccessShape {
  readonly role: string;
  readonly columns: readonly ClassifiedColumn[];
  readonly clearance: Classification;
  /** A condition in the portable SQL; null for every row. */
  readonly rowFilter: string | null;
  readonly purpose: string | null;
  /** Whether who has it may keep copies of what it shows, which later changes of a grant do not reach by themselves. */
  readonly copies: boolean;
  /** Consumers of mesh.yaml that the contract itself gives it to. */
  readonly consumers: readonly string[];
}

/** The access shapes of a contract, one for each of its roles; `columns` are all that its tables have. */
export function accessShapes(contract: Contract, columns: readonly ClassifiedColumn[]): AccessShape[] {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return contract.roles.map((role) => ({
    role: role.role, columns: visibleColumns(role, columns), clearance: clearanceOf(role),
    rowFilter: text(customProperty(role, 'mesh.rowFilter')), purpose: text(customProperty(role, 'mesh.purpose')), copies: customProperty(role, 'mesh.copies') === true, consumers: consumersOf(role),
  }));
}

/** The columns that a role sees: those that it lists, or all, none of them above its clearance. */
export function visibleColumns<T extends ClassifiedColumn>(role: Role, columns: readonly T[]): T[] {
  const listed = customProperty(role, 'mesh.columns');
  const clearance = clearanceOf(role);
  return columns.filter(({ object, name, classification }) => (
    (!Array.isArray(listed) || listed.includes(name) || listed.includes(`${object}.${name}`)) && !isStricter(classification, clearance)));
}

/** The highest class that a role sees: as written, else that of columns that say none. */
export function clearanceOf(role: Role): Classification {
  const written = customProperty(role, 'mesh.clearance');
  return isClassification(written) ? written : DEFAULT_CLASSIFICATION;
}
