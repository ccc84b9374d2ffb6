import * as path from 'node:path';
import * as yaml from 'js-yaml';
import { loadVocabulary } from '../../lib/contract/vocabulary';
import { glossaries } from '../../lib/plan/glossary';
import { loadMesh } from '../../lib/plan/mesh/mesh';
import { folderWith, MESH, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

afterAll(removeFolders);

const VOCABULARY = `terms:
  Order: {definition: What a customer asked for., type: object, synonyms: [purchase], context: sales}
  Total amount: {definition: What was ordered., type: number, context: sales, examples: ["The total: 3 \\"euro\\"."]}
  Revenue: {definition: What was paid., type: number}
`;
const CONTRACT = 'contracts/sales/orders.contract.yaml';

function found(edit: (text: string) => string, more: Record<string, string> = {}): string[] {
  return problemsIn(folderWith({ [CONTRACT]: edit(SMALLEST), 'contracts/vocabulary.yaml': VOCABULARY, ...more })).map(({ id, file, path: at }) => `${id} ${path.basename(file)} ${at}`);
}

const column = (more: string) => (text: string): string => text.replace('      - {name: customer_email', `      - {${more}}\n      - {name: customer_email`);
const at = (field: string): string => `orders.contract.yaml schema[0].properties[2].${field}`;

describe('words of the vocabulary in a contract', () => {
  test.each<[string, (text: string) => string, string[]]>([
    ['a term by its name, whatever the case', column('name: paid, businessName: REVENUE, logicalType: number'), []],
    ['a synonym', (text) => text.replace('name: orders\n', 'name: orders\n    businessName: Purchase\n'), []],
    ['a business name that is no term', column('name: paid, businessName: Revenu, logicalType: number'), [`vocabulary/unknown-term ${at('businessName')}`]],
    ['a field within a column that is no term', column('name: a, logicalType: object, properties: [{name: b, businessName: Nothing, logicalType: string}]'), [`vocabulary/unknown-term ${at('properties[0].businessName')}`]],
    ['a number that is text', column('name: paid, businessName: Revenue, logicalType: string'), [`vocabulary/term-type ${at('businessName')}`]],
    ['a number that is whole', column('name: paid, businessName: Revenue, logicalType: integer'), []],
    ['a number by its physical type alone', column('name: paid, businessName: Revenue, physicalType: "decimal(12,2)"'), []],
    ['text by its physical type alone', column('name: paid, businessName: Revenue, physicalType: varchar'), [`vocabulary/term-type ${at('businessName')}`]],
    ['a table that is a number', (text) => text.replace('name: orders\n', 'name: orders\n    businessName: Revenue\n'), ['vocabulary/term-type orders.contract.yaml schema[0].businessName']],
    ['a name that says one term, and a business name another', column('name: revenue, businessName: Total amount, logicalType: number'), [`vocabulary/two-terms ${at('businessName')}`]],
  ])('%s', (_what, edit, problems) => {
    expect(found(edit)).toEqual(problems);
  });

  test('one name in two contracts of a domain is one term; in another domain it may be another', () => {
    const named = (term: string): string => column(`name: paid, businessName: ${term}, logicalType: number`)(SMALLEST);
    const other = named('Total amount').replace('dp_sales_orders', 'dp_sales_refunds').replace('name: orders\n', 'name: refunds\n');
    expect(found(column('name: paid, businessName: Revenue, logicalType: number'), { 'contracts/sales/refunds.contract.yaml': other })).toEqual(['vocabulary/two-terms refunds.contract.yaml schema[0].properties[2].businessName']);
    const elsewhere = other.replace('dp_sales_refunds', 'dp_web_refunds').replace('domain: sales', 'domain: web');
    expect(found(column('name: paid, businessName: Revenue, logicalType: number'), { 'contracts/web/refunds.contract.yaml': elsewhere })).toEqual([]);
  });

  test('a word means what its own domain means by it, and in a domain that gives it no meaning its term is named in full', () => {
    const both = { 'contracts/vocabulary.yaml': `${VOCABULARY}  Paid in full: {definition: Whether nothing is owed., type: boolean, context: billing, synonyms: [purchase]}\n` };
    const within = (domain: string, term = 'Purchase') => (text: string): string =>
      column(`name: a, businessName: ${term}, logicalType: boolean`)(text).replace('domain: sales', `domain: ${domain}`).replace('dp_sales_orders', `dp_${domain}_orders`);
    expect(found(within('sales'), both)).toEqual([`vocabulary/term-type ${at('businessName')}`]);
    expect(found(within('billing'), both)).toEqual([]);
    expect(found(within('web'), both)).toEqual([`vocabulary/unknown-term ${at('businessName')}`]);
    expect(found(within('web', 'Paid in full'), both)).toEqual([]);
    const [{ message }] = problemsIn(folderWith({ [CONTRACT]: within('web')(SMALLEST), ...both }));
    expect(message).toBe('`Purchase` is `Order` in sales, `Paid in full` in billing, and nothing in web');
  });

  test('an enterprise-tier contract owes a definition of each business column, with or without a vocabulary', () => {
    const enterprise = (text: string): string => `${text}customProperties: [{property: mesh.tier, value: enterprise}]\n`;
    expect(found(enterprise)).toEqual(['vocabulary/undefined-column orders.contract.yaml schema[0].properties[2].name']);
    expect(found((text) => enterprise(text).replace('name: customer_email,', 'name: customer_email, tags: [technical],'))).toEqual([]);
    const root = folderWith({ [CONTRACT]: enterprise(SMALLEST) });
    expect(problemsIn(root).map(({ id, severity }) => [id, severity])).toEqual([['vocabulary/undefined-column', 'error'], ['vocabulary/undefined-column', 'error']]);
  });
});

test('glossaries are one for each context, and YAML of what the vocabulary says', () => {
  const root = folderWith({ 'vocabulary.yaml': VOCABULARY, 'mesh.yaml': MESH.replace('{account: "222222222222"}', '{account: "222222222222", description: "Orders: all"}') });
  const vocabulary = loadVocabulary(path.join(root, 'vocabulary.yaml'));
  const mesh = loadMesh(path.join(root, 'mesh.yaml'));
  if (!vocabulary.ok || !mesh.ok) throw new Error('not loaded');
  const files = glossaries(vocabulary.vocabulary, mesh.mesh);
  expect(files.map(({ path: name, terms }) => [name, terms])).toEqual([['common.glossary.yml', 1], ['sales/sales.glossary.yml', 2]]);
  expect(files.map(({ text }) => yaml.load(text))).toEqual([
    { contexts: [{ name: 'shoply', terms: [{ name: 'Revenue', definition: 'What was paid.' }] }] },
    { contexts: [{ name: 'sales', domainVisionStatement: 'Orders: all', terms: [
      { name: 'Order', definition: 'What a customer asked for.', aliases: ['purchase'] },
      { name: 'Total amount', definition: 'What was ordered.', examples: ['The total: 3 "euro".'] },
    ] }] },
  ]);
});
