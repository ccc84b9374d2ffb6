import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { installed, readSteps, take, takeAll } from './walkthrough';

const root = path.resolve(__dirname, '../..');
const mesh = path.join(root, 'mesh');

const pages = ['README.md', ...fs.readdirSync(path.join(root, 'docs', 'guides')).sort().map((file) => `docs/guides/${file}`)];

describe('a page does what it says', () => {
  beforeAll(() => { execFileSync(process.execPath, ['-e', 'require("./tools/build").buildApp()'], { cwd: root }); });

  test.each(pages)('%s', (page) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-page-'));
    installed(folder);
    try {
      takeAll(readSteps(fs.readFileSync(path.join(root, page), 'utf8')), folder, mesh);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);

  test('a page that does not tell the truth is found out', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-page-'));
    const [step] = readSteps('```console\n$ echo one two\none … three\n```\n');
    expect(() => take(step, folder, mesh)).toThrow('line 2: the output of `echo one two` has no line like');
    const [exit] = readSteps('```console\n$ false\n```\n');
    expect(() => take(exit, folder, mesh)).toThrow('ended with 1, the page says 0');
    fs.rmSync(folder, { recursive: true, force: true });
  });
});

test('every link between the pages leads somewhere', () => {
  const markdown = (folder: string): string[] => fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return markdown(full);
    return entry.name.endsWith('.md') ? [full] : [];
  });
  const broken = [path.join(root, 'README.md'), path.join(root, 'CHANGELOG.md'), ...markdown(path.join(root, 'docs'))].flatMap((page) =>
    [...fs.readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .filter((link) => !fs.existsSync(path.resolve(path.dirname(page), link[1])))
      .map((link) => `${path.relative(root, page)} → ${link[1]}`));
  expect(broken).toEqual([]);
});
