/** Values of a request's context; a key with several has a list. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** Operator → key → values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Holds of one value of the context and the values of the policy. */
type Test = (value: string, wanted: readonly string[]) => boolean;

const POSITIVE: Readonly<Record<string, Test>> = {
  StringEquals: (value, wanted) => wanted.includes(value),
  StringLike: (value, wanted) => wanted.some((pattern) => like(value, pattern)),
  // The six parts are matched one by one, and both operators take patterns.
  ArnEquals: (value, wanted) => wanted.some((pattern) => arnLike(value, pattern)),
  ArnLike: (value, wanted) => wanted.some((pattern) => arnLike(value, pattern)),
  Bool: (value, wanted) => wanted.includes(value),
  NumericLessThan: (value, wanted) => wanted.some((limit) => Number(value) < Number(limit)),
};
const NEGATED: Readonly<Record<string, keyof typeof POSITIVE>> = {
  StringNotEquals: 'StringEquals', StringNotLike: 'StringLike', ArnNotEquals: 'ArnEquals', ArnNotLike: 'ArnLike',
};

/** All of them, as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html has it. */
export function conditionsHold(conditions: Conditions | undefined, context: Context): boolean {
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holds(operator, valuesOf(context, key), [wanted].flat().map(String))));
}

function holds(operator: string, values: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const [, quantifier, word, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator) ?? [];
  if (word === 'Null') return wanted.includes(String(values === undefined));
  const negated = Object.hasOwn(NEGATED, word);
  const test = POSITIVE[negated ? NEGATED[word] : word];
  if (test === undefined) throw new Error(`the evaluator does not know the operator ${operator}`);
  const one = (value: string): boolean => test(value, wanted) !== negated;
  if (quantifier === 'ForAllValues') return (values ?? []).every(one);
  if (quantifier === 'ForAnyValue') return (values ?? []).some(one);
  if (values === undefined) return negated || ifExists !== undefined;
  return values.every(one);
}

/** Names of keys have no case. */
function valuesOf(context: Context, key: string): readonly string[] | undefined {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase());
  return found === undefined ? undefined : [found[1]].flat();
}

/** Patterns are few and asked for often. */
const compiled = new Map<string, RegExp>();

/** `*` is any text, `?` one character. */
export function like(value: string, pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return value === pattern;
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    const source = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*').replaceAll('?', '.');
    compiled.set(pattern, expression = new RegExp(`^${source}$`, 's'));
  }
  return expression.test(value);
}

function arnLike(value: string, pattern: string): boolean {
  const parts = (arn: string): string[] => {
    const [head, ...rest] = [arn.split(':').slice(0, 5), arn.split(':').slice(5).join(':')];
    return [...head, ...rest];
  };
  const wanted = parts(pattern);
  return parts(value).every((part, index) => like(part, wanted[index] ?? ''));
}
