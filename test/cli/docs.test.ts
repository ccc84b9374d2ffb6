import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as z from 'zod';
import * as shapes from '../../lib/cli/json-shapes';
import { builtMesh, freshFolder, mesh, ROOT } from './built-mesh';

const folder = path.join(ROOT, 'docs', 'cli');
const pages = fs.readdirSync(folder).filter((name) => name.endsWith('.md')).sort();
const text = (page: string): string => fs.readFileSync(path.join(folder, page), 'utf8');
const blocks = (page: string, language: string): { info: string; code: string }[] =>
  [...text(page).matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].filter((found) => found[1] === language).map((found) => ({ info: found[2], code: found[3] }));

/** Runs the lines of a page as a person would type them, and stops at the first that fails. */
function shell(script: string, cwd: string): Promise<{ code: number; output: string }> {
  const bin = freshFolder();
  fs.writeFileSync(path.join(bin, 'mesh'), `#!/bin/sh\nexec "${process.execPath}" "${builtMesh()}" "$@"\n`, { mode: 0o755 });
  return new Promise((resolve) => {
    execFile('bash', ['-e', '-c', script], { cwd, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}

describe.each(pages)('docs/cli/%s', (page) => {
  const script = blocks(page, 'sh').map(({ code }) => code).join('');
  test('what it says to type works, in a folder that was empty', async () => {
    const { code, output } = await shell(script, freshFolder());
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
    const { stdout } = await mesh(['help'], { cwd: freshFolder() });
    const groups = stdout.slice(stdout.indexOf('Write a product:'), stdout.indexOf('Commands:'));
    const verbs = [...groups.matchAll(/^ {2}([a-z]+)\b/gm)].map((found) => found[1]);
    expect(verbs.map((verb) => `${verb}.md`).sort()).toEqual(pages.filter((page) => page !== 'README.md'));
  });

  test.each(pages.filter((page) => page !== 'README.md'))('%s names the options that the help names', async (page) => {
    const { stdout } = await mesh(['help', page.replace('.md', '')], { cwd: freshFolder() });
    const options = stdout.slice(stdout.indexOf('\nOptions:'), stdout.indexOf('\nExamples:'));
    const inHelp = [...options.matchAll(/^ {2}(--[a-z-]+(?: <[^>]+>)?)/gm)].map((found) => found[1]).sort();
    const inPage = [...text(page).matchAll(/^\| `(--[^`]+)`/gm)].map((found) => found[1]).sort();
    expect(inPage).toEqual(inHelp);
  });
});
