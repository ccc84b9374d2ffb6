import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as z from 'zod';
import * as shapes from '../../lib/cli/json-shapes';
import { freshFolder } from './built-mesh';
import { meshHere } from './in-process';
import { blocks, folder, pages, text } from './pages';

describe.each(pages)('docs/cli/%s', (page) => {
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
