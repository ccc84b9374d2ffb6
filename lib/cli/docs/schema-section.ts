import { isProtected, MASKED } from '../../contract/classification';
import { type Property } from '../../contract/contract';
import { typeText } from '../../contract/data-type';
import { termOf } from '../../contract/named-terms';
import { type PromisedTable } from '../../plan/contract-tables';
import { type PlanColumn } from '../../plan/plan-schema';
import { type Catalogue, type Entry } from './catalogue';
import { badge, facts, table } from './frame';
import { anchor, type Html, html, type Value } from './html';

/** The tables of a product with their columns. */
export function schemaSection(entry: Entry, catalogue: Catalogue): Html {
  return html`${entry.tables.map((each) => tableOf(each, entry, catalogue))}`;
}

function tableOf(promised: PromisedTable, entry: Entry, catalogue: Catalogue): Html {
  const { object, columns, primaryKey, partitionBy } = promised;
  const planned = entry.plan?.tables.find((each) => each.published && each.name === object.name);
  return html`<section class="schema">
<h3 id="${anchor(object.name)}">${object.name}</h3>
${object.description !== undefined && html`<p>${object.description}</p>`}
${facts([
    ['Grain', object.dataGranularityDescription], ['Term', termLink(object, entry, catalogue)], ['Read it as', planned !== undefined && html`<code>${planned.database}.${planned.table}</code>`],
    ['Key', primaryKey.length > 0 && html`<code>${primaryKey.join(', ')}</code>`],
    ['Partitioned by', partitionBy.length > 0 && html`<code>${partitionBy.map(({ column, transform }) => (transform === 'identity' ? column : `${transform}(${column})`)).join(', ')}</code>`],
  ])}
${table(['Column', 'Type', 'Meaning', 'Must be', 'Class'], columns.map((column, at) => ({
    id: anchor(object.name, column.name), cells: cellsOf(column, object.properties[at], entry, catalogue),
  })), `Columns of ${object.name}`)}
</section>`;
}

function cellsOf(column: PlanColumn, property: Property, entry: Entry, catalogue: Catalogue): Value[] {
  const term = termLink(property, entry, catalogue);
  return [
    html`<code>${column.name}</code>${property.deprecated === true && badge('deprecated', 'fair')}`,
    html`<code>${typeText(column.type)}</code>`,
    html`${property.businessName !== undefined && term === undefined && html`<strong>${property.businessName}</strong> `}${term !== undefined && html`${term} `}${property.description}${examples(property, column)}`,
    constraints(property, column).map((each, at) => [at > 0 && ', ', each]),
    html`${badge(column.classification, isProtected(column.classification) ? 'fair' : 'plain')}${column.masking !== 'none' && html` <span class="detail">published ${MASKED[column.masking]}</span>`}`,
  ];
}

/** What a contract gives as an example of a protected column is nothing to show around. */
function examples({ examples: given }: Property, { classification }: PlanColumn): Value {
  if (given.length === 0 || isProtected(classification)) return undefined;
  return html` <span class="detail">e.g. ${given.slice(0, 3).map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(', ')}</span>`;
}

function constraints(property: Property, column: PlanColumn): Value[] {
  const { logicalTypeOptions: options } = property;
  const limits = ([
    ['≥', options.minimum], ['>', options.exclusiveMinimum], ['≤', options.maximum], ['<', options.exclusiveMaximum],
  ] as const).flatMap(([sign, limit]) => (limit === undefined ? [] : [`${sign} ${limit}`]));
  return [
    ...property.primaryKey === true ? ['key'] : column.required ? ['required'] : [],
    ...property.unique === true ? ['unique'] : [],
    ...limits,
    ...options.minLength !== undefined || options.maxLength !== undefined ? [`${options.minLength ?? 0} to ${options.maxLength ?? 'any number of'} characters`] : [],
    ...options.format === undefined ? [] : [`a ${options.format}`],
    ...options.pattern === undefined ? [] : [html`like <code>${options.pattern}</code>`],
    ...property.enum === undefined ? [] : [`one of ${property.enum.map(({ value }) => String(value)).join(', ')}`],
    ...property.relationships.flatMap(({ to }) => [to].flat().map((each) => html`in <code>${each}</code>`)),
  ];
}

/** The term that a table or column stands for, where the vocabulary has it. */
function termLink(named: Parameters<typeof termOf>[0], { contract }: Entry, { vocabulary, terms }: Catalogue): Html | undefined {
  const term = vocabulary === undefined ? undefined : termOf(named, vocabulary, contract.domain);
  return term === undefined ? undefined : html`<a class="term" href="../terms/${terms.get(term.term)}.html" title="${term.definition}">${term.term}</a>`;
}
