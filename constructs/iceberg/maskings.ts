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
 * Which columns of a published table have values that can be read as they are, or are about to be: it is published so, or what is published
 * does not say. A table that was never published has no rows, and a column that it did not have then has none in them.
 */
export function inTheClear({ Parameters = {} }: Pick<Table, 'Parameters'>): (column: string) => boolean {
  const next = bareIn(Parameters[MASKINGS_NEXT]);
  const now = Parameters[CERTIFICATE_ID] === undefined ? NONE : bareIn(Parameters[MASKINGS]) ?? ALL;
  return (column) => next?.has(column) === true || now.has(column);
}

/** What a table does once it says `next` of its columns: shows values that are masked where it stands, or hides such that can be read there. */
export function changeOfMasks({ Parameters = {} }: Pick<Table, 'Parameters'>, next: string): { readonly shows: boolean; readonly hides: boolean } {
  const [now, then] = [bareIn(Parameters[MASKINGS]) ?? ALL, bareIn(next) ?? ALL];
  return {
    shows: maskedIn(Parameters[MASKINGS]).some((column) => then.has(column)),
    hides: Parameters[CERTIFICATE_ID] !== undefined && maskedIn(next).some((column) => now.has(column)),
  };
}

interface Columns { has(column: string): boolean }
const ALL: Columns = { has: () => true };
const NONE: Columns = { has: () => false };

/** The columns that are not masked; undefined where nothing is told. */
function bareIn(told: string | undefined): Columns | undefined {
  return told ? new Set(Object.entries(JSON.parse(told) as Maskings).filter(([, masking]) => masking === 'none').map(([column]) => column)) : undefined;
}

function maskedIn(told: string | undefined): string[] {
  return Object.entries(JSON.parse(told || '{}') as Maskings).filter(([, masking]) => masking !== 'none').map(([column]) => column);
}
