/**
 * Refuses a prop in the words of all errors of constructs. Compilers see types; JavaScript sees none, and what the CDK's context gives
 * is always text.
 * @throws unless it is right
 */
export function checkProp(isRight: boolean, prop: string, wanted: string, got: unknown, remedy: string): asserts isRight {
  if (!isRight) throw new Error(`\`${prop}\` must be ${wanted}, got ${shown(got)}; ${remedy}`);
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
