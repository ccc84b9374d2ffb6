/** An event as EventBridge carries it. */
export type BusEvent = Readonly<Record<string, unknown>>;

/** Whether a rule hears of an event, as far as our patterns go: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
export function hears(pattern: Readonly<Record<string, unknown>>, event: BusEvent): boolean {
  return Object.entries(pattern).every(([key, wanted]) => {
    const value = event[key];
    if (Array.isArray(wanted)) return [value].flat().some((one) => wanted.some((matcher: unknown) => matches(matcher, one)));
    return typeof value === 'object' && value !== null && hears(wanted as Record<string, unknown>, value as BusEvent);
  });
}

function matches(matcher: unknown, value: unknown): boolean {
  if (typeof matcher !== 'object' || matcher === null) return matcher === value;
  const [[operator, operand], ...more] = Object.entries(matcher);
  if (more.length > 0 || typeof operand !== 'string') throw new Error(`the evaluator does not know ${JSON.stringify(matcher)}`);
  if (typeof value !== 'string') return false;
  switch (operator) {
    case 'prefix': return value.startsWith(operand);
    case 'suffix': return value.endsWith(operand);
    case 'wildcard': return new RegExp(`^${operand.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')}$`).test(value);
    default: throw new Error(`the evaluator does not know the operator ${operator}`);
  }
}
