import { type Classification } from '../../contract/classification';
import { type Contract } from '../../contract/contract';
import { list } from '../../contract/wording';
import { type Report } from './check-policies';
import { type Condition, type Policy } from './policy-model';
import { pathOf, subjects, valuesAt } from './subjects';

/** A team's own policy: what it is about must meet its conditions. */
export function custom({ of, where = {}, must, message, remedy }: Policy<'custom'>, contract: Contract, fallback: Classification, report: Report): void {
  for (const subject of subjects(of, contract, fallback)) {
    const unmet = (conditions: Readonly<Record<string, Condition>>): [string, string][] => Object.entries(conditions).flatMap(([field, condition]): [string, string][] => {
      const expected = unmetPart(valuesAt(subject.fields, field), condition);
      return expected === undefined ? [] : [[field, expected]];
    });
    if (unmet(where).length > 0) continue;
    for (const [field, expected] of unmet(must)) {
      const values = valuesAt(subject.fields, field);
      report(pathOf(subject, field), {
        message: `${message}: the ${subject.what}`, expected: `\`${field}\` ${expected}`, remedy,
        ...values.length === 1 && { received: values[0] }, ...values.length > 1 && { received: values },
      });
    }
  }
}

/** `require-fields`: what must be written, for each of its kind. */
export function requireFields({ of, fields }: Policy<'require-fields'>, contract: Contract, fallback: Classification, report: Report): void {
  for (const subject of subjects(of, contract, fallback)) {
    for (const field of fields) {
      if (valuesAt(subject.fields, field).length > 0) continue;
      report(pathOf(subject, field), { message: `the ${subject.what} has no \`${field}\``, remedy: `write \`${field}\`` });
    }
  }
}

/** What of a condition does not hold, in words; undefined where all of it does. */
function unmetPart(values: readonly unknown[], condition: Condition): string | undefined {
  if (typeof condition !== 'object') return values.includes(condition) ? undefined : `is \`${condition}\``;
  const { present, oneOf, noneOf, matches, minLength, atLeast, atMost } = condition;
  const words = (wanted: readonly unknown[]): string => list(wanted.map(String), 'or');
  const all = (holds: (value: unknown) => boolean): boolean => values.length > 0 && values.every(holds);
  if (present !== undefined && (values.length > 0) !== present) return present ? 'is written' : 'is not written';
  if (oneOf !== undefined && !all((value) => oneOf.includes(value as string))) return `is ${words(oneOf)}`;
  if (noneOf !== undefined && values.some((value) => noneOf.includes(value as string))) return `is not ${words(noneOf)}`;
  if (matches !== undefined && !all((value) => wholly(matches).test(String(value)))) return `matches \`${matches}\``;
  if (minLength !== undefined && !all((value) => String(value).trim().length >= minLength)) return `has at least ${minLength} characters`;
  if (atLeast !== undefined && !all((value) => typeof value === 'number' && value >= atLeast)) return `is at least ${atLeast}`;
  if (atMost !== undefined && !all((value) => typeof value === 'number' && value <= atMost)) return `is at most ${atMost}`;
  return undefined;
}

/** A pattern of mesh.yaml is of the whole text. */
export function wholly(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}
