import * as z from 'zod';

const name = z.string().min(1);
const row = z.record(name, z.unknown()).describe('Column and value; columns that are not written are null.');
const rows = z.array(row);
const counts = z.union([z.int().nonnegative(), z.record(name, z.int().nonnegative())])
  .describe('How many rows, or how many by the id or the last words of the rule that took them.');

const expectation = z.union([
  rows,
  z.strictObject({
    rows: rows.optional(),
    ordered: z.boolean().optional().describe('Whether the order of the rows counts; it does not unless written.'),
    quarantined: counts.optional(),
    removed: counts.optional(),
  }),
]);

const testCase = z.strictObject({
  name: name.describe('A sentence: what holds.'),
  given: z.record(name, rows).describe('Rows of sources or tables, as the table that reads them sees them. Sources that are not mentioned are empty.'),
  expect: z.record(name, z.union([expectation, z.string()]))
    .describe('What tables hold then, compared on the columns that are written; or `error`: text that its message or code contains.'),
});

/** A tests file: given these rows, expect those. */
export const testsModel = z.array(testCase).min(1).meta({ id: 'Tests', title: 'cdk-data-mesh tests' });

export type TestsFile = z.infer<typeof testsModel>;

type Row = Readonly<Record<string, unknown>>;

/** One case as the jobs run it. */
export interface TestCase {
  readonly name: string;
  readonly given: Readonly<Record<string, readonly Row[]>>;
  readonly expect: Readonly<Record<string, TableExpectation>>;
  /** Text that the message or the code of the error contains; null where none is expected. */
  readonly error: string | null;
}

/** What a table must hold; what is undefined is not looked at. */
export interface TableExpectation {
  readonly rows?: readonly Row[];
  readonly ordered: boolean;
  /** A number for all, or by the full id of a rule or check. */
  readonly quarantined?: number | Readonly<Record<string, number>>;
  readonly removed?: number | Readonly<Record<string, number>>;
}
