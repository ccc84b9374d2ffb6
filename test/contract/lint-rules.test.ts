import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as yaml from 'js-yaml';
import { type Problem } from '../../lib/contract/problem';
import { ALL_RULES } from '../../lib/plan/all-rules';
import { PythonSqlChecker } from '../../lib/plan/sql/python-sql-checker';
import { folderWith, MESH, PIPELINE, problemsIn, removeFolders, SMALLEST } from '../plan/mesh-folder';

/** A section of docs/rules.md: its rule, and the files of its wrong and its right example. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly text: string;
  readonly wrong: Readonly<Record<string, string>>;
  readonly right: Readonly<Record<string, string>>;
}

const repository = path.join(__dirname, '..', '..');
const sections = readSections(fs.readFileSync(path.join(repository, 'docs', 'rules.md'), 'utf8'));

function readSections(markdown: string): Section[] {
  return markdown.split(/^## /m).slice(1).map((part): Section => {
    const heading = /^`([^`]+)`\n\n\*\*(.+)\.\*\* \((error|warning)\)\n/.exec(part);
    if (heading === null) throw new Error(`a section begins in its own way: ${part.slice(0, 80)}`);
    const examples = [...part.matchAll(/^```yaml (wrong|right) (\w+)\n([\s\S]*?)^```$/gm)];
    const of = (kind: string): Record<string, string> => Object.fromEntries(examples.filter((each) => each[1] === kind).map(([, , file, content]) => [file, content]));
    return { id: heading[1], title: heading[2], severity: heading[3], text: part.replace(/```[\s\S]*?```/g, '').trim(), wrong: of('wrong'), right: of('right') };
  });
}

/** The fields of the fragment in the place of those of the base. */
function merged(base: string, fragment: string | undefined): string {
  if (fragment === undefined) return base;
  return JSON.stringify({ ...yaml.load(base) as object, ...yaml.load(fragment) as object });
}

const sqlChecker = new PythonSqlChecker({ root: fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-sql-')), env: process.env });

function problemsOf(example: Readonly<Record<string, string>>, id: string): Problem[] {
  const needsMesh = /^(mesh|policy)\//.test(id) || example.mesh !== undefined;
  const needsPipeline = /^(pipeline|tests)\//.test(id);
  const root = folderWith({
    'contracts/sales/orders.contract.yaml': merged(SMALLEST, example.contract),
    ...(needsPipeline ? { 'contracts/sales/orders.pipeline.yaml': merged(PIPELINE, example.pipeline) } : {}),
    ...(needsMesh ? { 'mesh.yaml': merged(MESH, example.mesh) } : {}),
    ...(example.tests === undefined ? {} : { 'contracts/sales/orders.tests.yaml': example.tests }),
    ...(example.vocabulary === undefined ? {} : { 'contracts/vocabulary.yaml': example.vocabulary }),
  });
  return problemsIn(root, { sqlChecker });
}

/** Rules about several files, about reading, or about this machine have tests of their own. */
const WITHOUT_EXAMPLE = /^(yaml|odcs|short|signoff)\/|^vocabulary\/ambiguous$|^(pipeline|mesh|tests|vocabulary)\/(missing|type|unknown-field|enum|range|pattern|key|value|more|conflict)$|^mesh\/duplicate-(product|table)$|^lint\/(file-version|unimported-reference)$|\/sql-unchecked$|^pipeline\/(no-columns|source-status)$/;

describe('the rules of mesh validate', () => {
  afterAll(removeFolders);

  test('each has a section in docs/rules.md, and each section a rule', () => {
    expect(sections.map(({ id }) => id).sort()).toEqual(ALL_RULES.map(({ id }) => id).sort());
  });

  test('ids are unique and do not change their form', () => {
    const ids = ALL_RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^(lint|pipeline|mesh|policy|signoff|tests|odcs|short|vocabulary|yaml)\/[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test.each(sections)('$id has the title and severity of its rule, and says what to do', ({ id, title, severity, text }) => {
    expect(ALL_RULES.find((rule) => rule.id === id)).toMatchObject({ title, severity });
    expect(text).toMatch(/Remedy: \S/);
  });

  describe.each(sections.filter(({ id }) => !WITHOUT_EXAMPLE.test(id)))('$id', ({ id, wrong, right, severity }) => {
    test('finds its wrong example, at a place in it', () => {
      expect(Object.keys(wrong)).not.toHaveLength(0);
      const found = problemsOf(wrong, id).filter((problem) => problem.id === id);
      expect(found).not.toHaveLength(0);
      for (const problem of found) {
        expect(problem.message).not.toBe('');
        expect(problem.line).toBeGreaterThanOrEqual(1);
        expect(problem.severity).toBe(severity);
      }
    });

    test('is content with its right example, and so is every other rule', () => {
      expect(Object.keys(right)).not.toHaveLength(0);
      const found = problemsOf(right, id);
      expect(found.filter((problem) => problem.id === id || problem.severity === 'error')).toEqual([]);
    });
  });
});
