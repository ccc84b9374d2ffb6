import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as z from 'zod';
import * as shapes from '../../lib/cli/json-shapes';
import { freshFolder } from './built-mesh';
import { meshHere } from './in-process';
import { blocks, folder, pages, shell, text } from './pages';
import { typed } from './typed';

/** A script line by line, the verbs in this process, up to the first that fails. */
async function type(script: string, cwd: string): Promise<{ code: number; output: string }> {
  let ended = { code: 0, output: '' };
  for (const line of script.split('\n')) {
    if (ended.code === 0 && line !== '') ended = await typed(line, cwd) ?? await shell(line, cwd);
  }
  return ended;
}

describe.each(pages)('docs/cli/%s', (page) => {
  // What starts Spark is typed by docs.soak.test.ts, and there a shell starts all of it; here it does those of one page.
  const script = blocks(page, 'sh').filter(({ info }) => info !== 'spark').map(({ code }) => code).join('');
  test('what it says to type works, in a folder that was empty', async () => {
    const { code, output } = await (page === 'README.md' ? shell : type)(script, freshFolder());
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
