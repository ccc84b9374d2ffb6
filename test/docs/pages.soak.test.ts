import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { inShell, installed, readSteps, takeAll } from './walkthrough';

const root = path.resolve(__dirname, '../..');

beforeAll(() => { execFileSync(process.execPath, ['-e', 'require("./tools/build").buildApp()'], { cwd: root }); });

test.each(fs.readdirSync(path.join(root, 'docs', 'guides')).sort())('docs/guides/%s does what it says, typed into a shell', async (page) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-page-'));
  installed(folder);
  try {
    await takeAll(readSteps(fs.readFileSync(path.join(root, 'docs', 'guides', page), 'utf8')), folder, inShell(path.join(root, 'mesh')));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}, 600_000);
