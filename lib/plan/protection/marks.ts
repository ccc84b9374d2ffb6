import { type Masking } from '../../contract/classification';
import { type PlanRule } from '../plan-schema';
import { bareColumn } from '../sql/bare-column';
import { type SqlAnswer } from '../sql/sql-check';

/** A protected name. */
export interface Mark {
  readonly masking: Masking;
  /** Whether its values are those of the protected column, and nothing was done to them. */
  readonly copy: boolean;
  /** Whether a query leaves it open if it is made of the protected column at all. */
  readonly perhaps?: boolean;
  /** Only a rule says so, which masks it: nobody says that what it is made of is protected as well. */
  readonly soft?: boolean;
  /** Only the class of the domain says so: no promised column gives it as it is. */
  readonly unnamed?: boolean;
}

/** One name that is protected for two reasons: each says what it says, and the first how it is masked. */
export function both(mark: Mark, other: Mark | undefined): Mark {
  if (other === undefined) return mark;
  return {
    masking: mark.unnamed === true ? other.masking : mark.masking, copy: mark.copy || other.copy,
    perhaps: mark.perhaps === true && other.perhaps === true, soft: mark.soft === true && other.soft === true, unnamed: mark.unnamed === true && other.unnamed === true,
  };
}

/** What is known of columns, by their names. To engines capitals make no difference; each is spelled as it was said first. */
export class ByName<T> {
  private readonly known = new Map<string, readonly [name: string, value: T]>();

  constructor(entries: Iterable<readonly [name: string, value: T]> = []) {
    for (const [name, value] of entries) this.set(name, value);
  }

  get size(): number {
    return this.known.size;
  }

  get(name: string): T | undefined {
    return this.known.get(name.toLowerCase())?.[1];
  }

  has(name: string): boolean {
    return this.known.has(name.toLowerCase());
  }

  set(name: string, value: T): void {
    const key = name.toLowerCase();
    this.known.set(key, [this.known.get(key)?.[0] ?? name, value]);
  }

  delete(name: string): void {
    this.known.delete(name.toLowerCase());
  }

  names(): string[] {
    return [...this].map(([name]) => name);
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, value: T]> {
    return this.known.values();
  }
}

/** Protected names of a table, or of what a rule makes of it. */
export type Names = ByName<Mark>;

/** Whether two names are those of one column. */
export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** What a join takes of another table: what it selects, or all `theirs` but its keys. */
export function broughtBy({ select, on }: Extract<PlanRule, { kind: 'join' }>, theirs: Iterable<string>): readonly { readonly from: string; readonly to: string }[] {
  return select ?? [...theirs].filter((name) => !on.some(({ right }) => isSame(right, name))).map((name) => ({ from: name, to: name }));
}

/** Columns that an expression names: as the checker says, else every word that is no function and in no quotes. */
export function namesIn(expression: string, answer: SqlAnswer | undefined): string[] {
  const read = answer?.reads[''];
  if (read !== undefined) return [...read];
  const bare = expression.replace(/'(?:[^'\\]|\\.|'')*'/g, "''");
  const names = [...bare.matchAll(/`((?:[^`]|``)+)`|\b([A-Za-z_]\w*)\b(?!\s*\()/g)].map(([, quoted, word]) => quoted?.replaceAll('``', '`') ?? word);
  return [...new Set(names)];
}

/** Whether an expression is a count and nothing else: how many there are says nothing about any of them. */
export function isCount(expression: string): boolean {
  return /^\s*count\s*\((?:[^()'"`]|\([^()'"`]*\))*\)\s*$/i.test(expression);
}

/** The column whose value, as it is, an expression gives or takes from one of several rows; undefined where it does more. */
export function taken(expression: string): string | undefined {
  const inner = /^\s*(?:min|max|first|last|first_value|last_value|any_value)\s*\(([^()]*)\)\s*$/i.exec(expression)?.[1];
  return bareColumn(inner ?? expression);
}
