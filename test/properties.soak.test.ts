import * as fs from 'node:fs';
import * as path from 'node:path';

/*
 * The tests of the short suite that try a property on generated cases, on twenty times as many. A file that counts its cases by `runs` of
 * support/runs.ts is one of them.
 */
process.env.PROPERTY_TIMES = '20';

const files = fs.readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts') && !file.endsWith('.soak.test.ts')).sort()
  .filter((file) => /^import \{ runs \} from/m.test(fs.readFileSync(path.join(__dirname, file), 'utf8')));

describe.each(files)('%s, at length', (file) => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of tests adds them to whoever loads it
  require(path.join(__dirname, file));
});

jest.setTimeout(3_600_000);
