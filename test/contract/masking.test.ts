import { type Contract } from '../../lib/contract/contract';
import { lintContract } from '../../lib/contract/lint/lint-contract';
import { parseContract } from '../../lib/contract/load-contract';

/** What the linter says of the masking of a confidential column. */
function said(masking: string | undefined, column: string): string[] {
  const { contract } = parseContract(`apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
version: 1.0.0
status: draft
domain: sales
team: {name: sales-orders, members: [{username: orders-owner@shoply.com, role: owner}]}
schema:
  - name: orders
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, logicalType: string, primaryKey: true}
      - {name: secret, classification: confidential, ${column}${masking === undefined ? '' : `, customProperties: [{property: mesh.masking, value: ${masking}}]`}}
`, 'orders.contract.yaml') as { contract: Contract };
  return lintContract(contract, 'internal').problems().filter(({ severity }) => severity === 'error').map(({ id, message }) => `${id}: ${message}`);
}

const WAYS = ['hash', 'tokenise', 'truncate', 'redact', 'nullify', 'none'];
const TEXT = 'logicalType: string';
const WHOLE = 'logicalType: integer';
const DAY = 'logicalType: date';

describe('what a column can be masked with', () => {
  test.each([
    ['text', TEXT, WAYS],
    ['text that is required', `${TEXT}, required: true`, ['hash', 'tokenise', 'truncate', 'redact', 'none']],
    ['text that is a key', `${TEXT}, primaryKey: true`, ['hash', 'tokenise', 'none']],
    ['a number', WHOLE, ['redact', 'nullify', 'none']],
    ['a number that is required', `${WHOLE}, required: true`, ['none']],
    ['a day', DAY, ['truncate', 'redact', 'nullify', 'none']],
    ['a moment', 'logicalType: timestamp', ['truncate', 'redact', 'nullify', 'none']],
    ['a day that is required', `${DAY}, required: true`, ['truncate', 'none']],
    ['a time of day', 'logicalType: time', ['redact', 'nullify', 'none']],
  ])('follows from what it is: %s', (_what, column, fine) => {
    expect(WAYS.filter((way) => said(way, column).length === 0)).toEqual(fine);
  });

  test('is said in words: what it would become, and why that will not do', () => {
    expect(said('tokenise', WHOLE)).toEqual(['lint/masking: only text can be tokenised, and `secret` is not text']);
    expect(said('truncate', WHOLE)).toEqual(['lint/masking: only text, dates and timestamps can be shortened, and `secret` is bigint']);
    expect(said('truncate', `${TEXT}, primaryKey: true`)).toEqual(['lint/masking: `secret` is confidential and part of the key: published shortened, its values could not be told apart']);
    expect(said('nullify', `${TEXT}, required: true`)).toEqual(['lint/masking: `secret` is confidential and required: published as null, it would be null']);
    // Without a word text is hashed and all else redacted, which a required number cannot be.
    expect([said(undefined, TEXT), said(undefined, WHOLE)]).toEqual([[], []]);
    expect(said(undefined, `${WHOLE}, required: true`)).toEqual(['lint/masking: `secret` is confidential and required: published redacted, it would be null']);
  });

  test('is a way that is known: an unsalted hash, and YAML\'s nothing, are none', () => {
    for (const way of ['md5', 'sha256', 'null']) expect(said(way, TEXT)).toEqual(['lint/mesh-property-value: this is not a valid value for `mesh.masking`']);
  });
});
