import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { builtMesh, freshFolder, ROOT } from './built-mesh';

export const folder = path.join(ROOT, 'docs', 'cli');
export const pages = fs.readdirSync(folder).filter((name) => name.endsWith('.md')).sort();
export const text = (page: string): string => fs.readFileSync(path.join(folder, page), 'utf8');
export const blocks = (page: string, language: string): { info: string; code: string }[] =>
  [...text(page).matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].filter((found) => found[1] === language).map((found) => ({ info: found[2], code: found[3] }));

/** Runs the lines of a page as a person would type them, and stops at the first that fails. */
export function shell(script: string, cwd: string): Promise<{ code: number; output: string }> {
  const bin = freshFolder();
  fs.writeFileSync(path.join(bin, 'mesh'), `#!/bin/sh\nexec "${process.execPath}" "${builtMesh()}" "$@"\n`, { mode: 0o755 });
  return new Promise((resolve) => {
    execFile('bash', ['-e', '-c', script], { cwd, env: { ...process.env, PATH: `${bin}:${process.env.PATH}` } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}
