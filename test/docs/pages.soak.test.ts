import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { follow, inShell } from './walkthrough';

const root = path.resolve(__dirname, '../..');

beforeAll(() => { execFileSync(process.execPath, ['-e', 'require("./tools/build").buildApp()'], { cwd: root }); });

test.each(fs.readdirSync(path.join(root, 'docs', 'guides')).sort())('docs/guides/%s does what it says, typed into a shell', async (page) => {
  await follow(`docs/guides/${page}`, inShell(path.join(root, 'mesh')));
}, 600_000);
