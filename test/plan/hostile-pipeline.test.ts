import { type Problem } from '../../lib/contract/problem';
import { folderWith, PIPELINE, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

const SOURCES = PIPELINE.replace(/tables:[\s\S]*/, '');

function judged(pipeline: string): { readonly problems: readonly Problem[]; readonly seconds: number } {
  const root = folderWith({ 'contracts/sales/orders.contract.yaml': SMALLEST, 'contracts/sales/orders.pipeline.yaml': pipeline });
  const before = process.cpuUsage().user;
  const problems = problemsIn(root);
  return { problems, seconds: (process.cpuUsage().user - before) / 1e6 };
}

function tables(count: number, table: (index: number) => string): string {
  const chain = Array.from({ length: count }, (_, index) => `  t${index}: ${index === 0 ? '{layer: bronze, from: [orders_in]}' : table(index)}`);
  return `${SOURCES}tables:\n${chain.join('\n')}\n  orders: {layer: gold, from: [t${count - 1}]}\n`;
}

afterAll(removeFolders);

describe('a pipeline made to hurt', () => {
  test.each([
    ['a long chain of tables', (index: number) => `{layer: silver, from: [t${index - 1}]}`],
    ['inputs that do not exist', (index: number) => `{layer: silver, from: [u${index}x]}`],
    ['columns that do not exist', (index: number) => `{layer: silver, from: [t0], rules: [{trim: [custmer_email, order_${index}]}]}`],
  ])('with %s is judged soon', (_, table) => {
    expect(judged(tables(490, table)).seconds).toBeLessThan(5);
  });

  test('with more tables than anybody writes is refused for that alone', () => {
    const { problems, seconds } = judged(tables(20_000, (index) => `{layer: silver, from: [t${index - 1}]}`));
    expect(problems.map(({ id, message }) => [id, message])).toEqual([['pipeline/range', 'there are 20001 tables']]);
    expect(seconds).toBeLessThan(10);
  });

  test.each([
    ['a type nested beyond reason', PIPELINE.replace('order_id: string', `order_id: "${'array<'.repeat(5000)}int${'>'.repeat(5000)}"`), 'pipeline/data-type'],
    ['names of our own', PIPELINE.replaceAll('orders_raw', 'orders__raw'), 'pipeline/key'],
    ['a forbidden name', PIPELINE.replace('orders_in:', '__proto__:'), 'yaml/forbidden-key'],
    ['sources in a list', PIPELINE.replace(/sources:[\s\S]*?tables/, 'sources: [a]\ntables'), 'pipeline/type'],
    ['no tables', SOURCES, 'pipeline/missing'],
    ['a table that reads itself', PIPELINE.replace('from: [orders_raw]', 'from: [orders]'), 'pipeline/cycle'],
    ['a rule that is two', PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{trim: [order_id], lower: [order_id]}]}'), 'pipeline/conflict'],
    ['a rule that is none', PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{}]}'), 'pipeline/missing'],
    ['a misspelt rule', PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{renam: {a: b}}]}'), 'pipeline/unknown-field'],
  ])('with %s is refused in plain words', (_, text, id) => {
    const { problems } = judged(text);
    expect(problems.map((problem) => problem.id)).toContain(id);
    for (const { message } of problems) expect(message).not.toMatch(/invalid input|undefined|\[object/i);
  });

  test('a misspelt rule and field come with what was probably meant', () => {
    const { problems } = judged(PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{renam: {a: b}}], primarykey: [order_id]}'));
    expect(problems.map(({ remedy }) => remedy)).toEqual(['did you mean `rename`?', 'did you mean `primaryKey`?']);
  });

  test('a rule that nobody knows is said to be none, once, with those there are', () => {
    const { problems } = judged(PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{wobble: [order_id]}]}'));
    expect(problems.map(({ message }) => message)).toEqual(['there is no field `wobble` here']);
    expect(problems[0].remedy).toMatch(/^write one of the rules: rename, cast, trim,/);
  });
});
