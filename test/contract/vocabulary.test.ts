import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { loadVocabulary, type LoadedVocabulary } from '../../lib/contract/vocabulary';

const folder = fs.mkdtempSync(join(os.tmpdir(), 'vocabulary-'));
afterAll(() => { fs.rmSync(folder, { recursive: true, force: true }); });

function load(text: string): LoadedVocabulary {
  const path = join(folder, 'vocabulary.yaml');
  fs.writeFileSync(path, text);
  return loadVocabulary(path, 'contracts/vocabulary.yaml');
}

function problems(text: string): string[] {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.problems.map(({ id, line, column, path }) => `${line}:${column} ${id} ${path}`);
}

test('terms are found by name and by synonym, whatever the case', () => {
  const loaded = load('terms:\n  order:\n    definition: a promise to buy\n    owner: sales\n    synonyms: [purchase, Sale]\n');
  if (!loaded.ok) throw new Error('not loaded');
  expect(loaded.vocabulary.terms.get('order')).toEqual({ term: 'order', definition: 'a promise to buy', owner: 'sales', synonyms: ['purchase', 'Sale'] });
  expect(loaded.vocabulary.find('SALE', 'sales')?.term).toBe('order');
  expect(loaded.vocabulary.find('refund', 'sales')).toBeUndefined();
});

test('what is wrong comes at once', () => {
  expect(problems('terms:\n  order: {definition: "", ownr: sales}\n  sale: text\nterm: {}\n')).toEqual([
    '2:23 vocabulary/range terms.order.definition', '2:27 vocabulary/unknown-field terms.order.ownr', '3:9 vocabulary/type terms.sale', '4:1 vocabulary/unknown-field term',
  ]);
});

test.each([
  ['everywhere', '', ''], ['in a context', ', context: sales', ', context: sales'], ['everywhere, and another in a context', '', ', context: sales'],
  ['in a context, and another everywhere', ', context: sales', ''],
])('a word has one meaning %s', (_where, one, other) => {
  expect(problems(`terms:\n  order: {definition: a, synonyms: [sale]${one}}\n  sale: {definition: b${other}}\n`)).toEqual(['3:3 vocabulary/ambiguous terms.sale']);
});

test('a word may mean something else in another context, and then means nothing in a third', () => {
  const loaded = load('terms:\n  Order: {definition: a, context: sales}\n  Shipping order: {definition: b, context: logistics, synonyms: [order]}\n');
  if (!loaded.ok) throw new Error('not loaded');
  const { vocabulary } = loaded;
  expect(['sales', 'logistics', 'finance', undefined].map((context) => vocabulary.find('order', context)?.term)).toEqual(['Order', 'Shipping order', undefined, undefined]);
  expect(vocabulary.find('shipping order', 'finance')?.term).toBe('Shipping order');
  expect(vocabulary.meanings('ORDER').map(({ term }) => term)).toEqual(['Order', 'Shipping order']);
});

test('a file that is no YAML says so', () => {
  expect(problems('terms: [\n')[0]).toMatch(/^2:1 yaml\/syntax/);
});
