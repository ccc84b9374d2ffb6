import { typeText } from '../../contract/data-type';
import { type PromisedTable } from '../../plan/contract-tables';
import { type PlanColumn } from '../../plan/plan-schema';
import { GUESSED } from './draft';

/** A version that another one is a view over. */
export interface Viewed {
  readonly product: string;
  readonly major: number;
  readonly tables: readonly PromisedTable[];
}

/** The pipeline of a contract that is a view over another version: columns under their own names and types. What the other does not have is marked as a guess. */
export function compatiblePipeline(own: readonly PromisedTable[], over: Viewed): string {
  const views = own.map((table) => ({ table, from: over.tables.find(({ object }) => object.name === table.object.name) ?? (own.length === 1 && over.tables.length === 1 ? over.tables[0] : undefined) }));
  return [
    `# A view over version ${over.major}: its columns under the names and types that this version promises.`,
    'sources:',
    ...views.flatMap(({ table, from }) => (from === undefined ? [`  # ${over.product} v${over.major} has no table for ${table.object.name}: name another source`]
      : [`  ${table.object.name}_there: {product: ${over.product}, version: ${over.major}${over.tables.length === 1 ? '' : `, object: ${from.object.name}`}}`])),
    'tables:',
    ...views.flatMap(({ table, from }) => (from === undefined ? [] : view(table, from))),
    '',
  ].join('\n');
}

function view({ object, columns }: PromisedTable, from: PromisedTable): string[] {
  const pairs = columns.map((column) => ({ column, there: from.columns.find(({ id }) => id === column.id) ?? from.columns.find(({ name }) => name === column.name) }));
  const rules = [...renames(pairs), ...casts(pairs), ...missing(pairs)];
  return [
    `  ${object.name}_in: {layer: bronze, from: [${object.name}_there]}`,
    `  ${object.name}:`, '    layer: gold', `    from: [${object.name}_in]`,
    ...rules.length === 0 ? [] : ['    rules:', ...rules.map((rule) => `      - ${rule}`)],
    ...pairs.flatMap(({ column, there }) => (there !== undefined && column.required && !there.required ? [`    ${GUESSED}${column.name} may be null there and must not be here: say what null means with a rule, e.g. fillNull: {${column.name}: …}`] : [])),
    ...pairs.flatMap(({ column, there }) => (there !== undefined && column.masking !== 'none' && there.masking !== 'none' ? [`    ${GUESSED}${column.name} arrives masked: classify it internal in this version, or it is masked once more`] : [])),
  ];
}

interface Pair {
  readonly column: PlanColumn;
  readonly there: PlanColumn | undefined;
}

function renames(pairs: readonly Pair[]): string[] {
  const renamed = pairs.flatMap(({ column, there }) => (there === undefined || there.name === column.name ? [] : [`${there.name}: ${column.name}`]));
  return renamed.length === 0 ? [] : [`rename: {${renamed.join(', ')}}`];
}

function casts(pairs: readonly Pair[]): string[] {
  const cast = pairs.flatMap(({ column, there }) => (there === undefined || typeText(there.type) === typeText(column.type) ? [] : [`${column.name}: ${JSON.stringify(typeText(column.type))}`]));
  return cast.length === 0 ? [] : [`cast: {${cast.join(', ')}}`];
}

function missing(pairs: readonly Pair[]): string[] {
  return pairs.flatMap(({ column, there }) => (there === undefined ? [`derive: {${column.name}: "CAST(NULL AS ${typeText(column.type)})"} ${GUESSED}the other version has no such column`] : []));
}
