import { type Plan } from '../plan/plan-schema';
import { type TableExpectation, type TestCase, type TestsFile } from '../plan/tests-file';
import { Refusal } from './failure';
import { library } from './library';
import { plural } from './terminal/units';

type Counts = TableExpectation['quarantined'];

/** The cases of a tests file, as the jobs run them. Throws a Refusal with everything that is wrong with the file. */
export function readTests(file: string, name: string, plan: Plan): TestCase[] {
  const read = library.yaml().readYamlFile(file, { as: name });
  const problems = read.ok ? library.problems().modelProblems(library.testsFile().testsModel, { file: name, value: read.value, locate: read.locate }, 'tests') : read.problems;
  if (!read.ok || problems.length > 0) throw new Refusal('invalid', `${name} cannot be run: ${plural(problems.length, 'error')}`, undefined, problems);
  return (read.value as TestsFile).map(({ name: title, given, expect }) => {
    const { error, ...tables } = expect;
    return {
      name: title, given, error: typeof error === 'string' ? error : null,
      expect: Object.fromEntries(Object.entries(tables).map(([table, expected]) => [table, expectation(expected, table, plan)])),
    };
  });
}

function expectation(expected: TestsFile[number]['expect'][string], table: string, plan: Plan): TableExpectation {
  if (typeof expected === 'string') throw new Refusal('invalid', `expect.${table} is text; it must be rows, or {rows, quarantined, removed}`, 'an expected error is written `expect: {error: "…"}`');
  if (Array.isArray(expected)) return { rows: expected, ordered: false };
  const { rows, ordered = false, quarantined, removed } = expected;
  return {
    ordered,
    ...rows === undefined ? {} : { rows },
    ...quarantined === undefined ? {} : { quarantined: byId(quarantined, table, plan) },
    ...removed === undefined ? {} : { removed: byId(removed, table, plan) },
  };
}

/** Rules may be named by the last words of their id: `deduplicate` is `orders_raw.1.deduplicate`. */
function byId(counts: NonNullable<Counts>, table: string, plan: Plan): NonNullable<Counts> {
  if (typeof counts === 'number') return counts;
  const known = plan.tables.filter(({ name }) => name === table).flatMap(({ rules, checks }) => [...rules, ...checks].map(({ id }) => id));
  return Object.fromEntries(Object.entries(counts).map(([rule, rows]) => {
    const meant = known.includes(rule) ? [rule] : known.filter((id) => id.endsWith(`.${rule}`));
    if (meant.length === 1) return [meant[0], rows];
    throw new Refusal('invalid', `expect.${table}: ${meant.length === 0 ? 'no rule' : `${meant.length} rules`} of it ${meant.length === 0 ? 'is' : 'are'} called "${rule}"`, `its rules: ${(meant.length === 0 ? known : meant).join(', ')}`);
  }));
}
