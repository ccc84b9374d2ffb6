import * as fc from 'fast-check';
import { type Contract } from '../../lib/contract/contract';
import { valueAt } from '../../lib/contract/document-path';
import { parseContract } from '../../lib/contract/load-contract';
import { API_VERSIONS, EDITIONS } from '../../lib/contract/odcs/edition';
import { Dice, DocumentGenerator } from './odcs-documents';
import { officialSchema } from './odcs-official';
import { runs } from '../support/runs';

jest.setTimeout(60_000);

function load(document: unknown): Contract {
  const loaded = parseContract(JSON.stringify(document), 'a.json');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.contract;
}

const v30 = { apiVersion: 'v3.0.2', kind: 'DataContract', id: 'dp_sales_orders', version: '1.0.0', status: 'draft' };
const v31 = { ...v30, apiVersion: 'v3.1.0' };

function withColumn(head: object, column: object): Contract {
  return load({ ...head, schema: [{ name: 'orders', properties: [{ name: 'a', ...column }] }] });
}

describe('one shape for all editions', () => {
  test('a list of people is a team', () => {
    const old = load({ ...v30, team: [{ username: 'a@shoply.com', role: 'owner' }] });
    const now = load({ ...v31, team: { name: 'orders', members: [{ username: 'a@shoply.com', role: 'owner' }] } });
    expect(old.team).toMatchObject({ members: [{ username: 'a@shoply.com', role: 'owner', path: ['team', 0] }] });
    expect(now.team).toMatchObject({ name: 'orders', members: [{ username: 'a@shoply.com', role: 'owner', path: ['team', 'members', 0] }] });
  });

  test("3.0's rules are metrics", () => {
    const quality = [
      { rule: 'duplicateCount', mustBe: 0 }, { type: 'library', rule: 'nullCheck', mustBeLessThan: 5, unit: 'percent' },
      { rule: 'validValues', validValues: ['a', 'b'], mustBe: 0 }, { rule: 'houseRule' },
    ];
    const [duplicates, nulls, values, house] = withColumn(v30, { logicalType: 'string', quality }).schema[0]?.properties[0]?.quality ?? [];
    expect(duplicates).toMatchObject({ type: 'library', metric: 'duplicateValues', metricField: 'rule', operators: [{ operator: 'mustBe', value: 0 }] });
    expect(nulls).toMatchObject({ metric: 'nullValues', unit: 'percent', operators: [{ operator: 'mustBeLessThan', value: 5 }] });
    expect(values).toMatchObject({ metric: 'invalidValues', arguments: { validValues: ['a', 'b'] } });
    expect(house).toMatchObject({ metric: 'houseRule', operators: [] });
  });

  test('a rule without type is of the library if it has a metric, else words', () => {
    const rules = withColumn(v31, { logicalType: 'string', quality: [{ metric: 'nullValues', mustBe: 0 }, { description: 'looks right' }] }).schema[0]?.properties[0]?.quality;
    expect(rules?.map(({ type }) => type)).toEqual(['library', 'text']);
  });

  test("3.0's flags are exclusive bounds", () => {
    const options = { minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false };
    const old = withColumn(v30, { logicalType: 'integer', logicalTypeOptions: options }).schema[0]?.properties[0]?.logicalTypeOptions;
    expect(old).toMatchObject({ exclusiveMinimum: 0, maximum: 9 });
    expect(old?.minimum).toBeUndefined();
    expect(old?.exclusiveMaximum).toBeUndefined();
    const now = withColumn(v31, { logicalType: 'integer', logicalTypeOptions: { exclusiveMinimum: 0, maximum: 9 } }).schema[0]?.properties[0]?.logicalTypeOptions;
    expect(now).toEqual(old);
  });

  test('what is not written is an empty list', () => {
    const contract = load(v31);
    expect(contract).toMatchObject({ schema: [], roles: [], servers: [], slaProperties: [], customProperties: [], tags: [], team: { members: [] } });
  });

  test('nested fields keep their place', () => {
    const contract = withColumn(v31, { logicalType: 'array', items: { logicalType: 'object', properties: [{ name: 'b', logicalType: 'string' }] } });
    expect(contract.schema[0]?.properties[0]?.items?.properties[0]).toMatchObject({ name: 'b', path: ['schema', 0, 'properties', 0, 'items', 'properties', 0] });
  });
});

test('every part of a contract knows where in the document it came from, and the document is whole', () => {
  const generators = EDITIONS.map((edition) => new DocumentGenerator(officialSchema(edition), API_VERSIONS[edition]));
  let compared = 0;
  fc.assert(fc.property(fc.constantFrom(...generators), fc.integer(), (generator, seed) => {
    const { document } = generator.document(new Dice(seed), 0.3);
    const { document: kept, ...contract } = load(document);
    expect(kept).toEqual(document);
    for (const part of partsIn(contract)) {
      const written = (valueAt(document, part.path) ?? {}) as Record<string, unknown>;
      for (const field of ['id', 'name', 'property', 'role', 'server', 'username', 'query', 'to']) {
        if (!(field in written)) continue;
        expect(part[field]).toEqual(written[field]);
        compared += 1;
      }
    }
  }), { numRuns: runs(40) });
  expect(compared).toBeGreaterThan(runs(200));
});

type Part = Readonly<Record<string, unknown>> & { readonly path: readonly string[] };

/** The parts of a contract that say where they come from; what is inside of free values says nothing of the kind. */
function partsIn(value: unknown): Part[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([name, part]) => (['value', 'arguments', 'implementation', 'examples', 'path'].includes(name) ? [] : partsIn(part)));
  return 'path' in value && Array.isArray(value.path) ? [value as Part, ...inner] : inner;
}
