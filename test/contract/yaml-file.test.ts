import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as YAML from 'yaml';
import { type DocumentPath } from '../../lib/contract/document-path';
import { YAML_KINDS } from '../../lib/contract/problem-kinds';
import { parseYaml, readYamlFile, type YamlFile } from '../../lib/contract/yaml-file';
import { runs } from '../support/runs';

jest.setTimeout(60_000);

const folder = fs.mkdtempSync(join(os.tmpdir(), 'yaml-file-'));
afterAll(() => { fs.rmSync(folder, { recursive: true, force: true }); });

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  fs.writeFileSync(path, content);
  return path;
}

function value(text: string): unknown {
  const read = parseYaml(text, 'a.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

const seen = new Set<string>();

/** Ids and places of what is wrong. */
function faults(read: YamlFile): string[] {
  if (read.ok) return [];
  for (const { id } of read.problems) seen.add(id);
  return read.problems.map(({ id, line, column }) => `${id} ${line}:${column}`);
}

function faultsOf(text: string): string[] {
  return faults(parseYaml(text, 'a.yaml'));
}

describe('scalars are those of YAML 1.2, as JSON Schema sees them', () => {
  test.each<[string, unknown]>([
    ['2026-01-31', '2026-01-31'],
    ['2026-01-31T05:00:00Z', '2026-01-31T05:00:00Z'],
    ['yes', 'yes'], ['no', 'no'], ['on', 'on'], ['off', 'off'], ['y', 'y'],
    ['true', true], ['True', true], ['FALSE', false],
    ['~', null], ['null', null], ['', null], ['Null', null],
    ['1_000', '1_000'], ['0o17', 15], ['017', 17], ['0x1F', 31], ['0b11', '0b11'], ['12:30:45', '12:30:45'],
    ['1.0', 1], ['1e3', 1000], ['.5', 0.5], ['-0', -0], ['+12', 12], ['1.2.3', '1.2.3'], ['v3.1.0', 'v3.1.0'],
    ['1.', 1], ['-.5e-3', -0.0005], ['0o8', '0o8'], ['+0x1F', '+0x1F'], ['1e', '1e'], ['.', '.'], ['nULL', 'nULL'],
    ['!!str 12', '12'], ['!!int "12"', 12], ['"12"', '12'], ["'it''s'", "it's"], ['=', '='],
  ])('%s', (written, expected) => {
    expect(value(`a: ${written}\n`)).toEqual({ a: expected });
  });

  test('blocks keep or fold their lines', () => {
    expect(value('a: |\n  x\n  y\nb: >-\n  x\n  y\n')).toEqual({ a: 'x\ny\n', b: 'x y' });
  });

  test('aliases are expanded', () => {
    expect(value('a: &x {b: [1]}\nc: *x\n')).toEqual({ a: { b: [1] }, c: { b: [1] } });
  });

  test('JSON is YAML', () => {
    expect(value('{"a": [1, 2.5, null, true, "\\u00e9\\n"], "b": {}}')).toEqual({ a: [1, 2.5, null, true, 'é\n'], b: {} });
  });
});

describe('another parser reads the same', () => {
  const name = fc.stringMatching(/^[a-z][A-Za-z0-9_. -]{0,12}$/).filter((text) => !/^(true|false|null|constructor|prototype)$/i.test(text.trim()) && text === text.trim());
  const scalar = fc.oneof(
    fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 10 }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null),
    fc.constantFrom('2026-01-31', 'yes', 'no', '1_000', '0o17', '017', '1e3', '~', '', ' ', '- a', 'a: b', '#', 'a #b', '"', "'", '*a', '&a', '!a', '%', '@', '`', '|', '>', '\t', 'a\nb', '\n', 'null', '.5', '0x1f', '12:30'),
  );
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, fc.array(tie('node'), { maxLength: 4 }), fc.dictionary(name, tie('node'), { maxKeys: 4 })),
  })).node;
  const top = fc.dictionary(name, tree, { minKeys: 1, maxKeys: 4 });
  const wellFormed = (content: unknown): boolean => !/\p{Surrogate}/u.test(JSON.stringify(content));

  test('of what it wrote, in any style', () => {
    const style = fc.record({
      indent: fc.constantFrom(2, 4), lineWidth: fc.constantFrom(0, 20, 80),
      defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
      flow: fc.boolean(),
    });
    fc.assert(fc.property(top.filter(wellFormed), style, (content, { flow, ...options }) => {
      const text = YAML.stringify(content, { ...options, defaultKeyType: 'PLAIN', aliasDuplicateObjects: false, collectionStyle: flow ? 'flow' : 'any' } as YAML.ToStringOptions);
      // Folding a long line, the other library may cut a character in two halves, which no file can hold.
      fc.pre(!/\p{Surrogate}/u.test(text));
      expect(value(text)).toEqual(YAML.parse(text));
    }), { numRuns: runs(100) });
  });

  test('of plain scalars of any spelling', () => {
    const spelling = fc.stringMatching(/^[-+.0-9a-zA-Z_~:]{1,12}$/);
    fc.assert(fc.property(spelling, (written) => {
      const text = `a: ${written}\n`;
      const other = YAML.parseDocument(text);
      const read = parseYaml(text, 'a.yaml');
      if (!read.ok) {
        // refused here: what has no JSON form, and what the other does not read either
        const theirs: unknown = other.errors.length > 0 ? undefined : (other.toJS() as { a: unknown }).a;
        expect(theirs === undefined || (typeof theirs === 'number' && !Number.isFinite(theirs))).toBe(true);
        return;
      }
      expect(read.value).toEqual(other.toJS());
    }), { numRuns: runs(200) });
  });

  test('and puts values in the same places', () => {
    fc.assert(fc.property(top.filter(wellFormed), (content) => {
      const text = YAML.stringify(content, { aliasDuplicateObjects: false });
      const read = parseYaml(text, 'a.yaml');
      if (!read.ok) throw new Error(JSON.stringify(read.problems));
      const lines = new YAML.LineCounter();
      const document = YAML.parseDocument(text, { lineCounter: lines });
      for (const path of pathsOf(content)) {
        const node = document.getIn(path, true);
        if (!YAML.isNode(node) || node.range === undefined || node.range === null) continue;
        if (YAML.isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED' || node.source === '')) continue;
        const { line, col } = lines.linePos(node.range[0]);
        expect(read.locate(path)).toEqual({ line, column: col });
      }
    }), { numRuns: runs(100) });
  });
});

function pathsOf(content: unknown): DocumentPath[] {
  if (typeof content !== 'object' || content === null) return [[]];
  const entries: [string | number, unknown][] = Array.isArray(content) ? [...content.entries()] : Object.entries(content);
  return [[], ...entries.flatMap(([key, inner]) => pathsOf(inner).map((path) => [key, ...path]))];
}

describe('places', () => {
  const text = 'id: x\nteam:\n  - &m {name: "a",\n     role: b}\n  - *m\nempty:\ntext: |\n  line\n';
  const { locate } = parseYaml(text, 'a.yaml') as Extract<YamlFile, { ok: true }>;

  test.each<[string, DocumentPath, 'key' | 'value', string]>([
    ['a value', ['id'], 'value', '1:5'],
    ['a key', ['id'], 'key', '1:1'],
    ['quoted text at its quote', ['team', 0, 'name'], 'value', '3:15'],
    ['a field of a flow mapping', ['team', 0, 'role'], 'key', '4:6'],
    ['an alias where it is written', ['team', 1], 'value', '5:5'],
    ['what an alias stands for where that is written', ['team', 1, 'role'], 'value', '4:12'],
    ['an empty value at its key', ['empty'], 'value', '6:1'],
    ['a block at its key', ['text'], 'value', '7:1'],
    ['what is missing at what should hold it', ['team', 0, 'username'], 'value', '3:8'],
    ['what nothing holds at the top', ['schema', 0, 'name'], 'value', '1:1'],
    ['the whole', [], 'value', '1:1'],
  ])('%s', (_name, path, what, expected) => {
    const { line, column } = locate(path, what);
    expect(`${line}:${column}`).toBe(expected);
  });

  test('count lines at LF, CRLF and CR', () => {
    const read = parseYaml('a: 1\r\nb: 2\rc: 3\nd: 4\n', 'a.yaml');
    expect(read.ok && read.locate(['d'])).toEqual({ line: 4, column: 4 });
  });
});

describe('what is no plain tree is refused, with its place', () => {
  test.each<[string, string, string[]]>([
    ['duplicate keys', 'a: 1\nb: {c: 1, c: 2}\na: 2\n', ['yaml/duplicate-key 2:11', 'yaml/duplicate-key 3:1']],
    ['the same key, quoted', 'a: 1\n"a": 2\n', ['yaml/duplicate-key 2:2']],
    ['tabs as indentation', 'a:\n\tb: 1\n', ['yaml/tab 2:1']],
    ['prototype keys', '__proto__: {x: 1}\na: {constructor: 1, "prototype": 2}\n', ['yaml/forbidden-key 1:1', 'yaml/forbidden-key 2:5', 'yaml/forbidden-key 2:22']],
    ['several documents', 'a: 1\n---\nb: 2\n', ['yaml/several-documents 3:1']],
    ['nothing', '', ['yaml/empty 1:1']],
    ['only comments', '# a\n# b\n', ['yaml/empty 1:1']],
    ['an empty document', '---\n', ['yaml/empty 1:1']],
    ['text at the top', 'hello\n', ['yaml/not-fields 1:1']],
    ['a number at the top', '42\n', ['yaml/not-fields 1:1']],
    ['a list at the top', '- a\n', ['yaml/not-fields 1:1']],
    ['tags of others', 'a: !secret x\nb: !!binary aGk=\nc: !!timestamp 2026-01-31\n', ['yaml/tag 1:4', 'yaml/tag 2:4', 'yaml/tag 3:4']],
    ['code', 'a: !!js/function "function () {}"\n', ['yaml/tag 1:4']],
    ['handles of tags', '%TAG !e! tag:example.com,2026:\n---\na: 1\n', ['yaml/tag 1:1']],
    ['numbers as keys', '1: a\n2.5: b\n', ['yaml/key 1:1', 'yaml/key 2:1']],
    ['true and null as keys', 'true: a\n~: b\n', ['yaml/key 1:1', 'yaml/key 2:1']],
    ['lists and fields as keys', '? [a]\n: 1\n? {b: 1}\n: 2\n', ['yaml/key 1:3', 'yaml/key 3:3']],
    ['aliases as keys', 'a: &x b\n*x : c\n', ['yaml/key 2:1']],
    ['merge keys', 'a: &x {b: 1}\nc:\n  <<: *x\n', ['yaml/merge-key 3:3']],
    ['unknown aliases', 'a: *nowhere\n', ['yaml/alias 1:4']],
    ['values that hold themselves', 'a: &x [1, *x]\n', ['yaml/alias 1:11']],
    ['numbers without JSON form', 'a: .nan\nb: -.inf\nc: 1e999\n', ['yaml/number 1:4', 'yaml/number 2:4', 'yaml/number 3:4']],
    ['half characters', 'a: "\\ud800"\n', ['yaml/text 1:5']],
    ['what is not YAML', 'a: [1,\nb: 2\n', ['yaml/syntax 2:1']],
    ['a value that its tag is not', 'a: !!int "x"\n', ['yaml/syntax 1:4']],
  ])('%s', (_name, text, expected) => {
    expect(faultsOf(text)).toEqual(expected);
  });

  test('fields or a value where the file should be a list', () => {
    expect(faults(parseYaml('a: 1\n', 'a.yaml', 'list'))).toEqual(['yaml/not-a-list 1:1']);
    expect(faults(parseYaml('a\n', 'a.yaml', 'list'))).toEqual(['yaml/not-a-list 1:1']);
    expect(parseYaml('- a\n', 'a.yaml', 'list')).toMatchObject({ ok: true, value: ['a'] });
    expect(readYamlFile(file('list.yaml', '- a\n'), { top: 'list' })).toMatchObject({ ok: true, value: ['a'] });
  });

  test('quoted, the same keys are only text', () => {
    expect(value('"1": a\n"true": b\n"<<": c\n!!str 2: d\n')).toEqual({ 1: 'a', true: 'b', '<<': 'c', 2: 'd' });
  });

  test('a refused prototype key pollutes nothing', () => {
    faultsOf('__proto__: {polluted: true}\n');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('hostile files end soon', () => {
  const quick = (text: string, seconds = 5): string[] => {
    // processor time: what else the machine does is not the file's fault
    const start = process.cpuUsage();
    const found = faultsOf(text);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(seconds);
    return found.map((fault) => fault.split(' ')[0] ?? '');
  };

  test('a billion laughs', () => {
    const laughs = Array.from({ length: 10 }, (_, level) => `a${level}: &a${level} [${Array(10).fill(level === 0 ? 'lol' : `*a${level - 1}`).join(', ')}]`);
    expect(quick(laughs.join('\n'))).toEqual(['yaml/too-large']);
  });

  test('a long text multiplied', () => {
    expect(quick(`a: &a "${'x'.repeat(100_000)}"\nb: [${Array(1000).fill('*a').join(', ')}]\n`)).toEqual(['yaml/too-large']);
  });

  test.each(['[', '{a: ', '- ', '? '])('1,000 levels of %s', (opening) => {
    expect(quick(`a:\n  ${opening.repeat(1000)}`)).toEqual(['yaml/too-deep']);
  });

  test('1,000 levels of indentation', () => {
    expect(quick(Array.from({ length: 1000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'))).toEqual(['yaml/too-deep']);
  });

  test('depth through aliases', () => {
    const levels = Array.from({ length: 300 }, (_, level) => `a${level}: &a${level} [${level === 0 ? '' : `*a${level - 1}`}]`);
    expect(quick(levels.join('\n'))).toEqual(['yaml/too-deep']);
  });

  test('100 levels are fine', () => {
    expect(faultsOf(`a: ${'['.repeat(98)}${']'.repeat(98)}`)).toEqual([]);
  });

  /** Characters: what grows faster than the file is seen at a third of them as well. */
  const size = Math.min(3_000_000, runs(1_000_000));

  test.each<[string, string]>([
    ['brackets', '['.repeat(size)], ['quotes', '"'.repeat(size)], ['spaces', `a:${' '.repeat(size)}b`],
    ['line breaks', '\n'.repeat(size)], ['colons', ':'.repeat(size)], ['dashes', '-'.repeat(size)],
    ['comments', '#\n'.repeat(size / 2)], ['anchors', `a: [${'&a b, '.repeat(size / 7.5)}]`], ['one long plain text', `a: ${'x '.repeat(size / 2)}`],
    ['questions', '? '.repeat(size / 3)], ['pipes', 'a: |\n'.repeat(size / 6)], ['duplicate keys', 'a: 1\n'.repeat(size / 30)],
  ])('megabytes of %s', (_name, text) => {
    quick(text, size === 3_000_000 ? 5 : 2.5);
  });
});

describe('files that are none', () => {
  const read = (path: string): string[] => faults(readYamlFile(path));

  test('a missing file', () => { expect(read(join(folder, 'none.yaml'))).toEqual(['yaml/not-found 1:1']); });
  test('a file below a file', () => { expect(read(join(file('f.yaml', 'a: 1'), 'x'))).toEqual(['yaml/not-found 1:1']); });
  test('a directory', () => { expect(read(folder)).toEqual(['yaml/directory 1:1']); });
  test('a device', () => { expect(read('/dev/zero')).toEqual(['yaml/not-a-file 1:1']); });
  test('a name with NUL', () => { expect(read('a\0b')).toEqual(['yaml/not-found 1:1']); });
  test('a name too long', () => { expect(read('x'.repeat(5000))).toEqual(['yaml/not-found 1:1']); });

  test('a pipe that nobody writes to', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(read(pipe)).toEqual(['yaml/not-a-file 1:1']);
  });

  test('a symbolic link that leads to itself', () => {
    const link = join(folder, 'loop.yaml');
    fs.symlinkSync(link, link);
    expect(read(link)).toEqual(['yaml/unreadable 1:1']);
  });

  test('a file of 10 MB', () => {
    const found = readYamlFile(file('big.yaml', `a: 1\n#${'x'.repeat(10 * 1024 * 1024)}`));
    faults(found);
    expect(found).toMatchObject({ ok: false, problems: [{ id: 'yaml/too-large', received: '10.0 MB', expected: 'at most 5 MB' }] });
  });

  test.each<[string, Uint8Array, string]>([
    ['NUL', Buffer.from('a: \0'), 'yaml/binary'],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d', 'hex'), 'yaml/binary'],
    ['UTF-16', Buffer.from('\ufeffa: 1\n', 'utf16le'), 'yaml/encoding'],
    ['UTF-16 without mark', Buffer.from('a: 1\n', 'utf16le'), 'yaml/binary'],
    ['Latin-1', Buffer.from([0x61, 0x3a, 0x20, 0xe9, 0x0a]), 'yaml/encoding'],
    ['control characters', Buffer.from('a: \x07\n'), 'yaml/syntax'],
  ])('%s', (name, bytes, id) => {
    expect(read(file(`${name}.yaml`, bytes))[0]).toMatch(new RegExp(`^${id} `));
  });

  test('a UTF-8 mark is dropped, as Windows editors write it', () => {
    const found = readYamlFile(file('bom.yaml', '\ufeffa: 1\n'));
    expect(found).toMatchObject({ ok: true, value: { a: 1 } });
    expect(found.ok && found.locate(['a'], 'key')).toEqual({ line: 1, column: 1 });
  });

  test('problems call the file what the person called it', () => {
    expect(readYamlFile(join(folder, 'none.yaml'), { as: 'contracts/none.yaml' })).toMatchObject({ problems: [{ file: 'contracts/none.yaml' }] });
  });
});

test('every kind of fault was met', () => {
  expect([...seen].sort()).toEqual(YAML_KINDS.map((kind) => `yaml/${kind}`).sort());
});
