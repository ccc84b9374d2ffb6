import { type DocumentPath } from '../document-path';
import { type Edition } from './edition';

/** Fields that a later edition brought, where an earlier one refuses them. */
const SINCE_32 = new Set([
  'context', 'deprecated', 'synonyms', 'semanticType', 'enum', 'map', 'vendor', 'workgroup', 'encoding', 'dimensions',
]);
const SINCE_31 = new Set(['relationships', 'timezone', 'defaultTimezone']);

/** Names that people and other formats use for what ODCS calls something else. */
const OF_COLUMNS: Readonly<Record<string, string>> = {
  columns: 'properties', fields: 'properties', type: 'logicalType', pii: 'classification', nullable: 'required', isNullable: 'required',
  primary_key: 'primaryKey', isPrimaryKey: 'primaryKey', grain: 'dataGranularityDescription',
};
const OF_CONTRACTS: Readonly<Record<string, string>> = {
  tables: 'schema', models: 'schema', dataset: 'schema', info: 'description', terms: 'description', sla: 'slaProperties', owner: 'team', product_id: 'id',
};

const OPERATOR = /^must(Not)?Be/;

/** What to do about a field the standard does not have in this place. */
export function unknownFieldHint(edition: Edition): (field: string, path: DocumentPath) => string | undefined {
  return (field, path) => {
    const inRule = path[path.length - 3] === 'quality';
    if (inRule && field === 'rule') return '`rule` is called `metric` since ODCS 3.1';
    if (inRule && (OPERATOR.test(field) || field === 'arguments')) return 'only a rule with a `metric`, or of `type: sql`, can have it';
    if (inRule && field === 'query') return 'add `type: sql`';
    if (inRule && (field === 'engine' || field === 'implementation')) return 'add `type: custom`';
    if (field === 'items') return 'only `logicalType: array` has items';
    if (field === 'properties') return 'only `logicalType: object` has properties';
    if (field.startsWith('mesh.')) return 'put it into `customProperties`: {property: …, value: …}';
    if (edition < '3.2' && SINCE_32.has(field)) return `it exists since ODCS 3.2: write \`apiVersion: v3.2.0\``;
    if (edition < '3.1' && SINCE_31.has(field)) return `it exists since ODCS 3.1: write \`apiVersion: v3.1.0\``;
    if (edition === '3.2' && field === 'map') return 'only `logicalType: map` has a map';
    const words = path.length === 1 ? OF_CONTRACTS : path[0] === 'schema' ? OF_COLUMNS : {};
    return Object.hasOwn(words, field) ? `ODCS calls it \`${words[field]}\`` : undefined;
  };
}
