import * as fs from 'node:fs';
import * as path from 'node:path';
import { freshFolder } from './built-mesh';
import { blocks, pages, shell } from './pages';

const onSpark = pages.filter((page) => blocks(page, 'sh').some(({ info }) => info === 'spark'));

test.each(pages)('all that docs/cli/%s says to type works in a shell, Spark included', async (page) => {
  const folder = freshFolder();
  const { code, output } = await shell(blocks(page, 'sh').map(({ code: lines }) => lines).join(''), folder);
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  if (onSpark.includes(page)) expect(writersIn(folder)).toContain('spark');
}, 300_000);

/** Who has written snapshots of tables: Iceberg leaves its name in each. */
function writersIn(folder: string): string[] {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.metadata.json'));
  return files.flatMap((name) => {
    const { snapshots = [] } = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as { snapshots?: { summary: Record<string, string> }[] };
    return snapshots.map(({ summary }) => summary['engine-name']);
  });
}

test('there is a page that starts Spark', () => expect(onSpark).toEqual(['run.md']));
