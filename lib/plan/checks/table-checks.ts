import { type Findings } from '../../contract/findings';
import { type QualitySpec, qualityFaults } from '../../contract/lint/quality-faults';
import { type DataType } from '../../contract/data-type';
import { suggest } from '../../contract/suggestion';
import { list } from '../../contract/wording';
import { OPERATORS } from './checks';
import { type PromisedTable } from '../contract-tables';
import { type DraftPipeline, type DraftTable } from '../pipeline/draft';
import { inputsOf } from '../pipeline/refresh';
import { PIPELINE } from '../rules';
import { dependencyOrder } from '../pipeline/table-order';

const LAYERS = ['bronze', 'silver', 'gold'] as const;

/**
 * How sources and tables hang together: what is read exists, layers only go up, nothing goes in a circle, every table
 * of the contract is built. Keys are looked for in `looked`, which counts as reading. Gives the tables in dependency order; undefined where there is none.
 */
export function checkTables(pipeline: DraftPipeline, declared: { readonly sources: readonly string[]; readonly tables: readonly string[] }, promised: readonly PromisedTable[], looked: readonly string[], findings: Findings): DraftTable[] | undefined {
  const { tables } = pipeline;
  const taken = declared.tables.filter((name) => declared.sources.includes(name));
  for (const name of taken) {
    const isPromised = promised.some(({ object }) => object.name === name);
    findings.add(PIPELINE['name-taken'], ['tables', name], {
      message: `\`${name}\` is also the name of a source`, at: 'key', received: name,
      remedy: isPromised ? `the contract names the table: call the source \`${name}_in\`` : `call the table \`${name}_raw\``,
    });
  }
  // what reads such a name could mean either
  if (taken.length === 0) for (const table of tables) checkInputs(table, pipeline, declared, findings);
  checkPromises(tables, promised, findings);
  if (taken.length > 0) return undefined;
  checkUse(tables, declared.sources, promised, looked, findings);
  const ordering = dependencyOrder(tables, (table) => inputsOf(table));
  if (ordering.ok) return ordering.order;
  const first = ordering.circle[0];
  findings.add(PIPELINE.cycle, ['tables', first, 'from'], { message: `tables read each other in a circle: ${ordering.circle.join(' → ')}`, received: first, remedy: 'make one of them read something else' });
  return undefined;
}

function checkInputs(table: DraftTable, pipeline: DraftPipeline, declared: { readonly sources: readonly string[]; readonly tables: readonly string[] }, findings: Findings): void {
  const { name, layer, from, path } = table;
  const byName = new Map(pipeline.tables.map((each) => [each.name, each]));
  const known = [...declared.sources, ...declared.tables.filter((other) => other !== name)];
  from.forEach((input, index) => {
    const at = [...path, 'from', index];
    if (from.indexOf(input) < index) findings.add(PIPELINE['unknown-input'], at, { message: `\`${input}\` is named twice`, received: input, remedy: 'name it once' });
    if (input === name) {
      findings.add(PIPELINE.cycle, at, { message: `\`${name}\` reads itself`, received: input, remedy: 'a table that keeps its rows between runs has an `upsert` rule' });
      return;
    }
    if (!known.includes(input)) {
      const near = suggest(input, known);
      findings.add(PIPELINE['unknown-input'], at, {
        message: `there is no source or table \`${input}\``, received: input, expected: known.length <= 12 ? `one of ${known.join(', ')}` : undefined,
        remedy: near === undefined ? 'declare it in `sources` or `tables`' : `did you mean \`${near}\`?`,
      });
      return;
    }
    const isSource = declared.sources.includes(input) && !declared.tables.includes(input);
    if (layer === 'bronze' && !isSource) {
      findings.add(PIPELINE.layer, at, { message: 'a bronze table reads sources', received: input, expected: list(declared.sources, 'or').replaceAll('`', ''), remedy: `make \`${name}\` a silver table` });
    } else if (layer !== 'bronze' && isSource) {
      findings.add(PIPELINE.layer, at, { message: `a ${layer} table reads tables: data of a source is loaded into bronze first`, received: input, remedy: `add \`${input}_raw: {layer: bronze, from: [${input}]}\` and read that` });
    } else if (!isSource && LAYERS.indexOf(byName.get(input)?.layer ?? 'bronze') > LAYERS.indexOf(layer)) {
      findings.add(PIPELINE.layer, at, { message: `a ${layer} table does not read a ${byName.get(input)!.layer} one`, received: input, expected: 'tables of the same layer or one before' });
    }
  });
  const joined = table.rules.flatMap(({ rule, path: at }) => {
    const named = rule.kind === 'join' ? [rule.with] : rule.kind === 'union' ? rule.with : [];
    named.forEach((other, index) => {
      if (from.includes(other)) return;
      const near = suggest(other, from);
      findings.add(PIPELINE['unknown-input'], [...at, ...(rule.kind === 'join' ? ['with'] : [index])], {
        message: `\`${other}\` is not among the inputs of \`${name}\``, received: other, expected: `one of ${from.join(', ')}`,
        remedy: near === undefined ? `add it to \`from\`: [${[...from, other].join(', ')}]` : `did you mean \`${near}\`?`,
      });
    });
    return named;
  });
  const hasSql = table.rules.some(({ rule }) => rule.kind === 'sql');
  if (hasSql) {
    table.rules.forEach(({ rule, path: at }, index) => {
      if (rule.kind === 'sql' && index > 0) findings.add(PIPELINE['rule-option'], at, { message: 'SQL reads the inputs of its table, so nothing can come before it', at: 'key', remedy: 'make the rules before it a table of their own' });
    });
    return;
  }
  const loose = from.slice(1).findIndex((input) => !joined.includes(input));
  if (loose >= 0) {
    findings.add(PIPELINE['several-inputs'], [...path, 'from', loose + 1], {
      message: `nothing says how \`${from[loose + 1]}\` and \`${from[0]}\` are combined`, received: from[loose + 1],
      expected: 'a `join` or a `union` rule that names it, or `sql`', remedy: `e.g. \`rules: [{union: [${from.slice(1).join(', ')}]}]\``,
    });
  }
  const unions = table.rules.flatMap(({ rule, path: at }) => (rule.kind === 'union' && rule.with.includes(from[0]) ? [{ rule, at }] : []));
  for (const { rule, at } of unions) {
    const others = rule.with.filter((other) => other !== from[0]);
    findings.add(PIPELINE['several-inputs'], [...at, rule.with.indexOf(from[0])], {
      message: `the rules begin with \`${from[0]}\`, so its rows are already there`, received: from[0],
      remedy: others.length === 0 ? 'remove the rule' : `leave it out: \`union: [${others.join(', ')}]\``,
    });
  }
  if (table.rules.some(({ rule }) => rule.kind === 'join' && rule.with === from[0])) {
    findings.add(PIPELINE['several-inputs'], [...path, 'from', 0], { message: `\`${from[0]}\` is where the rules begin: it cannot be joined to itself`, received: from[0], remedy: 'name the table that rules begin with first' });
  }
}

function checkPromises(tables: readonly DraftTable[], promised: readonly PromisedTable[], findings: Findings): void {
  for (const { object } of promised) {
    const table = tables.find(({ name }) => name === object.name);
    if (table?.layer === 'gold') continue;
    const near = suggest(object.name, tables.filter(({ layer }) => layer === 'gold').map(({ name }) => name));
    findings.add(PIPELINE['missing-table'], table === undefined ? ['tables'] : [...table.path, 'layer'], {
      message: `the contract promises \`${object.name}\`, but no gold table is called that`, at: table === undefined ? 'key' : 'value',
      ...(table === undefined ? {} : { received: table.layer }),
      remedy: near === undefined ? `add \`${object.name}: {layer: gold, from: […]}\`` : `did you mean \`${object.name}\` by \`${near}\`?`,
    });
  }
}

function checkUse(tables: readonly DraftTable[], sources: readonly string[], promised: readonly PromisedTable[], looked: readonly string[], findings: Findings): void {
  const read = new Set([...looked, ...tables.flatMap((table) => inputsOf(table).filter((input) => input !== table.name))]);
  for (const source of sources) {
    if (!read.has(source)) findings.add(PIPELINE['unused-source'], ['sources', source], { message: `nothing reads the source \`${source}\``, at: 'key', received: source, remedy: 'read it in a bronze table, or remove it' });
  }
  const objects = promised.map(({ object }) => object.name);
  for (const { name, layer, path } of tables) {
    if (read.has(name) || objects.includes(name)) continue;
    if (layer === 'gold') {
      const near = suggest(name, objects);
      findings.add(PIPELINE['unpromised-table'], path, {
        message: `the contract promises no table \`${name}\`, and nothing reads it`, at: 'key', received: name, expected: `one of ${objects.join(', ')}`,
        remedy: near === undefined ? 'add it to the contract, or remove it' : `did you mean \`${near}\`?`,
      });
    } else findings.add(PIPELINE['unused-table'], path, { message: `nothing reads the table \`${name}\``, at: 'key', received: name, remedy: 'read it, or remove it' });
  }
}

/** Quality, partitions and keeping of one table, whose columns are known as far as they can be. */
export function checkTable(table: DraftTable, isPublished: boolean, columns: { readonly names: readonly string[] | undefined; readonly typeOf: (column: string) => DataType | undefined }, findings: Findings): void {
  const has = (column: string, at: (string | number)[], what: string): boolean => {
    if (columns.names === undefined || columns.names.includes(column)) return true;
    const near = suggest(column, columns.names);
    findings.add(PIPELINE['unknown-column'], at, {
      message: `${what} \`${column}\`, which \`${table.name}\` does not have`, received: column,
      expected: columns.names.length <= 12 ? `one of ${columns.names.join(', ')}` : undefined, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
    });
    return false;
  };
  if (isPublished && table.persist === false) {
    findings.add(PIPELINE.persist, [...table.path, 'persist'], { message: `\`${table.name}\` is published: it is always kept`, received: false, remedy: 'remove `persist`' });
  }
  table.primaryKey?.forEach((column, index) => has(column, [...table.path, 'primaryKey', index], 'the key names'));
  table.partitionBy?.forEach(({ column, transform }, index) => {
    const at = [...table.path, 'partitionBy', index];
    if (!has(column, at, 'the partitioning names')) return;
    const type = columns.typeOf(column);
    if (type === undefined) return;
    const temporal = type === 'date' || type === 'timestamp' || type === 'timestamptz';
    if (transform === 'identity' ? typeof type !== 'string' || type === 'double' || type === 'float' : !temporal) {
      findings.add(PIPELINE.partition, at, {
        message: transform === 'identity' ? `the table cannot be partitioned by \`${column}\`` : `\`${transform}\` is for a date or a timestamp, and \`${column}\` is ${typeof type === 'string' ? type : type.kind}`,
        received: transform === 'identity' ? column : `${transform}(${column})`,
      });
    }
  });
  table.quality.forEach((rule, index) => {
    const at = [...table.path, 'quality', index];
    const kinds = [rule.metric, rule.query].filter((kind) => kind !== undefined);
    if (kinds.length !== 1) {
      findings.add(PIPELINE.quality, at, {
        message: kinds.length === 0 ? 'the rule has neither a metric nor a query' : 'the rule has both a metric and a query', expected: '`metric` or `query`', remedy: kinds.length === 0 ? 'write e.g. `metric: nullValues`' : 'split it into two rules',
      });
      return;
    }
    if (rule.column !== undefined && rule.columns !== undefined) findings.add(PIPELINE.quality, [...at, 'columns'], { message: 'the rule has both `column` and `columns`', at: 'key', remedy: 'keep one of them' });
    const named = rule.columns ?? (rule.column === undefined ? [] : [rule.column]);
    if (rule.metric === 'rowCount' && named.length > 0) {
      findings.add(PIPELINE.quality, [...at, rule.columns === undefined ? 'column' : 'columns'], { message: '`rowCount` is not about a column', at: 'key', remedy: 'remove it' });
    }
    named.forEach((column, position) => has(column, [...at, ...(rule.columns === undefined ? ['column'] : ['columns', position])], 'the rule is about'));
    const spec: QualitySpec = {
      metric: rule.metric ?? 'sql', columns: named, typeOf: columns.typeOf, arguments: rule.arguments ?? {},
      operators: OPERATORS.flatMap((operator) => (rule[operator] === undefined ? [] : [{ operator, value: rule[operator] }])),
      unit: rule.unit, action: rule.actionOnFail, query: rule.query,
    };
    for (const { at: below, detail, kind } of qualityFaults(spec)) {
      const place = kind === 'quarantine' ? ['actionOnFail'] : below;
      findings.add(PIPELINE.quality, [...at, ...place], kind === 'place' && spec.metric !== 'duplicateValues' ? { ...detail, remedy: 'write `column: …`' } : kind === 'place' ? { ...detail, remedy: 'write `columns: […]`' } : detail);
    }
  });
}
