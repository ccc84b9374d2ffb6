import { type Contract } from '../../contract/contract';
import { type DocumentPath } from '../../contract/document-path';
import { typeText } from '../../contract/data-type';
import { type Columns } from './column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftTable } from '../pipeline/draft';
import { type PlanCheck } from '../plan-schema';
import { type SqlItem } from './sql-check';

/** What the checker calls the table of a quality rule, which the text calls `${table}`. */
export const CHECKED_TABLE = 'mesh_checked_table';

/** All SQL of a pipeline: queries and expressions of its rules. */
export function ruleItems(tables: readonly DraftTable[], flow: ReadonlyMap<string, Columns>): SqlItem[] {
  return tables.flatMap((table) => table.rules.flatMap(({ rule, path }): SqlItem[] => {
    const expression = (id: string, text: string, at: DocumentPath): SqlItem => ({ id, kind: 'expression', text, tables: null, path: at, file: null });
    switch (rule.kind) {
      case 'sql': return [{ id: rule.id, kind: 'query', text: rule.text, tables: table.from, columns: known(table.from, flow), path, file: rule.path }];
      case 'filter': return [{ ...expression(rule.id, rule.where, path), rows: true }];
      case 'derive': return rule.columns.map(({ name, expression: text }) => ({ ...expression(`${rule.id}.${name}`, text, [...path, name]), rows: true }));
      case 'aggregate': return rule.measures.map(({ name, expression: text }) => expression(`${rule.id}.${name}`, text, [...path, 'measures', name]));
      default: return [];
    }
  }));
}

/** The queries of quality rules; `columns` as far as they are known. */
export function checkItems(checks: readonly PlanCheck[], columns: Columns | undefined, prefix: string): SqlItem[] {
  return checks.flatMap((check): SqlItem[] => (check.query === null ? [] : [{
    id: `${prefix}${check.id}`, kind: 'query', text: check.query.text, tables: [], path: pathOf(check.origin.path), file: null,
    ...(columns?.complete === true ? { columns: { [CHECKED_TABLE]: typed(columns) } } : {}),
  }]));
}

/** The row filters of a contract's roles. */
export function filterItems(contract: Contract, promised: readonly PromisedTable[]): SqlItem[] {
  const only = promised.length === 1 ? promised[0] : undefined;
  return contract.roles.flatMap(({ customProperties }) => customProperties.flatMap(({ property, value, path }): SqlItem[] => (
    property !== 'mesh.rowFilter' || typeof value !== 'string' ? [] : [{
      id: `filter:${path.join('.')}`, kind: 'expression', text: value, tables: null, rows: true, path: [...path, 'value'], file: null,
      ...(only === undefined ? {} : { columns: { [only.object.name]: Object.fromEntries(only.columns.map(({ name, type }) => [name, typeText(type)])) } }),
    }])));
}

function known(inputs: readonly string[], flow: ReadonlyMap<string, Columns>): Record<string, Record<string, string>> {
  return Object.fromEntries(inputs.flatMap((input) => {
    const columns = flow.get(input);
    return columns?.complete === true ? [[input, typed(columns)]] : [];
  }));
}

function typed({ types }: Columns): Record<string, string> {
  return Object.fromEntries([...types].map(([name, type]) => [name, type === undefined ? '' : typeText(type)]));
}

/** `tables.orders.quality[0]` as steps, with the field that holds the query. */
function pathOf(text: string): DocumentPath {
  const steps = [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, plain]) => (index !== undefined ? Number(index) : quoted ?? plain));
  return [...steps, 'query'];
}
