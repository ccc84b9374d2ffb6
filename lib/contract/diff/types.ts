import { type DataType, typeText } from '../data-type';

/** How one type became another, as Iceberg promotes types (https://iceberg.apache.org/spec/#schema-evolution). */
export type TypeStep = 'same' | 'widened' | 'narrowed' | 'changed';

const WIDER = new Set(['int long', 'float double']);
const DECIMAL = /^decimal\((\d+), (\d+)\)$/;

/** Compares types that are not nested; nested ones of the same kind count as the same, and their parts are compared on their own. */
export function typeStep(base: DataType, head: DataType): TypeStep {
  if (typeof base !== 'string' || typeof head !== 'string') return kindOf(base) === kindOf(head) ? 'same' : 'changed';
  if (base === head) return 'same';
  if (holds(head, base)) return 'widened';
  return holds(base, head) ? 'narrowed' : 'changed';
}

/** How the length changed that physical types give to text and bytes, `varchar(20)`. A physical type that is new says how text is kept, as it was before. */
export function lengthStep(base: string | undefined, head: string | undefined): Exclude<TypeStep, 'changed'> {
  if (base === undefined) return 'same';
  const [before, after] = [base, head].map((written) => Number(/\((\d+)/.exec(written ?? '')?.[1] ?? Infinity));
  return before === after ? 'same' : after > before ? 'widened' : 'narrowed';
}

/** A part of a nested type that is gone, new or of another type; `at` is where, as people read it: `.city`, `[]`. */
export type PartChange =
  | { readonly at: string; readonly step: 'removed' }
  | { readonly at: string; readonly step: 'added' }
  | { readonly at: string; readonly step: Exclude<TypeStep, 'same'>; readonly base: DataType; readonly head: DataType };

/** Everything that differs within two types. The key of a map can change in no way that readers could bear. */
export function partChanges(base: DataType, head: DataType, at = ''): PartChange[] {
  const step = typeStep(base, head);
  if (step !== 'same') return [{ at, step, base, head }];
  if (typeof base === 'string' || typeof head === 'string') return [];
  if (base.kind === 'list' && head.kind === 'list') return partChanges(base.element, head.element, `${at}[]`);
  if (base.kind === 'map' && head.kind === 'map') {
    const keys = partChanges(base.key, head.key, `${at}.key`).map((change): PartChange => (change.step === 'widened' ? { ...change, step: 'changed' } : change));
    return [...keys, ...partChanges(base.value, head.value, `${at}.value`)];
  }
  if (base.kind !== 'struct' || head.kind !== 'struct') return [];
  const [before, after] = [base, head].map(({ fields }) => new Map(fields.map(({ name, type }) => [name, type])));
  return [
    ...[...before].flatMap(([name, type]): PartChange[] => {
      const now = after.get(name);
      return now === undefined ? [{ at: `${at}.${name}`, step: 'removed' }] : partChanges(type, now, `${at}.${name}`);
    }),
    ...[...after.keys()].filter((name) => !before.has(name)).map((name): PartChange => ({ at: `${at}.${name}`, step: 'added' })),
  ];
}

/** A type in a sentence: nested ones by their kind alone. */
export function shownType(type: DataType): string {
  return typeof type === 'string' ? typeText(type) : type.kind;
}

function kindOf(type: DataType): string {
  return typeof type === 'string' ? type : type.kind;
}

function holds(wide: string, narrow: string): boolean {
  if (WIDER.has(`${narrow} ${wide}`)) return true;
  const [more, less] = [DECIMAL.exec(wide), DECIMAL.exec(narrow)];
  return more !== null && less !== null && more[2] === less[2] && Number(more[1]) > Number(less[1]);
}
