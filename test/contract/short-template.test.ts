import { parseContract } from '../../lib/contract/load-contract';
import { type Problem } from '../../lib/contract/problem';
import { officialValidator } from './odcs-official';

const SHORT = `product_id: dp_sales_gold_daily
owner: sales-owner@shoply.com
sla:
  freshness_hours: 6
  availability_pct: 99.5
schema:
  grain: one row per day
  primary_key: [date]
  columns:
    date: date
    total_sales: decimal(12,2)
    orders: bigint
interfaces: [athena, {type: redshift, schema: marts}]
`;

function load(text: string): Extract<ReturnType<typeof parseContract>, { ok: true }> {
  const loaded = parseContract(text, 'gold.contract.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
}

function problems(text: string): readonly Problem[] {
  const loaded = parseContract(text, 'gold.contract.yaml');
  return loaded.ok ? [] : loaded.problems;
}

describe('the short template', () => {
  const official = officialValidator('3.1');

  test('stands for an ODCS document, which the official schema accepts', () => {
    const { contract, warnings } = load(SHORT);
    expect(warnings).toEqual([]);
    expect(contract.form).toBe('short-template');
    expect(contract.document).toEqual({
      apiVersion: 'v3.1.0', kind: 'DataContract', id: 'dp_sales_gold_daily', version: '1.0.0', status: 'proposed', domain: 'sales',
      team: { members: [{ username: 'sales-owner@shoply.com', role: 'owner' }] },
      schema: [{
        name: 'gold_daily', dataGranularityDescription: 'one row per day',
        properties: [
          { name: 'date', logicalType: 'date', primaryKey: true },
          { name: 'total_sales', logicalType: 'number', physicalType: 'decimal(12,2)' },
          { name: 'orders', logicalType: 'integer', physicalType: 'bigint' },
        ],
      }],
      slaProperties: [{ property: 'freshness', value: 6, unit: 'h' }, { property: 'availability', value: 99.5, unit: '%' }],
      customProperties: [{ property: 'interfaces', value: ['athena', { type: 'redshift', schema: 'marts' }] }],
    });
    expect(official(contract.document)).toBe(true);
  });

  test('is the same contract as the document it stands for', () => {
    const { contract } = load(SHORT);
    const written = load(JSON.stringify(contract.document)).contract;
    expect(written.digest).toBe(contract.digest);
    expect(written.schema).toEqual(contract.schema);
  });

  test('numbers the columns of a composite key', () => {
    const { contract } = load(SHORT.replace('[date]', '[orders, date]'));
    expect(contract.schema[0]?.properties.map(({ name, primaryKeyPosition }) => [name, primaryKeyPosition])).toEqual([['date', 2], ['total_sales', undefined], ['orders', 1]]);
  });

  test('takes one key column as text', () => {
    expect(load(SHORT.replace('[date]', 'date')).contract.schema[0]?.properties[0]?.primaryKey).toBe(true);
  });

  test('without columns is valid with a warning that says how to get them', () => {
    const text = SHORT.replace(/ {2}columns:\n( {4}.*\n)+/, '');
    const { contract, warnings } = load(text);
    expect(contract.incomplete).toBe(true);
    expect(warnings).toEqual([expect.objectContaining({ id: 'short/no-columns', severity: 'warning', line: 6, column: 1 })]);
    expect(warnings[0]?.remedy).toContain('mesh init --from SAMPLE');
    expect(contract.schema[0]?.properties).toMatchObject([{ name: 'date', primaryKey: true }]);
    expect(official(contract.document)).toBe(true);
  });

  test('needs neither SLA nor interfaces', () => {
    const { contract } = load('product_id: dp_sales_orders\nowner: a\nschema: {grain: one row per order, primary_key: order_id, columns: {order_id: string}}\n');
    expect(official(contract.document)).toBe(true);
    expect(contract.slaProperties).toEqual([]);
  });

  test('tells where each thing was written', () => {
    const { contract } = load(SHORT);
    const place = (...path: (string | number)[]): string => {
      const { line, column, path: written } = contract.locate(path);
      return `${line}:${column} ${written.join('.')}`;
    };
    expect(place('id')).toBe('1:13 product_id');
    expect(place('domain')).toBe('1:13 product_id');
    expect(place('team', 'members', 0, 'username')).toBe('2:8 owner');
    expect(place('slaProperties', 1, 'value')).toBe('5:21 sla.availability_pct');
    expect(place('schema', 0, 'dataGranularityDescription')).toBe('7:10 schema.grain');
    expect(place('schema', 0, 'properties', 1, 'logicalType')).toBe('11:18 schema.columns.total_sales');
    expect(place('customProperties', 0)).toBe('13:13 interfaces');
    expect(place('roles')).toBe('1:1 ');
  });

  test('is told from ODCS by its fields', () => {
    expect(problems('product_id: dp_sales_orders\napiVersion: v3.1.0\n').every(({ id }) => id.startsWith('odcs/'))).toBe(true);
    expect(problems('id: dp_sales_orders\n').every(({ id }) => id.startsWith('odcs/'))).toBe(true);
  });
});

describe('what is wrong with a short template', () => {
  test('comes at once, each in its place', () => {
    const text = 'product_id: sales_orders\nownr: a\nsla: {freshness_hours: 0, availability_pct: 120}\nschema: {grain: "", primary_key: [], columns: {a b: string, c: strng}}\ninterfaces: athena\n';
    expect(problems(text).map(({ id, line, column, path }) => `${line}:${column} ${id} ${path}`)).toEqual([
      '1:1 short/missing owner',
      '1:13 short/pattern product_id',
      '2:1 short/unknown-field ownr',
      '3:24 short/range sla.freshness_hours',
      '3:45 short/range sla.availability_pct',
      '4:17 short/range schema.grain',
      '4:34 short/range schema.primary_key',
      '4:48 short/key schema.columns["a b"]',
      '4:64 short/column-type schema.columns.c',
      '5:13 short/type interfaces',
    ]);
  });

  test('says what was meant', () => {
    expect(problems(SHORT.replace('owner:', 'ownr:')).find(({ id }) => id === 'short/unknown-field')?.remedy).toBe('did you mean `owner`?');
  });

  test('a key names columns that are there, once', () => {
    expect(problems(SHORT.replace('[date]', '[date, order_id, date]')).map(({ id, path, received }) => [id, path, received])).toEqual([
      ['short/primary-key', 'schema.primary_key[1]', 'order_id'], ['short/primary-key', 'schema.primary_key[2]', 'date'],
    ]);
  });
});
