import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { exceptLists, follow, inShell, readSteps, take } from './walkthrough';

const root = path.resolve(__dirname, '../..');
const shell = inShell(path.join(root, 'mesh'));

describe('a page does what it says', () => {
  test('README.md, typed into a shell; the others are pages.ci.test.ts', async () => {
    execFileSync(process.execPath, ['-e', 'require("./tools/build").buildApp()'], { cwd: root });
    await follow('README.md', shell, exceptLists);
  }, 180_000);

  test('a page that does not tell the truth is found out', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-page-'));
    const [step] = readSteps('```console\n$ echo one two\none … three\n```\n');
    await expect(take(step, folder, shell)).rejects.toThrow('line 2: the output of `echo one two` has no line like');
    const [exit] = readSteps('```console\n$ false\n```\n');
    await expect(take(exit, folder, shell)).rejects.toThrow('ended with 1, the page says 0');
    fs.rmSync(folder, { recursive: true, force: true });
  });
});

describe('the pages together', () => {
  const markdown = (folder: string): string[] => fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return markdown(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
  const all = new Map([...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'], ...markdown('docs'), ...markdown('.github')]
    .map((page) => [page, fs.readFileSync(path.join(root, page), 'utf8')]));
  /** What a page links to among the files here, below the root, with its anchor. */
  const links = (page: string): { target: string; anchor?: string }[] =>
    [...all.get(page)!.replace(/^```[^]*?^```$/gm, '').matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      .map(([, file, anchor]) => ({ target: file === '' ? page : path.join(path.dirname(page), file), anchor }));
  /** Anchors as GitHub makes them of headings. */
  const anchors = (page: string): string[] => [...all.get(page)!.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)]
    .map(([, heading]) => heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/ /g, '-'));

  test('every link leads somewhere, to its heading as well', () => {
    const broken = [...all.keys()].flatMap((page) => links(page)
      .filter(({ target, anchor }) => !fs.existsSync(path.join(root, target)) || (anchor !== undefined && all.has(target) && !anchors(target).includes(anchor)))
      .map(({ target, anchor }) => `${page} → ${target}${anchor === undefined ? '' : `#${anchor}`}`));
    expect(broken).toEqual([]);
  });

  test('every page is found from the index of its folder', () => {
    const indexed = new Set(['docs/README.md', 'docs/cli/README.md', 'docs/decisions/README.md'].flatMap((page) => [page, ...links(page).map(({ target }) => target)]));
    expect(markdown('docs').filter((page) => !indexed.has(page))).toEqual([]);
  });
});
