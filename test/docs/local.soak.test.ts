import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { inShell, installed, readSteps, takeAll } from './walkthrough';

const root = path.resolve(__dirname, '../..');
const mesh = path.join(root, 'mesh');

test('docs/local.md does what it says, from an empty folder to rows that a consumer reads', async () => {
  execFileSync(process.execPath, ['-e', 'const build = require("./tools/build"); build.buildCli(); build.buildHandlers(); build.buildWheel({ force: false }); build.buildApp()'], { cwd: root });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-local-'));
  installed(folder);
  try {
    await takeAll(readSteps(fs.readFileSync(path.join(root, 'docs', 'local.md'), 'utf8')), folder, inShell(mesh));
  } finally {
    execFileSync(mesh, ['down'], { cwd: folder });
    fs.rmSync(folder, { recursive: true, force: true });
  }
}, 1_200_000);
