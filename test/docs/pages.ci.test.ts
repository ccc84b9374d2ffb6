import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { typed } from '../cli/typed';
import { exceptLists, follow, inShell, type Typist } from './walkthrough';

const root = path.resolve(__dirname, '../..');
const shell = inShell(path.join(root, 'mesh'));

/** The verbs in this process; pages.soak.test.ts has a shell start them. */
const here: Typist = async (text, folder, before) => await typed(text, folder) ?? shell(text, folder, before);

beforeAll(() => { execFileSync(process.execPath, ['-e', 'require("./tools/build").buildApp()'], { cwd: root }); });

test.each(['docs/onboarding.md', ...fs.readdirSync(path.join(root, 'docs', 'guides')).sort().map((file) => `docs/guides/${file}`)])('%s does what it says', async (page) => {
  await follow(page, here, exceptLists);
}, 180_000);
