import { type Table } from '@aws-sdk/client-glue';
import { type Masking } from '../../lib/contract/classification';
import { canonicalJson } from '../../lib/contract/digest';
import { type Plan } from '../../lib/plan/plan-schema';

/** How columns of the published tables are masked, by `<object>.<id>`: as jobs record it of a run (glue-jobs/src/mesh_jobs/domain/judged.py). */
export type Maskings = Readonly<Record<string, Masking>>;

/** The step of a run that says so. */
export const JUDGED = 'judged';
/** Of a published table: how each of its columns is masked where it stands, by the column's id, as JSON. */
export const MASKINGS = 'mesh.maskings';
/** The same of what is about to be published, while that shows more than what stands. */
export const MASKINGS_NEXT = 'mesh.maskings-next';
/** Of a table that was ever published. */
export const CERTIFICATE_ID = 'mesh.certificate-id';

/** How a plan has columns masked, those that are not masked as well. */
export function maskingsOf({ tables }: Plan): Maskings {
  return Object.fromEntries(tables.filter(({ published }) => published).flatMap(({ name, columns }) => (columns ?? []).map(({ id, masking }) => [`${name}.${id}`, masking])));
}

/** How a run has masked columns; undefined where its record does not say. */
export function maskedBy({ steps }: { readonly steps: ReadonlyMap<string, unknown> }): Maskings | undefined {
  return (steps.get(JUDGED) as { readonly masked?: Maskings } | undefined)?.masked;
}

/** What a table's entry says of a run's maskings; nothing where the run does not. */
export function toldMaskings(masked: Maskings | undefined, object: string): string {
  if (masked === undefined) return '';
  const own = Object.entries(masked).filter(([name]) => name.startsWith(`${object}.`)).map(([name, masking]) => [name.slice(object.length + 1), masking]);
  return canonicalJson(Object.fromEntries(own));
}

/**
 * Whether values of a column can be read in a published table as they are, or are about to be: it is published so, or what is published does
 * not say. A table that was never published has no rows, and a column that it did not have then has none in them.
 */
export function isInTheClear({ Parameters = {} }: Pick<Table, 'Parameters'>, column: string): boolean {
  const next = Parameters[MASKINGS_NEXT];
  if (next && isBare(next, column)) return true;
  if (Parameters[CERTIFICATE_ID] === undefined) return false;
  const told = Parameters[MASKINGS];
  return !told || isBare(told, column);
}

/** Whether a table would show values that are masked where it stands, once it says `next` of its columns. */
export function unmasks({ Parameters = {} }: Pick<Table, 'Parameters'>, next: string): boolean {
  const told = Parameters[MASKINGS];
  if (!told) return false;
  return Object.entries(JSON.parse(told) as Maskings).some(([column, masking]) => masking !== 'none' && (!next || isBare(next, column)));
}

/** Whether a table hides values that can be read where it stands, once it says `next` of its columns. */
export function masksMore({ Parameters = {} }: Pick<Table, 'Parameters'>, next: string): boolean {
  if (Parameters[CERTIFICATE_ID] === undefined || !next) return false;
  const told = Parameters[MASKINGS];
  return Object.entries(JSON.parse(next) as Maskings).some(([column, masking]) => masking !== 'none' && (!told || isBare(told, column)));
}

function isBare(told: string, column: string): boolean {
  return (JSON.parse(told) as Maskings)[column] === 'none';
}
