import * as fs from 'node:fs';
import * as path from 'node:path';
import { freshFolder } from './built-mesh';
import { meshHere } from './in-process';
import { blocks, pages, shell } from './pages';
import { typed } from './typed';

/** What a page says to type. What starts Spark is typed by docs.soak.test.ts, and there a shell starts all of it; here it does those of one page. */
const linesOf = (page: string): string[] => blocks(page, 'sh').filter(({ info }) => info !== 'spark').flatMap(({ code }) => code.split('\n')).filter((line) => line !== '');
/** What was typed up to each line. */
const beginningsOf = (lines: readonly string[]): string[] => lines.map((_, index) => lines.slice(0, index + 1).join('\n'));
const everyBeginning = pages.flatMap((page) => beginningsOf(linesOf(page)));

/** Where pages are typed. One place for all, since a mesh names it in files of its own. */
const place = path.join(freshFolder(), 'mesh');
/** Of beginnings that pages share, what they leave behind: the first of them types it for all. */
const left = new Map<string, string>();

/** Types lines where nothing is, the verbs in this process, up to the first that fails. */
async function type(lines: readonly string[]): Promise<{ code: number; output: string }> {
  const beginnings = beginningsOf(lines);
  const known = beginnings.filter((beginning) => left.has(beginning)).length;
  fs.rmSync(place, { recursive: true, force: true });
  if (known === 0) fs.mkdirSync(place);
  else fs.cpSync(left.get(beginnings[known - 1])!, place, { recursive: true });
  for (const [index, line] of [...lines.entries()].slice(known)) {
    const ended = await typed(line, place) ?? await shell(line, place);
    if (ended.code !== 0) return ended;
    if (everyBeginning.filter((beginning) => beginning === beginnings[index]).length > 1) await keep(beginnings[index]);
  }
  return { code: 0, output: '' };
}

/** With the answers about its SQL, which all that comes after would ask for. */
async function keep(beginning: string): Promise<void> {
  await meshHere(['validate'], place);
  left.set(beginning, freshFolder());
  fs.cpSync(place, left.get(beginning)!, { recursive: true });
}

test.each(pages)('what docs/cli/%s says to type works, in a folder that was empty', async (page) => {
  const lines = linesOf(page);
  const { code, output } = await (page === 'README.md' ? shell(lines.join('\n'), freshFolder()) : type(lines));
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
}, 120_000);
