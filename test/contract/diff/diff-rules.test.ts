/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call -- a case reaches anywhere into a document */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Change } from '../../../lib/contract/diff/change';
import { type DiffContext } from '../../../lib/contract/diff/context';
import { diffContracts } from '../../../lib/contract/diff/diff-contracts';
import { compareSets } from '../../../lib/contract/diff/diff-sets';
import { DIFF_RULES, type DiffRuleId } from '../../../lib/contract/diff/rules';
import { parseContract } from '../../../lib/contract/load-contract';
import { parseVocabulary, type Vocabulary } from '../../../lib/contract/vocabulary';
import { CASES } from './cases';
import { column, CONTEXT, contractOf, type Draft, example, exampleWith, surroundings, TODAY } from './contracts';

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
const OF_SETS: readonly DiffRuleId[] = ['diff/product-added', 'diff/product-removed', 'diff/product-dropped', 'diff/version-replaced', 'diff/term-redefined', 'diff/term-removed'];

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
    expect(compared([contractOf(exampleWith((d) => { d.status = 'draft'; }))], [next], true)).toEqual([]);
  });

  test('diff/product-removed is of a product with consumers, diff/product-dropped of any other', () => {
    const retired = contractOf(exampleWith((d) => { d.status = 'retired'; }));
    expect(compared([old], [], false)).toEqual(['diff/product-removed']);
    expect(compared([retired], [], false)).toEqual(['diff/product-dropped']);
    expect(compareSets([old], [], CONTEXT, () => false).ok).toBe(false);
    expect(compareSets([retired], [], CONTEXT, () => false).ok).toBe(true);
  });

  const ORDER = { definition: 'What was bought.' };
  const PARCEL = { definition: 'What is sent.' };
  const vocabulary = (terms: object, file: string): Vocabulary => {
    const loaded = parseVocabulary(JSON.stringify({ terms }, undefined, 1), file);
    if (!loaded.ok) throw new Error(loaded.problems[0].message);
    return loaded.vocabulary;
  };
  const inVocabularies = (before: object, after: object, head = old): Change[] => diffContracts(old, head, {
    ...CONTEXT, base: surroundings(vocabulary(before, 'main:vocabulary.yaml')), head: surroundings(vocabulary(after, 'vocabulary.yaml')),
  });

  test('diff/term-redefined is a term that the contract names and that means something else, or is of another type; it is in the vocabulary', () => {
    const found = inVocabularies({ Order: ORDER, Parcel: PARCEL }, { Parcel: PARCEL, Order: { definition: 'What was asked for.' } });
    expect(found).toEqual([expect.objectContaining({ id: 'diff/term-redefined', file: 'vocabulary.yaml', line: 6, was: { file: 'main:vocabulary.yaml', line: 3 }, path: 'vocabulary.Order' })]);
    expect(ids(inVocabularies({ Order: ORDER }, { Order: { ...ORDER, type: 'string' } }))).toEqual(['diff/term-redefined']);
    expect(inVocabularies({ Order: ORDER, Parcel: PARCEL }, { Order: { definition: ' What\n was bought.', owner: 'sales' }, Parcel: { definition: 'What was lost.' } })).toEqual([]);
  });

  test('diff/term-removed is a term that the contract names and that is gone; not one that goes by another name, or that nothing names', () => {
    expect(inVocabularies({ Order: ORDER, Parcel: PARCEL }, { Parcel: PARCEL })).toEqual([expect.objectContaining({ id: 'diff/term-removed', file: 'vocabulary.yaml', line: 2 })]);
    expect(inVocabularies({ Order: ORDER, Parcel: PARCEL }, { Purchase: { ...ORDER, synonyms: ['Order'] } })).toEqual([]);
    const renamed = contractOf(exampleWith((d) => { d.schema[0].businessName = 'Purchase'; }));
    expect(ids(inVocabularies({ Order: ORDER }, { Purchase: ORDER }, renamed))).toEqual(['diff/term-changed']);
  });
});

describe('promises about data', () => {
  const onFail = (value: string): Draft[] => [{ property: 'mesh.actionOnFail', value }];
  const rule = (document: Draft, index: number): Draft => document.schema[0].quality[index];
  const warns = (action: string) => (d: Draft): void => { rule(d, 1).customProperties = onFail(action); };
  const rename = (d: Draft, name: string): void => { rule(d, 0).name = name; };

  test.each<[string, (d: Draft) => void, (d: Draft) => void, DiffRuleId[]]>([
    ['gone that aborts', warns('abort_workflow'), (d) => { d.schema[0].quality.pop(); }, ['diff/quality-removed']],
    ['looser that aborts', warns('abort_workflow'), (d) => { rule(d, 1).mustBeGreaterThan = 10; }, ['diff/quality-loosened']],
    ['that aborted and alerts', warns('abort_workflow'), warns('alert'), ['diff/quality-loosened']],
    ['that aborted and puts aside', warns('abort_workflow'), warns('quarantine_rows'), ['diff/quality-loosened']],
    ['that alerted and aborts', warns('alert'), warns('abort_workflow'), ['diff/quality-tightened']],
    ['that aborts and measures something else', warns('abort_workflow'), (d) => { rule(d, 1).unit = 'percent'; }, ['diff/quality-replaced']],
    ['critical beside that it aborts', warns('abort_workflow'), (d) => { rule(d, 1).severity = 'critical'; }, ['diff/documentation-changed']],
    ['gone that puts rows aside', warns('quarantine_rows'), (d) => { d.schema[0].quality.pop(); }, ['diff/quality-removed']],
    ['that put rows aside and alerts', warns('quarantine_rows'), warns('alert'), ['diff/quality-loosened']],
    ['that alerted and puts rows aside', warns('alert'), warns('quarantine_rows'), ['diff/quality-action-changed']],
    ['looser that puts rows aside, all of them', warns('quarantine_rows'), (d) => { rule(d, 1).mustBeGreaterThan = 10; }, ['diff/quality-warning-loosened']],
    ['gone that alerts', warns('alert'), (d) => { d.schema[0].quality.pop(); }, ['diff/quality-warning-removed']],
    ['whose threshold became one that cannot be compared', () => undefined, (d) => { delete rule(d, 0).mustBeGreaterThan; rule(d, 0).mustBe = 'many'; }, ['diff/quality-loosened']],
    ['with another name', () => undefined, (d) => { rename(d, 'Mostly paid'); }, ['diff/documentation-changed']],
    ['with an id', () => undefined, (d) => { rule(d, 0).id = 'q1'; }, ['diff/documentation-changed']],
    ['with another id and name', (d) => { rule(d, 0).id = 'q1'; }, (d) => { rule(d, 0).id = 'q2'; rename(d, 'Paid'); }, ['diff/documentation-changed', 'diff/documentation-changed']],
    ['with another name, and looser', () => undefined, (d) => { rename(d, 'Paid'); rule(d, 0).mustBeGreaterThan = 10; }, ['diff/documentation-changed', 'diff/quality-loosened']],
    ['without a name whose query is wrapped otherwise', (d) => { delete rule(d, 0).name; }, (d) => { rule(d, 0).query = 'SELECT 100.0\n  * count(*) FROM ${object}'; }, []],
    ['with another name that measures something else', () => undefined, (d) => { rename(d, 'Paid'); rule(d, 0).query = 'SELECT 0'; }, ['diff/quality-removed', 'diff/quality-added']],
  ])('a rule %s', (_what, from, change, expected) => {
    expect(ids(changesOf(from, change))).toEqual([...expected].sort());
  });

  test('a reference and a freshness hold data back where they abort', () => {
    const refers = (action: string) => (d: Draft): void => { column(d, 'country').relationships[0].customProperties = onFail(action); };
    const fresh = (action: string) => (d: Draft): void => { d.slaProperties[0].customProperties = onFail(action); };
    const unrelated = (d: Draft): void => { delete column(d, 'country').relationships; };
    expect(ids(changesOf(refers('abort_workflow'), unrelated))).toEqual(['diff/quality-removed']);
    expect(ids(changesOf(refers('alert'), unrelated))).toEqual(['diff/relationship-removed']);
    expect(ids(changesOf(refers('abort_workflow'), refers('alert')))).toEqual(['diff/quality-loosened']);
    expect(ids(changesOf(refers('alert'), refers('abort_workflow')))).toEqual(['diff/quality-tightened']);
    expect(ids(changesOf(fresh('abort_workflow'), fresh('alert')))).toEqual(['diff/quality-loosened']);
  });
});

describe('what a service level is promised of', () => {
  const of = (element: string, more: object = {}) => (d: Draft): void => { d.slaProperties = [{ property: 'freshness', value: 6, unit: 'h', element, ...more }]; };
  const changed = (from: (d: Draft) => void, change: (d: Draft) => void): [string, string][] => changesOf(from, change).map(({ id, message }) => [id, message.split(':')[0]]);

  test('is compared one by one: what is left out is no longer promised', () => {
    expect(changed(of('orders.ordered_on, countries.code'), of('ordered_on'))).toEqual([['diff/sla-removed', '`freshness` is no longer promised of `countries.code`, it was 6 h']]);
    expect(changed(of('orders'), of('orders, countries'))).toEqual([['diff/sla-added', '`freshness` is promised of `countries`']]);
    expect(changed(of('orders'), of('countries')).map(([id]) => id)).toEqual(['diff/sla-removed', 'diff/sla-added']);
    expect(changed(of('orders, countries'), (d) => { d.slaProperties = ['countries', 'orders'].map((element) => ({ property: 'freshness', value: 6, unit: 'h', element })); })).toEqual([]);
  });

  test('may be a table and then its column, or become the whole product', () => {
    expect(changed(of('orders'), of('orders.ordered_on'))).toEqual([['diff/sla-changed', '`freshness` is promised for something else']]);
    const ofAll = (d: Draft): void => { d.slaProperties = [{ property: 'freshness', value: 7, unit: 'h' }]; };
    expect(changed(of('orders, countries'), ofAll).map(([id]) => id)).toEqual(['diff/sla-worse', 'diff/sla-changed']);
    expect(changed(ofAll, of('orders')).map(([id]) => id)).toEqual(['diff/sla-removed', 'diff/sla-added']);
    const small = (d: Draft): void => { d.schema.pop(); };
    expect(changed((d) => { ofAll(d); small(d); }, of('orders.ordered_on', { value: 7 })).map(([id]) => id)).toEqual(['diff/sla-changed']);
  });

  test('is the same whatever drives it, and of several drivers each is compared with itself', () => {
    expect(changed(of('orders', { driver: 'regulatory' }), of('orders', { driver: 'analytics' }))).toEqual([['diff/documentation-changed', '`driver` changed']]);
    const driven = (...drivers: [string, number][]) => (d: Draft): void => { d.slaProperties = drivers.map(([driver, value]) => ({ property: 'retention', value, unit: 'y', driver })); };
    expect(changed(driven(['regulatory', 10], ['analytics', 2]), driven(['analytics', 2], ['regulatory', 10]))).toEqual([]);
  });

  test('a higher throughput is better, of one unit', () => {
    const throughput = (value: number, unit: string) => (d: Draft): void => { d.slaProperties[2] = { property: 'throughput', value, unit }; };
    expect(ids(changesOf(throughput(1000, 'rows/s'), throughput(10, 'rows/s')))).toEqual(['diff/sla-worse']);
    expect(ids(changesOf(throughput(10, 'rows/s'), throughput(1000, 'rows/s')))).toEqual(['diff/sla-better']);
    expect(ids(changesOf(throughput(10, 'rows/s'), throughput(1000, 'rows/min')))).toEqual(['diff/sla-changed']);
  });
});

describe('what a type says beside its kind', () => {
  const options = (name: string, before: object, after: object): string[] => ids(changesOf((d) => { column(d, name).logicalTypeOptions = before; }, (d) => { column(d, name).logicalTypeOptions = after; }));
  const vector = (before: object, after: object): string[] => {
    const written = (logicalTypeOptions: object) => (d: Draft): void => { d.schema[1].properties[1] = { name: 'embedding', logicalType: 'vector', logicalTypeOptions }; };
    return ids(changesOf(written(before), written(after)));
  };
  const physical = (name: string, before: string | undefined, after: string | undefined): string[] => ids(changesOf((d) => { column(d, name).physicalType = before; }, (d) => { column(d, name).physicalType = after; }));

  test('vectors are compared by what made them', () => {
    expect(vector({ dimensions: 768 }, { dimensions: 1536 })).toEqual(['diff/type-changed']);
    expect(vector({ dimensions: 768, embeddingModel: 'a' }, { dimensions: 768, embeddingModel: 'b' })).toEqual(['diff/type-changed']);
    expect(vector({ dimensions: 768, embeddingModel: 'a', embeddingModelVersion: '1' }, { dimensions: 768, embeddingModel: 'a', embeddingModelVersion: '2' })).toEqual(['diff/type-changed']);
    expect(vector({ dimensions: 768 }, { dimensions: 768, embeddingModel: 'a' })).toEqual(['diff/meaning-added']);
    expect(vector({ dimensions: 768, embeddingModel: 'a' }, { dimensions: 768 })).toEqual(['diff/type-option-changed']);
    expect(vector({ dimensions: 768, distanceMetric: 'cosine' }, { dimensions: 768, distanceMetric: 'euclidean' })).toEqual(['diff/type-option-changed']);
    expect(vector({ dimensions: 768, elementType: 'float32' }, { dimensions: 768, elementType: 'float64' })).toEqual(['diff/type-widened']);
  });

  test('times are of a zone, which is UTC where none is written', () => {
    const at = (before: object, after: object): string[] => {
      const timestamp = (logicalTypeOptions: object) => (d: Draft): void => { Object.assign(column(d, 'ordered_on'), { logicalType: 'timestamp', logicalTypeOptions }); };
      return ids(changesOf(timestamp(before), timestamp(after)));
    };
    expect(at({ defaultTimezone: 'UTC' }, { defaultTimezone: 'Europe/Berlin' })).toEqual(['diff/type-option-changed']);
    expect(at({}, { defaultTimezone: 'Etc/UTC' })).toEqual(['diff/documentation-changed']);
    expect(at({}, { timezone: true })).toEqual(['diff/documentation-changed']);
    expect(at({}, { timezone: false })).toEqual(['diff/type-changed']);
  });

  test('text has a length where its physical type says so', () => {
    expect(physical('status', 'varchar(20)', 'varchar(10)')).toEqual(['diff/type-narrowed']);
    expect(physical('status', 'varchar(20)', 'varchar(30)')).toEqual(['diff/type-widened']);
    expect(physical('status', 'varchar(20)', 'text')).toEqual(['diff/type-widened']);
    expect(physical('status', 'varchar(20)', 'char(20)')).toEqual(['diff/documentation-changed']);
    expect(physical('status', undefined, 'varchar(20)')).toEqual(['diff/documentation-changed']);
    expect(physical('total_amount', 'decimal(12)', 'decimal(12,0)')).toEqual(['diff/documentation-changed']);
  });

  test('steps of fractions are compared as the fractions they are', () => {
    expect(options('total_amount', { multipleOf: 0.3 }, { multipleOf: 0.1 })).toEqual(['diff/range-widened']);
    expect(options('total_amount', { multipleOf: 0.3 }, { multipleOf: 0.2 })).toEqual(['diff/range-narrowed']);
    expect(options('total_amount', { multipleOf: 0.1 }, { multipleOf: 0.3 })).toEqual(['diff/range-narrowed']);
    expect(options('status', {}, { minLength: 0 })).toEqual([]);
    // every whole number is a multiple of 1
    expect(options('quantity', {}, { multipleOf: 1 })).toEqual([]);
    expect(options('total_amount', {}, { multipleOf: 1 })).toEqual(['diff/range-narrowed']);
  });

  test('fields have an order', () => {
    expect(ids(changesOf(undefined, (d) => { column(d, 'address').properties.reverse(); }))).toEqual(['diff/columns-reordered']);
    expect(ids(changesOf(undefined, (d) => { column(d, 'address').properties.splice(1, 0, { name: 'street', logicalType: 'string' }); }))).toEqual(['diff/column-added']);
  });

  test('a physical name is no name of a published table', () => {
    expect(ids(changesOf(undefined, (d) => { d.schema[0].physicalName = 'orders_v1'; }))).toEqual(['diff/documentation-changed']);
    expect(ids(changesOf(undefined, (d) => { column(d, 'status').physicalName = 'STATUS'; }))).toEqual(['diff/documentation-changed']);
  });
});

describe('roles', () => {
  test('are known by their names, as grants are, and then by their ids', () => {
    expect(ids(changesOf(undefined, (d) => { d.roles[0].id = 'an1'; }))).toEqual(['diff/documentation-changed']);
    expect(changesOf((d) => { d.roles[0].id = 'an1'; }, (d) => { d.roles[0].role = 'reader'; }).map(({ message }) => message)).toEqual([expect.stringMatching(/^the role `analyst` is now called `reader`/)]);
    // who has `analyst` has what `analyst` shows
    const swapped = changesOf((d) => { d.roles.forEach((role: Draft, index: number) => { role.id = `r${index}`; }); }, (d) => { d.roles.reverse().forEach((role: Draft, index: number) => { role.id = `r${index}`; }); });
    expect(ids(swapped)).toEqual(['diff/documentation-changed', 'diff/documentation-changed']);
  });
});

describe('the life of a version', () => {
  const ends = (day: string) => (d: Draft): void => { d.status = 'deprecated'; d.slaProperties.push({ property: 'endOfLife', value: day }); };
  const bare = (d: Draft): void => { d.customProperties = []; };
  const noticed = (text: string, seconds: number): DiffContext => ({ ...CONTEXT, base: { ...surroundings(), notice: () => ({ text, seconds }) } });

  test('an end is announced before its day has come, whether there is a notice period or not', () => {
    expect(changesOf(bare, ends('2020-01-01')).map(({ message }) => message)).toContain('`endOfLife` is 2020-01-01, a day that has come: there is too little time to move away');
    expect(ids(changesOf(bare, ends(TODAY)))).toEqual(['diff/end-date-short-notice', 'diff/status-deprecated']);
    expect(ids(changesOf(bare, ends('2026-12-02')))).toEqual(['diff/end-date-announced', 'diff/status-deprecated']);
    // nobody had it
    expect(ids(changesOf((d) => { bare(d); d.status = 'draft'; }, ends('2020-01-01')))).toEqual(['diff/end-date-announced', 'diff/status-deprecated']);
  });

  test('the notice is the one that holds in the mesh', () => {
    const found = (day: string, context: DiffContext): string[] => ids(diffContracts(contractOf(exampleWith(bare)), contractOf(exampleWith(bare, ends(day))), context));
    expect(found('2027-02-28', noticed('90d', 90 * 86_400))).toContain('diff/end-date-short-notice');
    expect(found('2027-03-01', noticed('90d', 90 * 86_400))).toContain('diff/end-date-announced');
  });

  test('a day is the same however it is written', () => {
    expect(ids(changesOf(undefined, (d) => { d.slaProperties[3].value = '2027-06-30T00:00:00Z'; }))).toEqual(['diff/documentation-changed']);
  });

  test('is its own: of two major versions neither status, ends, notice nor consumers are compared', () => {
    const second = contractOf(exampleWith((d) => {
      d.version = '2.0.0';
      d.status = 'draft';
      d.slaProperties.pop();
      d.customProperties.shift();
      d.roles[1].customProperties.splice(1, 1);
    }));
    const first = contractOf(exampleWith(ends('2027-06-30')));
    expect(diffContracts(first, second, CONTEXT)).toEqual([]);
    expect(ids(diffContracts(first, contractOf(exampleWith((d) => { d.version = '2.0.0'; d.roles.pop(); })), CONTEXT))).toEqual(['diff/role-removed']);
  });
});

test('texts that differ late are quoted where they differ', () => {
  const long = 'What was ordered in the shop, by whoever has an account, and paid or not paid until the end of the ';
  const [{ message }] = changesOf((d) => { column(d, 'status').description = `${long}day in Berlin.`; }, (d) => { column(d, 'status').description = `${long}week in Berlin.`; });
  expect(message).toBe('the description was "…until the end of the day in Berlin." and is "…until the end of the week in Berlin.": the data may mean something else');
  expect(changesOf(undefined, (d) => { d.description.purpose = 'What was sold.'; })[0].message).toContain('was "What was ordered." and is "What was sold."');
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
