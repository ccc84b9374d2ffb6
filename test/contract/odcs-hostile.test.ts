import * as fc from 'fast-check';
import { parseContract } from '../../lib/contract/load-contract';
import { runs } from '../support/runs';

jest.setTimeout(60_000);

/** Seconds of our own processor time: what else the machine does is not the contract's fault. */
function secondsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const HEAD = 'apiVersion: v3.1.0\nkind: DataContract\nid: dp_sales_orders\nversion: 1.0.0\nstatus: draft\n';
const CONTRACT = `${HEAD}domain: sales
team: {name: sales-orders, members: [{username: orders-owner@shoply.com, role: owner}]}
schema:
  - name: orders
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, logicalType: string, primaryKey: true}
      - name: total_amount
        logicalType: number
        physicalType: "decimal(12,2)"
        quality:
          - {metric: nullValues, mustBe: 0}
slaProperties: [{property: freshness, value: 6, unit: h}]
`;

const PIECES = [
  '\t', '\n', '  ', '- ', ': ', '{', '}', '[', ']', '"', "'", '&a ', '*a', '!x ', '|', '>', '#', '<<: ', '? ', '---\n', '...\n', '%YAML 1.1\n',
  '\0', '\x07', '\ud83d', 'é', '😀', 'null', '~', '1e999', '.nan', '__proto__: ', '\r', '\\', '@', '`', ',', '!!int ', '"\\ud800"',
];

test('a contract with anything anywhere is accepted or refused with places that are in the file', () => {
  const edit = fc.record({ at: fc.nat(CONTRACT.length), drop: fc.nat(12), add: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 5 })) });
  fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
    const text = edits.reduce((before, { at, drop, add }) => before.slice(0, at) + add + before.slice(at + drop), CONTRACT);
    const loaded = parseContract(text, 'orders.contract.yaml');
    if (loaded.ok) return;
    expect(loaded.problems.length).toBeGreaterThan(0);
    const lines = text.split(/\r\n|\n|\r/);
    for (const { message, line, column } of loaded.problems) {
      expect(message).not.toMatch(/undefined|\[object|NaN/);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
      expect(Math.min(line, column)).toBeGreaterThan(0);
    }
  }), { numRuns: runs(100) });
});

/** Of everything that there is too much of: what grows faster than the file is seen at either size. */
const MANY = Math.min(20_000, runs(5_000));
const SECONDS = MANY === 20_000 ? 5 : 2.5;

test.each<[string, string]>([
  ['unknown fields', HEAD + Array.from({ length: 2 * MANY }, (_, index) => `unknown${index}: 1\n`).join('')],
  ['duplicate fields', HEAD + Array.from({ length: 2 * MANY }, (_, index) => `k${index % MANY}: 1\n`).join('')],
  ['wrong tags', `${HEAD}tags: [${'1, '.repeat(2 * MANY)}]`],
  ['wrong people', `${HEAD}team:\n${'- {x: 1}\n'.repeat(MANY)}`],
  ['wrong rules', `${HEAD}schema:\n- name: a\n  quality:\n${'  - {metric: x}\n'.repeat(MANY)}`],
  ['wrong columns', `${HEAD}schema:\n- name: a\n  properties:\n${'  - {name: c, logicalType: strng}\n'.repeat(MANY)}`],
  ['a reference without end', `${HEAD}schema: [{name: a, relationships: [{from: "${'a/a'.repeat(15 * MANY)}!", to: "${'a.'.repeat(15 * MANY)}"}]}]`],
])('thousands of %s are refused in seconds, and cut to what a person reads', (_name, text) => {
  const seconds = secondsOf(() => {
    const loaded = parseContract(text, 'orders.contract.yaml');
    expect(loaded.ok).toBe(false);
    expect(loaded.ok ? 0 : loaded.problems.length).toBeLessThanOrEqual(201);
  });
  expect(seconds).toBeLessThan(SECONDS);
});

test('a table of thousands of columns loads in seconds', () => {
  const text = `${HEAD}schema:\n- name: a\n  properties:\n${Array.from({ length: MANY }, (_, index) => `  - {name: c${index}, logicalType: string}\n`).join('')}`;
  expect(secondsOf(() => { expect(parseContract(text, 'orders.contract.yaml').ok).toBe(true); })).toBeLessThan(SECONDS);
});

test('90 levels of lists in lists are read, and 3.2 finds the type that is missing at their end', () => {
  const nested = `${'{logicalType: array, items: '.repeat(80)}{name: end}${'}'.repeat(80)}`;
  const text = `${HEAD}schema: [{name: a, properties: [{name: b, logicalType: array, items: ${nested}}]}]\n`;
  expect(parseContract(text, 'a.yaml').ok).toBe(true);
  const loaded = parseContract(text.replace('v3.1.0', 'v3.2.0'), 'a.yaml');
  expect(loaded.ok ? [] : loaded.problems.map(({ id, path }) => [id, path.endsWith('.items.logicalType')])).toEqual([['odcs/missing', true]]);
});
