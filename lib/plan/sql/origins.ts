import { type SqlAnswer } from './sql-check';

/** A column of a table that a query reads. */
export type Origin = readonly [table: string, column: string];

/** What an output column of a query is made of; nothing where that is not told for certain. */
export function madeOf(answer: SqlAnswer | undefined, name: string): readonly Origin[] {
  const told = answer?.lineage ?? {};
  return has(told, name) ? named(told, name) : starred(told, name);
}

/** Whether an output column of a query gives a column that it is, or may be, made of as it is: nothing is done to it. */
export function givesPlainly({ plain = {} }: SqlAnswer, name: string, [table, column]: Origin): boolean {
  return possibly(plain, name).some(([its, own]) => its === table && own.toLowerCase() === column.toLowerCase());
}

/** All that an output column of a query may be made of; undefined where not even that can be told. */
export function mayBeMadeOf(answer: SqlAnswer | undefined, name: string): readonly Origin[] | undefined {
  if (answer === undefined || answer.lineage === null) return undefined;
  const all = [answer.lineage, answer.perhaps ?? {}].flatMap((told) => possibly(told, name));
  return [...new Map(all.map((origin) => [origin.join('.'), origin])).values()];
}

/** The tables that a star gives columns of, which have there the names that they have in their table. */
export function starredIn({ lineage, perhaps = {} }: SqlAnswer): string[] {
  return [lineage ?? {}, perhaps].flatMap((told) => told['*'] ?? []).map((origin) => split(origin)[0]);
}

type Told = Readonly<Record<string, readonly string[]>>;

function has(told: Told, name: string): boolean {
  return Object.keys(told).some((each) => each.toLowerCase() === name.toLowerCase());
}

/** What a star gives may have the name of another column, and engines take either. */
function possibly(told: Told, name: string): Origin[] {
  return [...named(told, name), ...starred(told, name)];
}

function named(told: Told, name: string): Origin[] {
  return Object.entries(told).flatMap(([each, origins]) => (each.toLowerCase() === name.toLowerCase() ? origins.map(split) : []));
}

function starred(told: Told, name: string): Origin[] {
  return (told['*'] ?? []).map((origin): Origin => [split(origin)[0], name]);
}

/** The table and the column of `orders.total`. */
export function split(origin: string): Origin {
  const dot = origin.indexOf('.');
  return [origin.slice(0, dot), origin.slice(dot + 1)];
}
