import { singular, titleOf } from '../init/names';
import { readColumn, splitColumns, typeFields } from './columns';
import { FRESHNESS, type Known, listed } from './known';

/** A contract in status proposed that says what is known, and nothing else. */
export function proposedContract({ domain, entity }: { readonly domain: string; readonly entity: string }, known: Known): string {
  const { grain, purpose, freshness = FRESHNESS, availability, tier, notice } = known;
  const owner = known.owner ?? `${domain}-${entity.replaceAll('_', '-')}@example.com`;
  const consumers = listed(known.consumers);
  const one = singular(entity).replaceAll('_', ' ');
  const custom = [...tier === undefined ? [] : [`{property: mesh.tier, value: ${tier}}`], ...notice === undefined ? [] : [`{property: mesh.noticePeriod, value: ${text(notice)}}`]];
  return [
    `# What ${entity} would promise to those who use it: a proposal to agree on, which nothing is built from yet.`,
    'apiVersion: v3.1.0', 'kind: DataContract', `id: dp_${domain}_${entity}`, `name: ${titleOf(entity)}`, 'version: 1.0.0', 'status: proposed', `domain: ${domain}`,
    ...purpose === undefined ? [] : ['description:', `  purpose: ${text(purpose)}`],
    'team:', `  name: ${domain}-${entity.replaceAll('_', '-')}`, `  members: [{username: ${owner}, role: owner}]`,
    'schema:', `  - name: ${entity}`, `    dataGranularityDescription: ${text(grain ?? `one row per ${one}`)}`, '    properties:',
    ...columnLines(known.columns ?? `${singular(entity)}_id string`).map((line) => `      - ${line}`),
    'slaProperties:', `  - {property: freshness, value: ${text(freshness)}}`, ...availability === undefined ? [] : [`  - {property: availability, value: ${availability}, unit: percent}`],
    ...consumers.length === 0 ? [] : ['roles:', '  - role: reader', '    access: read', `    customProperties: [{property: mesh.consumers, value: [${consumers.join(', ')}]}]`],
    ...custom.length === 0 ? [] : ['customProperties:', ...custom.map((line) => `  - ${line}`)],
    '',
  ].join('\n');
}

function columnLines(list: string): string[] {
  return splitColumns(list).map((written, index) => {
    const { name, type, classification } = readColumn(written);
    const { logicalType, physicalType } = typeFields(type);
    return `{name: ${name}, logicalType: ${logicalType}${physicalType === undefined ? '' : `, physicalType: ${text(physicalType)}`}`
      + `${index === 0 ? ', primaryKey: true' : ''}${classification === undefined ? '' : `, classification: ${classification}`}}`;
  });
}

function text(value: string): string {
  return /^[A-Za-z0-9][\w ]*$/.test(value) && !/^[\d.]+$|^(true|false|null|yes|no|on|off)$/i.test(value) ? value : JSON.stringify(value);
}
