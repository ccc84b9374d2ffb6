import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as z from 'zod';
import * as shapes from '../../lib/cli/json-shapes';
import { freshFolder } from './built-mesh';
import { meshHere } from './in-process';
import { blocks, folder, pages, shell, text } from './pages';
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

describe.each(pages)('docs/cli/%s', (page) => {
  test('what it says to type works, in a folder that was empty', async () => {
    const lines = linesOf(page);
    const { code, output } = await (page === 'README.md' ? shell(lines.join('\n'), freshFolder()) : type(lines));
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  }, 120_000);

  test('its JSON has the shape that is promised', () => {
    for (const { info, code } of blocks(page, 'json')) {
      const shape = (shapes as unknown as Record<string, z.ZodType | undefined>)[`${info}Shape`];
      expect({ info, known: shape !== undefined }).toEqual({ info, known: true });
      shape!.parse(JSON.parse(code));
    }
  });

  test('its links lead somewhere', () => {
    for (const [, target] of text(page).matchAll(/\]\((?!https?:)([^)#]+)/g)) expect({ target, there: fs.existsSync(path.join(folder, target)) }).toEqual({ target, there: true });
  });
});

describe('every verb', () => {
  test('has a page, and every page a verb', async () => {
    const { out: stdout } = await meshHere(['help'], freshFolder());
    const groups = stdout.slice(stdout.indexOf('Write a product:'), stdout.indexOf('Commands:'));
    const verbs = [...groups.matchAll(/^ {2}([a-z]+)\b/gm)].map((found) => found[1]);
    expect(verbs.map((verb) => `${verb}.md`).sort()).toEqual(pages.filter((page) => page !== 'README.md'));
  });

  test.each(pages.filter((page) => page !== 'README.md'))('%s names the options that the help names', async (page) => {
    const { out: stdout } = await meshHere(['help', page.replace('.md', '')], freshFolder());
    const options = stdout.slice(stdout.indexOf('\nOptions:'), stdout.indexOf('\nExamples:'));
    const inHelp = [...options.matchAll(/^ {2}(--[a-z-]+(?: <[^>]+>)?)/gm)].map((found) => found[1]).sort();
    const inPage = [...text(page).matchAll(/^\| `(--[^`]+)`/gm)].map((found) => found[1]).sort();
    expect(inPage).toEqual(inHelp);
  });
});
