import { singular, titleOf } from '../init/names';
import { UsageError } from '../failure';

/** What is known of a product that nobody has built yet. */
export interface ProposedContract {
  readonly domain: string;
  readonly entity: string;
  readonly owner: string;
  readonly grain?: string;
  readonly purpose?: string;
  /** `order_id string, email string confidential`: the first is the key. */
  readonly columns?: string;
  readonly freshness: string;
  readonly availability?: string;
  readonly tier?: string;
  readonly notice?: string;
  readonly consumers: readonly string[];
}

/** A contract in status proposed that says what is known, and nothing else. */
export function proposedContract(known: ProposedContract): string {
  const { domain, entity, owner, grain, purpose, freshness, availability, tier, notice, consumers } = known;
  const one = singular(entity).replaceAll('_', ' ');
  const custom = [...tier === undefined ? [] : [`{property: mesh.tier, value: ${tier}}`], ...notice === undefined ? [] : [`{property: mesh.noticePeriod, value: ${text(notice)}}`]];
  return [
    `# What ${entity} would promise to those who use it: a proposal to agree on, which nothing is built from yet.`,
    'apiVersion: v3.1.0', 'kind: DataContract', `id: dp_${domain}_${entity}`, `name: ${titleOf(entity)}`, 'version: 1.0.0', 'status: proposed', `domain: ${domain}`,
    ...purpose === undefined ? [] : ['description:', `  purpose: ${text(purpose)}`],
    'team:', `  name: ${domain}-${entity.replaceAll('_', '-')}`, `  members: [{username: ${owner}, role: owner}]`,
    'schema:', `  - name: ${entity}`, `    dataGranularityDescription: ${text(grain ?? `one row per ${one}`)}`, '    properties:',
    ...columns(known.columns ?? `${singular(entity)}_id string`).map((line) => `      - ${line}`),
    'slaProperties:', `  - {property: freshness, value: ${text(freshness)}}`, ...availability === undefined ? [] : [`  - {property: availability, value: ${availability}, unit: percent}`],
    ...consumers.length === 0 ? [] : ['roles:', '  - role: reader', '    access: read', `    customProperties: [{property: mesh.consumers, value: [${consumers.join(', ')}]}]`],
    ...custom.length === 0 ? [] : ['customProperties:', ...custom.map((line) => `  - ${line}`)],
    '',
  ].join('\n');
}

const LOGICAL = ['string', 'number', 'integer', 'boolean', 'date', 'timestamp', 'time', 'array', 'object', 'map'];
const CLASS = ['public', 'internal', 'confidential', 'restricted'];

function columns(written: string): string[] {
  // commas within brackets are of a type: decimal(12,2)
  return written.split(/,(?![^(<]*[)>])/).map((part, index) => {
    const [name, type = 'string', classification, ...more] = part.trim().split(/\s+/);
    if (!/^[A-Za-z_]\w*$/.test(name) || more.length > 0 || (classification !== undefined && !CLASS.includes(classification))) {
      throw new UsageError(`--columns: "${part.trim().slice(0, 60)}" is no column`, 'write name, type and perhaps class, with commas: "order_id string, email string confidential"');
    }
    const kind = LOGICAL.includes(type) ? `logicalType: ${type}` : `logicalType: ${logicalOf(type)}, physicalType: ${text(type)}`;
    return `{name: ${name}, ${kind}${index === 0 ? ', primaryKey: true' : ''}${classification === undefined ? '' : `, classification: ${classification}`}}`;
  });
}

function logicalOf(type: string): string {
  const [word] = /^[a-z]+/i.exec(type.toLowerCase()) ?? [''];
  if (/^(int|bigint|long|smallint|tinyint)$/.test(word)) return 'integer';
  if (/^(decimal|numeric|double|float|real)$/.test(word)) return 'number';
  if (/^timestamp/.test(word)) return 'timestamp';
  if (/^(array|list)$/.test(word)) return 'array';
  if (/^(struct|row)$/.test(word)) return 'object';
  return LOGICAL.includes(word) ? word : 'string';
}

function text(value: string): string {
  return /^[A-Za-z0-9][\w ]*$/.test(value) && !/^[\d.]+$|^(true|false|null|yes|no|on|off)$/i.test(value) ? value : JSON.stringify(value);
}
