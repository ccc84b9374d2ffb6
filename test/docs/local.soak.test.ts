import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { inShell, installed, readSteps, takeAll } from './walkthrough';

const root = path.resolve(__dirname, '../..');
const mesh = path.join(root, 'mesh');

/** A copy of the package: what other tests build in this clone meanwhile would be jobs that the foundation has not released. */
function asItIs(modules: string): void {
  const ours = path.join(modules, 'cdk-data-mesh');
  fs.unlinkSync(ours);
  for (const part of ['package.json', 'dist', 'schemas', 'constructs/audit/queries']) fs.cpSync(path.join(root, part), path.join(ours, part), { recursive: true });
  for (const peer of ['aws-cdk-lib', 'constructs', 'cdk-nag']) fs.symlinkSync(path.join(root, 'node_modules', peer), path.join(modules, peer), 'dir');
}

test('docs/local.md does what it says, from an empty folder to rows that a consumer reads', async () => {
  execFileSync(process.execPath, ['-e', 'const build = require("./tools/build"); build.buildCli(); build.buildHandlers(); build.buildWheel({ force: false }); build.buildApp()'], { cwd: root });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-local-'));
  installed(folder);
  asItIs(path.join(folder, 'node_modules'));
  try {
    await takeAll(readSteps(fs.readFileSync(path.join(root, 'docs', 'local.md'), 'utf8')), folder, inShell(mesh));
  } finally {
    execFileSync(mesh, ['down'], { cwd: folder });
    fs.rmSync(folder, { recursive: true, force: true });
  }
}, 1_200_000);
