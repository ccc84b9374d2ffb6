/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call -- a case reaches anywhere into a document */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Change } from '../../../lib/contract/diff/change';
import { diffContracts } from '../../../lib/contract/diff/diff-contracts';
import { compareSets } from '../../../lib/contract/diff/diff-sets';
import { DIFF_RULES, type DiffRuleId } from '../../../lib/contract/diff/rules';
import { parseContract } from '../../../lib/contract/load-contract';
import { parseVocabulary, type Vocabulary } from '../../../lib/contract/vocabulary';
import { CASES } from './cases';
import { column, CONTEXT, contractOf, type Draft, example, exampleWith, surroundings } from './contracts';

const unchanged = contractOf(example());
const changesOf = (from: ((document: Draft) => void) | undefined, change: (document: Draft) => void): Change[] => (
  diffContracts(from === undefined ? unchanged : contractOf(exampleWith(from)), contractOf(exampleWith(from ?? (() => undefined), change)), CONTEXT));
const ids = (changes: readonly Change[]): string[] => changes.map(({ id }) => id).sort();

describe.each(CASES)('$rule', ({ rule, from, change, also = [], near, nearIs }) => {
  test('finds its change, and nothing else', () => {
    const found = changesOf(from, change);
    expect(ids(found)).toEqual([rule, ...also].sort());
    expect(found.find(({ id }) => id === rule)).toMatchObject({ grade: DIFF_RULES[rule].grade, message: expect.stringMatching(new RegExp(`: ${DIFF_RULES[rule].notice.replace(/[*.?]/g, '\\$&')}$`)) as string });
  });

  test('lets what looks like it alone', () => {
    expect(ids(changesOf(from, near))).toEqual([...nearIs].sort());
    expect(nearIs).not.toContain(rule);
  });
});

test('the leave to keep copies is a term of a role, given or taken; that there is none may be said or not', () => {
  const leave = (value: boolean) => (d: Draft): void => { d.roles[1].customProperties.push({ property: 'mesh.copies', value }); };
  expect(changesOf(undefined, leave(true)).map(({ message }) => message)).toEqual([expect.stringMatching(/^the copies of `finance` was not written and is "true"/)]);
  expect(ids(changesOf(leave(true), (d) => { d.roles[1].customProperties.pop(); }))).toEqual(['diff/role-terms-changed']);
  expect(changesOf(undefined, leave(false))).toEqual([]);
});

/** These are about several contracts, or about a file beside them. */
const OF_SETS: readonly DiffRuleId[] = ['diff/product-added', 'diff/product-removed', 'diff/product-dropped', 'diff/version-replaced', 'diff/term-redefined'];

describe('rules about several contracts', () => {
  const old = contractOf(example(), 'orders.contract.yaml');
  const next = contractOf(exampleWith((d) => { d.version = '2.0.0'; }), 'orders.v2.contract.yaml');
  const compared = (base: Draft[], head: Draft[], sameFile: boolean): string[] => compareSets(base, head, CONTEXT, () => sameFile).comparisons.flatMap(({ changes }) => ids(changes));

  test('diff/product-added is a version beside the old one, and not the same one in another file', () => {
    expect(compared([old], [old, next], false)).toEqual(['diff/product-added']);
    expect(compared([old], [contractOf(example(), 'moved.contract.yaml')], false)).toEqual([]);
  });

  test('diff/version-replaced is a new major version in the place of the old one, unless nobody had that', () => {
    expect(compared([old], [next], true)).toEqual(['diff/version-replaced']);
    expect(compared([contractOf(exampleWith((d) => { d.status = 'draft'; }))], [next], true)).toEqual(['diff/status-changed']);
  });

  test('diff/product-removed is of a product with consumers, diff/product-dropped of any other', () => {
    const retired = contractOf(exampleWith((d) => { d.status = 'retired'; }));
    expect(compared([old], [], false)).toEqual(['diff/product-removed']);
    expect(compared([retired], [], false)).toEqual(['diff/product-dropped']);
    expect(compareSets([old], [], CONTEXT, () => false).ok).toBe(false);
    expect(compareSets([retired], [], CONTEXT, () => false).ok).toBe(true);
  });

  test('diff/term-redefined is a term that the contract names and that means something else', () => {
    const vocabulary = (order: string, other: string): Vocabulary => {
      const loaded = parseVocabulary(JSON.stringify({ terms: { Order: { definition: order }, Parcel: { definition: other } } }), 'vocabulary.yaml');
      if (!loaded.ok) throw new Error(loaded.problems[0].message);
      return loaded.vocabulary;
    };
    const redefined = (order: string, other: string): string[] => ids(diffContracts(old, old, {
      ...CONTEXT, base: surroundings(vocabulary('What was bought.', 'What is sent.')), head: surroundings(vocabulary(order, other)),
    }));
    expect(redefined('What was asked for.', 'What is sent.')).toEqual(['diff/term-redefined']);
    expect(redefined(' What\n was bought.', 'What was lost.')).toEqual([]);
  });
});

describe('every change is said', () => {
  type Place = readonly (string | number)[];
  const leaves = (value: unknown, at: Place = []): Place[] => (typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([step, inner]) => leaves(inner, [...at, Array.isArray(value) ? Number(step) : step])) : [at]);
  const another = (value: unknown): unknown => (typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}x`);

  /** The example with more of what is rarely written. */
  const rich = (): Draft => exampleWith((d) => {
    column(d, 'status').enum[0].label = 'Paid';
    column(d, 'country').relationships[0].customProperties = [{ property: 'mesh.actionOnFail', value: 'alert' }, { property: 'why', value: 'joins' }];
    column(d, 'address').properties[0].classification = 'confidential';
    column(d, 'address').properties[0].quality = [{ metric: 'nullValues', mustBe: 0 }];
    column(d, 'lines').logicalTypeOptions = { minItems: 1, uniqueItems: true };
    column(d, 'lines').items.properties[0].quality = [{ type: 'text', description: 'Never empty.' }];
    d.schema[0].properties.push({ name: 'at', logicalType: 'timestamp', logicalTypeOptions: { defaultTimezone: 'UTC', minimum: '2020-01-01T00:00:00Z' } });
    d.slaProperties[0].customProperties = [{ property: 'mesh.actionOnFail', value: 'alert' }];
    d.schema[0].context = 'For agents.';
    d.servers[0].customProperties = [{ property: 'note', value: 'cheap' }];
    d.team = { name: 'sales', members: [{ username: 'owner@shoply.com', role: 'owner' }] };
  });

  /** Read the same as before: a position alone partitions, an unknown severity warns, an unknown tier is the usual one. */
  const SILENT = ['schema.0.properties.5.partitioned', 'schema.0.properties.5.partitionKeyPosition', 'schema.0.quality.1.severity', 'customProperties.1.value'];

  /** The version is what follows a change, and nothing is promised by which edition a contract is written in. */
  const places = leaves(rich()).filter(([first]) => first !== 'version' && first !== 'apiVersion' && first !== 'kind');

  test('whatever field of a contract it is', () => {
    const base = contractOf(rich());
    const silent = places.flatMap((place) => {
      const document = rich();
      const parent = place.slice(0, -1).reduce<Draft>((value, step) => value[step], document);
      const last = place[place.length - 1];
      parent[last] = another(parent[last]);
      const loaded = parseContract(JSON.stringify(document), 'orders.contract.yaml');
      return loaded.ok && diffContracts(base, loaded.contract, CONTEXT).length === 0 ? [place.join('.')] : [];
    });
    expect(silent).toEqual(SILENT);
  });
});

describe('the rules of mesh diff', () => {
  const markdown = fs.readFileSync(path.join(__dirname, '..', '..', '..', 'docs', 'diff-rules.md'), 'utf8');

  test('each has a change that it finds and one that it leaves alone', () => {
    expect([...CASES.map(({ rule }) => rule), ...OF_SETS].sort()).toEqual(Object.keys(DIFF_RULES).sort());
  });

  test('each has its section in docs/diff-rules.md, with its grade, what it needs and what a consumer would notice', () => {
    const needs = { major: 'a new major version', minor: 'a new minor version', patch: 'a new patch version', none: 'no new version' };
    const sections = Object.fromEntries(markdown.split(/^## /m).slice(1).map((section) => [/^`([^`]+)`/.exec(section)![1], section]));
    expect(Object.keys(sections).sort()).toEqual(Object.keys(DIFF_RULES).sort());
    for (const [id, { grade, release, what, notice }] of Object.entries(DIFF_RULES)) {
      expect(sections[id]).toContain(`**${what}.** (${grade}, needs ${needs[release]})`);
      expect(sections[id]).toContain(`${notice[0].toUpperCase()}${notice.slice(1)}.`);
    }
  });

  test('breaking is what needs a new major version, and nothing else does', () => {
    for (const { grade, release } of Object.values(DIFF_RULES)) expect(release === 'major').toBe(grade === 'breaking');
  });
});
