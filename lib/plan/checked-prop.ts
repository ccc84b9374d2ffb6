import { suggest } from '../contract/suggest';

/**
 * Refuses a prop in the words of all errors of constructs. Compilers see types; JavaScript sees none, and what the CDK's context gives
 * is always text.
 * @throws unless it is right
 */
export function checkProp(isRight: boolean, prop: string, wanted: string, got: unknown, remedy: string): asserts isRight {
  if (!isRight) throw new Error(`\`${prop}\` must be ${wanted}, got ${shown(got)}; ${remedy}`);
}

/**
 * Refuses a name that nothing reads: a misspelt prop that may be left out would say nothing. What an object of a class has beside is its own.
 * @param known all names of the interface, to which the compiler holds it
 * @throws when there are no props, or one has another name
 */
export function checkKnown<T extends object>(props: T, known: Readonly<Record<keyof T, true>>): void {
  checkProp(typeof props === 'object' && props !== null, 'props', 'an object', props, `write { ${Object.keys(known).join(', ')} }, as needed`);
  if (Object.getPrototypeOf(props) !== Object.prototype) return;
  const [unknown] = Object.entries(props).filter(([name, value]) => value !== undefined && !(name in known));
  if (unknown === undefined) return;
  const [name] = unknown;
  const near = suggest(name, Object.keys(known));
  throw new Error(`a prop must be one of ${Object.keys(known).join(', ')}, got ${name}; ${near === undefined ? 'leave it out: nothing reads it' : `did you mean ${near}?`}`);
}

/** Whether it is a text with something in it. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether it has a member: for what is not told by its class, of which there are two where a package is linked. */
export function hasMember<T>(value: T, member: keyof T & string): boolean {
  return typeof value === 'object' && value !== null && member in value;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `[${value.map(shown).join(', ')}]`;
  return typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ${value}` : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
