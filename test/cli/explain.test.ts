import * as fs from 'node:fs';
import * as path from 'node:path';
import { readPages } from '../../lib/cli/explain';
import { explainShape } from '../../lib/cli/json-shapes';
import { freshFolder, ROOT } from './built-mesh';
import { meshHere } from './in-process';

const cwd = freshFolder();

describe('mesh explain', () => {
  test('prints the page of a rule, its examples indented', async () => {
    const { code, out: stdout, err: stderr } = await meshHere(['explain', 'lint/version'], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^lint\/version\n\nThe version is a semantic version\. \(error\)\n/);
    expect(stdout).toContain('\n    version: 1.0.0\n');
    expect(stdout).not.toMatch(/```|\*\*/);
  });

  test('gives the page as it is written to machines', async () => {
    const { out: stdout } = await meshHere(['explain', 'lint/version', '--json'], cwd);
    expect(explainShape.parse(JSON.parse(stdout))).toMatchObject({ id: 'lint/version', text: expect.stringContaining('```yaml') as string });
  });

  test('knows what was meant', async () => {
    const { code, err: stderr } = await meshHere(['explain', 'lint/versoin'], cwd);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '✖ there is no rule "lint/versoin"\n  → did you mean lint/version?\n' });
  });

  test('reads headings, and not what looks like one in an example', () => {
    expect(readPages('# Rules\n## `a/b` and more\none\n```yaml\n# c/d\n```\n## Other\ntwo\n### `e/f`\nthree')).toEqual([
      { id: 'a/b', title: 'a/b and more', text: 'one\n```yaml\n# c/d\n```' }, { id: 'e/f', title: 'e/f', text: 'three' },
    ]);
  });

  test('finds every page of docs/rules.md', () => {
    const markdown = fs.readFileSync(path.join(ROOT, 'docs', 'rules.md'), 'utf8');
    expect(readPages(markdown).map(({ id }) => id)).toEqual([...markdown.matchAll(/^#+ `([a-z]+\/[a-z0-9-]+)`/gm)].map((found) => found[1]));
  });
});
