import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datePatternProblem } from '../../lib/plan/pipeline/date-pattern';

/** What the jobs are asked, too, in glue-jobs/tests/unit/duckdb/test_date_patterns.py. */
const { read, refused } = JSON.parse(readFileSync(join(__dirname, '../../glue-jobs/tests/fixtures/date-patterns.json'), 'utf8')) as { read: string[]; refused: string[] };

test.each(read)('%j is read', (pattern) => {
  expect(datePatternProblem(pattern)).toBeUndefined();
});

test.each(refused)('%j is refused, with what to write', (pattern) => {
  expect(datePatternProblem(pattern)).toEqual({ message: expect.stringMatching(/`\w+`/) as string, remedy: expect.stringMatching(/^(use|leave|write) /) as string });
});
