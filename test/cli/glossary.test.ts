import * as fs from 'node:fs';
import * as path from 'node:path';
import { glossaryShape } from '../../lib/cli/json-shapes';
import { folderWith, removeFolders } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const VOCABULARY = 'terms: {Order: {definition: What a customer asked for., context: sales}, Day: {definition: "A day, in UTC."}}';

test('glossaries are written once, and again only when the vocabulary says something else', async () => {
  const cwd = folderWith({ 'contracts/vocabulary.yaml': VOCABULARY });
  const files = ['contracts/common.glossary.yml', 'contracts/sales/sales.glossary.yml'];
  expect(await mesh(['glossary', '--check'], cwd)).toEqual({ code: 1, out: '', err: `✖ ${files.join(', ')} do not match the vocabulary\n  → mesh glossary\n` });
  expect(await mesh(['glossary'], cwd)).toEqual({ code: 0, out: files.map((file) => `✔ ${file}  1 term\n`).join(''), err: '' });
  expect((await mesh(['glossary', '--check'], cwd)).code).toBe(0);
  fs.writeFileSync(path.join(cwd, 'contracts/vocabulary.yaml'), VOCABULARY.replace('asked for', 'bought'));
  const { code, out } = await mesh(['glossary', '--check', '--json'], cwd);
  expect({ code, stale: glossaryShape.parse(JSON.parse(out)).files.filter(({ changed }) => changed).map((file) => file.path) }).toEqual({ code: 1, stale: [files[1]] });
  await mesh(['glossary', '--out', 'elsewhere'], cwd);
  expect(fs.readdirSync(path.join(cwd, 'elsewhere')).sort()).toEqual(['common.glossary.yml', 'sales']);
});

test('those of the example mesh are up to date (else: mesh glossary)', async () => {
  expect(await mesh(['glossary', '--check'], path.resolve(__dirname, '..', '..'))).toMatchObject({ code: 0, err: '' });
});

test('without a vocabulary, or with a wrong one, it says so', async () => {
  expect(await mesh(['glossary'], folderWith({ 'contracts/keep': '' }))).toMatchObject({ code: 2, err: expect.stringContaining('there is no contracts/vocabulary.yaml') as string });
  expect(await mesh(['glossary'], folderWith({ 'contracts/vocabulary.yaml': 'terms: {a: {}}' }))).toMatchObject({ code: 1, err: expect.stringContaining('vocabulary/missing') as string });
});
