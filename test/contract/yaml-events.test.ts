import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { type Event, EVENT_ID, getScalarValue, parseEvents } from 'js-yaml';
import { plainEvents } from '../../lib/contract/yaml-events';
import { runs } from '../support/runs';

const ROOT = path.join(__dirname, '..', '..');

/** What js-yaml says, which is always right; undefined where it refuses the text. */
function said(text: string): unknown {
  try {
    return meaning(text, parseEvents(text, {}));
  } catch {
    return undefined;
  }
}

/** Events with what scalars say, instead of how fast that can be told. */
function meaning(text: string, events: readonly Event[] | undefined): unknown {
  return events?.map((event) => (event.type === EVENT_ID.SCALAR ? { ...event, fast: undefined, value: getScalarValue(text, event) } : event));
}

test('every plainly written contract, pipeline and mesh of the examples is read as js-yaml reads it', () => {
  const below = fs.readdirSync(path.join(ROOT, 'contracts'), { recursive: true, encoding: 'utf8' }).map((file) => path.join('contracts', file));
  const files = ['mesh.yaml', ...below].filter((file) => file.endsWith('.yaml'));
  const plain = files.filter((file) => {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const events = plainEvents(text);
    if (events !== undefined && JSON.stringify(meaning(text, events)) !== JSON.stringify(said(text))) throw new Error(`${file} is not read as js-yaml reads it`);
    return events !== undefined;
  });
  expect(plain.length).toBeGreaterThan(files.length / 3);
});

test.each([
  'a: 1\nb:\n  - x\n  - y: z\n    w: [1, "2", {k: v}]\nc: [] # none\n\n# end\n', '- - a\n  - b\n- c: 1\n', 'a:\n- b\n- c:\n  - d\ne:\nf:\n', 'url: https://a.example/#b\n',
  'a: it\'s "so"\nb: \'x # y\'\nc: {p: -1, q: ~}\n',
])('%j is plain', (text) => {
  expect(meaning(text, plainEvents(text))).toEqual(said(text));
});

test.each([
  'a: b: c\n', 'a: one\n  two\n', 'a: |\n  x\n', 'a: "x\\n"\n', 'a: &x 1\nb: *x\n', 'a: !!str 1\n', '---\na: 1\n', 'a: 1\n...\n', '? a\n: b\n', 'a: [b: c]\n', 'a: [1,\n  2]\n', '- a\n  - b\n',
  'a:\n    b: 1\n  c: 2\n', 'a: 1\n\tb: 2\n', 'a: 1\r\n', 'a: 1', '', 'a: - b\n', 'a: {b}\n', 'a: \'it\'\'s\'\n', '\uFEFFa: 1\n', 'just text\n', 'a: 1\n- b\n', 'a: [1, 2,]\n',
])('%j is left to js-yaml', (text) => {
  expect(plainEvents(text)).toBeUndefined();
});

test('whatever is written, what is taken for plain is YAML, and the same YAML', () => {
  const piece = fc.constantFrom('a', 'b:', 'c: ', '- ', '-', ' ', '  ', '\n', '\n', '\n  ', '\n    ', '\n- ', '\n  - ', '# x', ' # y', '"q"', '\'s\'', '\'\'', '"', '[', ']', '{', '}', ', ', ',', ': ', ':', '1', '-2', '~', '...', '---',
    '|', '>', '&a', '*a', '!t', '?', '? ', '%', '@', '`', '\\', 'é', '\t', '\r', '<<: ', 'http://x', '.5', '=', '\u00A0', '\u2028', '{k: v}', '[1, 2]', '\nk: v', '\nk:', '\n  k: v', '\n- k: v', '\n\n', '[]', '{}');
  let plain = 0;
  fc.assert(fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
    const text = `${pieces.join('')}\n`;
    const events = plainEvents(text);
    if (events === undefined) return;
    plain += 1;
    expect(meaning(text, events)).toEqual(said(text));
  }), { numRuns: runs(5_000), seed: 8 });
  expect(plain).toBeGreaterThan(100);
});
