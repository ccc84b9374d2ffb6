import fc from 'fast-check';
import { draft, GUESSED } from '../../lib/cli/init/draft';
import { type Profile, type ProfiledColumn } from '../../lib/cli/init/profile';
import { parseContract } from '../../lib/contract/load-contract';
import { parseYaml } from '../../lib/contract/yaml-file';
import { pipelineModel } from '../../lib/plan/pipeline/pipeline-file';
import { runs } from '../support/runs';

const column = (name: string, type: string, more: Partial<ProfiledColumn> = {}): ProfiledColumn => ({ name, type, nulls: 0, distinct: 3, ...more });

const profile: Profile = {
  format: 'csv', rows: 4, delimiter: ';', nullLiterals: ['NA'], keyCandidates: [['Order ID']],
  columns: [
    column('Order ID', 'string', { distinct: 4 }),
    column('ordered', 'date', { format: 'dd/MM/yyyy' }),
    column('amount', 'decimal(6,2)', { min: '1.50', max: '998.00', nulls: 1 }),
    column('channel', 'string', { values: ['app', 'web'] }),
    column('email', 'string', { pattern: 'email', sensitive: true, values: ['ada@shoply.example'] }),
    column('items', 'array<struct<sku:string,quantity:int>>'),
  ],
};
const options = { domain: 'sales', entity: 'orders', owner: 'orders-owner@shoply.example', guessed: {}, sample: 'samples/orders.csv', origin: 'orders.csv' };

function drafted(of: Profile, more: Partial<Parameters<typeof draft>[1]> = {}): { contract: string; pipeline: string } {
  const [contract, pipeline] = draft(of, { ...options, ...more });
  return { contract: contract.text, pipeline: pipeline.text };
}

describe('a contract drafted from data', () => {
  const { contract, pipeline } = drafted(profile);

  test('takes over types, key, nullability, signs and few values, and marks each as guessed', () => {
    const lines = contract.split('\n').map((line) => line.trim());
    for (const expected of [
      '- name: order_id', 'primaryKey: true  # guessed: unique in 4 rows', 'required: true  # guessed: never empty in 4 rows',
      'logicalType: date  # guessed: from the values', 'physicalType: "decimal(6,2)"',
      'logicalTypeOptions: {minimum: 0}  # guessed: never negative in 4 rows',
      '- {metric: invalidValues, arguments: {validValues: [app, web]}, mustBe: 0, severity: warning}  # guessed: all the values in 4 rows',
      'classification: confidential  # guessed: looks personal; published as a hash',
    ]) expect(lines).toContain(expected);
  });

  test('quotes what YAML would take for something else, and nothing more', () => {
    const { contract: odd } = drafted({ ...profile, columns: [...profile.columns, column('no', 'string', { values: ['yes', 'NULL', '1.0', 'a: b', 'plain'] })] });
    expect(odd).toContain('- name: "no"');
    expect(odd).toContain('validValues: ["yes", "NULL", "1.0", "a: b", plain]');
  });

  test('does not require what was empty once', () => {
    const amount = contract.slice(contract.indexOf('name: amount'), contract.indexOf('name: channel'));
    expect(amount).not.toContain('required');
  });

  test('holds no value of a column that looks personal', () => expect(contract + pipeline).not.toContain('ada@'));

  test('is a contract that the standard accepts, with a pipeline that reads the file as it is', () => {
    expect(parseContract(contract, 'orders.contract.yaml')).toMatchObject({ ok: true });
    const read = parseYaml(pipeline, 'orders.pipeline.yaml');
    expect(read).toMatchObject({ ok: true, value: {
      sources: { landing: {
        files: { format: 'csv', delimiter: ';', nullValues: ['NA'] }, sample: 'samples/orders.csv', primaryKey: ['Order ID'],
        columns: { 'Order ID': 'string', ordered: { type: 'date', format: 'dd/MM/yyyy' } },
      } },
      tables: { orders_raw: { layer: 'bronze', from: ['landing'] }, orders: { layer: 'gold', from: ['orders_raw'], rules: [{ rename: { 'Order ID': 'order_id' } }, { deduplicate: { by: ['order_id'] } }] } },
    } });
  });

  test('says how columns are unique together, and when none is', () => {
    expect(drafted({ ...profile, keyCandidates: [['Order ID', 'channel']] }).contract).toMatch(/primaryKey: true {2}# guessed: unique in 4 rows, together with channel\n +primaryKeyPosition: 1/);
    expect(drafted({ ...profile, keyCandidates: [['channel']] }).contract).toContain('# guessed: no column is unique, 3 of 4 rows differ: name the real key');
  });

  test('marks domain, entity and owner where nobody named them', () => {
    const { contract: marked } = drafted(profile, { guessed: { domain: 'the name of the folder', entity: 'the name of the file', owner: 'nobody was named' } });
    expect(marked).toMatch(/^domain: sales {2}# guessed: the name of the folder$/m);
    expect(marked).toMatch(/^ {2}- name: orders {2}# guessed: the name of the file$/m);
    expect(marked).toMatch(/owner@shoply\.example {2}# guessed: nobody was named$/m);
  });

  test('whatever the columns are called and hold, it is a contract and a pipeline of those columns', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name) && !/[\ud800-\udfff]/.test(name));
    const type = fc.constantFrom('string', 'int', 'bigint', 'double', 'float', 'decimal(9,3)', 'boolean', 'date', 'timestamp', 'timestamp_ntz', 'binary', 'array<int>', 'map<string,int>', 'struct<a:int>');
    const any = fc.record({
      name: text, type, nulls: fc.nat(5), distinct: fc.nat(9), min: fc.option(fc.oneof(fc.integer(), text)), max: fc.option(fc.oneof(fc.integer(), text)),
      values: fc.option(fc.array(text, { maxLength: 3 })), sensitive: fc.boolean(), pattern: fc.constantFrom(null, 'email', 'uuid'),
    });
    fc.assert(fc.property(fc.uniqueArray(any, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }), text, (columns, origin) => {
      const { contract: one, pipeline: two } = drafted({ ...profile, columns, keyCandidates: [[columns[0].name]] }, { origin });
      const loaded = parseContract(one, 'a.contract.yaml');
      expect(loaded).toMatchObject({ ok: true });
      const read = parseYaml(two, 'a.pipeline.yaml');
      expect(read.ok).toBe(true);
      if (!loaded.ok || !read.ok) return;
      expect(pipelineModel.safeParse(read.value).error).toBeUndefined();
      expect(new Set(loaded.contract.schema[0].properties.map(({ name }) => name)).size).toBe(columns.length);
      expect(Object.keys((read.value as { sources: { landing: { columns: object } } }).sources.landing.columns)).toHaveLength(columns.length);
    }), { numRuns: runs(20) });
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuses a column called %s, and says so', (name) => {
    expect(() => drafted({ ...profile, columns: [column(name, 'string')] })).toThrow(`a column of the sample is called ${name}`);
  });

  test('every guess can be found by its mark', () => {
    expect(contract.split('\n').filter((line) => line.includes(GUESSED)).length).toBeGreaterThan(10);
  });
});
