/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access,
   @typescript-eslint/no-unsafe-argument, @typescript-eslint/explicit-module-boundary-types -- a case reaches anywhere into a document */
import { type DiffRuleId } from '../../../lib/contract/diff/rules';
import { column, custom, type Draft, drop, dropCustom } from './contracts';

/** What a rule finds, and what looks like it and is not. */
export interface Case {
  readonly rule: DiffRuleId;
  /** What the older contract differs in from the example. */
  readonly from?: (document: Draft) => void;
  readonly change: (document: Draft) => void;
  /** What else the change is. */
  readonly also?: readonly DiffRuleId[];
  readonly near: (document: Draft) => void;
  /** All that the near miss is. */
  readonly nearIs: readonly DiffRuleId[];
}

const quality = (document: Draft, index: number): Draft => document.schema[0].quality[index];
const sla = (document: Draft, name: string): Draft => document.slaProperties.find(({ property }: Draft) => property === name);
const onFail = (value: string): Draft => ({ property: 'mesh.actionOnFail', value });
const analyst = (document: Draft): Draft => document.roles[0];
const finance = (document: Draft): Draft => document.roles[1];
const add = (document: Draft, property: Draft, at = 99): void => void document.schema[0].properties.splice(at, 0, property);

export const CASES: readonly Case[] = [
  // the product and its life
  { rule: 'diff/product-renamed', change: (d) => { d.id = 'dp_sales_purchases'; }, near: (d) => { d.name = 'Purchases'; }, nearIs: ['diff/documentation-changed'] },
  { rule: 'diff/status-withdrawn', change: (d) => { d.status = 'draft'; }, near: (d) => { d.status = 'deprecated'; }, nearIs: ['diff/status-deprecated'] },
  {
    rule: 'diff/status-retired', from: (d) => { d.slaProperties.push({ property: 'endOfLife', value: '2026-12-02' }); }, change: (d) => { d.status = 'retired'; },
    near: (d) => { d.status = 'deprecated'; }, nearIs: ['diff/status-deprecated'],
  },
  {
    rule: 'diff/status-retired-as-announced', from: (d) => { d.slaProperties.push({ property: 'endOfLife', value: '2026-12-01' }); dropCustom(finance(d), 'mesh.consumers'); }, change: (d) => { d.status = 'retired'; },
    near: (d) => { d.status = 'retired'; sla(d, 'endOfLife').value = '2026-11-30'; d.status = 'proposed'; }, nearIs: ['diff/status-withdrawn', 'diff/end-date-closer'],
  },
  { rule: 'diff/status-deprecated', change: (d) => { d.status = 'deprecated'; }, near: (d) => { d.status = 'retired'; }, nearIs: ['diff/status-retired'] },
  { rule: 'diff/status-changed', from: (d) => { d.status = 'draft'; }, change: (d) => { d.status = 'active'; }, near: (d) => { d.status = 'deprecated'; }, nearIs: ['diff/status-deprecated'] },
  { rule: 'diff/end-date-closer', change: (d) => { sla(d, 'endOfSupport').value = '2027-06-29'; }, near: (d) => { sla(d, 'endOfSupport').value = '2027-07-01'; }, nearIs: ['diff/end-date-later'] },
  { rule: 'diff/end-date-later', change: (d) => { drop(d.slaProperties, 3); }, near: (d) => { sla(d, 'endOfSupport').value = '2027-01-01'; }, nearIs: ['diff/end-date-closer'] },
  {
    rule: 'diff/end-date-short-notice', change: (d) => { d.slaProperties.push({ property: 'endOfLife', value: '2027-02-28' }); },
    near: (d) => { d.slaProperties.push({ property: 'endOfLife', value: '2027-03-01' }); }, nearIs: ['diff/end-date-announced'],
  },
  {
    rule: 'diff/end-date-announced', change: (d) => { d.slaProperties.push({ property: 'el', value: '2027-03-01' }); },
    near: (d) => { d.slaProperties.push({ property: 'generalAvailability', value: '2027-03-01' }); }, nearIs: ['diff/sla-added'],
  },
  { rule: 'diff/notice-shorter', change: (d) => { dropCustom(d, 'mesh.noticePeriod'); }, near: (d) => { custom(d, 'mesh.noticePeriod').value = '2160h'; }, nearIs: [] },
  { rule: 'diff/notice-longer', change: (d) => { custom(d, 'mesh.noticePeriod').value = '91d'; }, near: (d) => { custom(d, 'mesh.noticePeriod').value = '89d'; }, nearIs: ['diff/notice-shorter'] },

  // tables and columns
  { rule: 'diff/table-removed', change: (d) => { drop(d.schema, 1); }, near: (d) => { d.schema.reverse(); }, nearIs: [] },
  { rule: 'diff/table-renamed', change: (d) => { d.schema[0].name = 'purchases'; }, near: (d) => { d.schema[0].businessName = 'Purchase'; }, nearIs: ['diff/term-changed'] },
  { rule: 'diff/table-identity-changed', change: (d) => { d.schema[0].id = 'other'; }, near: (d) => { d.schema[1].id = 'countries'; }, nearIs: [] },
  {
    rule: 'diff/table-added', change: (d) => { d.schema.push({ name: 'returns', properties: [{ name: 'order_id', logicalType: 'string' }] }); },
    near: (d) => { d.schema[1].properties.push({ name: 'returns', logicalType: 'string' }); }, nearIs: ['diff/column-added'],
  },
  { rule: 'diff/column-removed', change: (d) => { drop(d.schema[0].properties, 3); }, near: (d) => { column(d, 'status').deprecated = true; }, nearIs: ['diff/element-deprecated'] },
  { rule: 'diff/column-renamed', change: (d) => { column(d, 'total_amount').name = 'total'; finance(d).customProperties[0].value = ['order_id', 'total']; }, near: (d) => { column(d, 'total_amount').businessName = 'Total'; }, nearIs: ['diff/meaning-added'] },
  { rule: 'diff/column-identity-changed', change: (d) => { column(d, 'status').id = 'state'; }, near: (d) => { column(d, 'status').id = 'status'; }, nearIs: [] },
  { rule: 'diff/column-added', change: (d) => { add(d, { name: 'note', logicalType: 'string' }); }, near: (d) => { add(d, { name: 'note', logicalType: 'string', required: true }); }, nearIs: ['diff/required-column-added'] },
  { rule: 'diff/column-inserted', change: (d) => { add(d, { name: 'note', logicalType: 'string' }, 1); }, near: (d) => { add(d, { name: 'note', logicalType: 'string' }); }, nearIs: ['diff/column-added'] },
  { rule: 'diff/required-column-added', change: (d) => { add(d, { name: 'note', logicalType: 'string', required: true }); }, near: (d) => { add(d, { name: 'note', logicalType: 'string', required: false }); }, nearIs: ['diff/column-added'] },
  { rule: 'diff/columns-reordered', change: (d) => { add(d, drop(d.schema[0].properties, 2)); }, near: (d) => { add(d, { name: 'note', logicalType: 'string' }, 2); }, nearIs: ['diff/column-inserted'] },
  { rule: 'diff/type-changed', change: (d) => { column(d, 'ordered_on').logicalType = 'timestamp'; }, near: (d) => { column(d, 'ordered_on').physicalType = 'date'; }, nearIs: ['diff/documentation-changed'] },
  { rule: 'diff/type-narrowed', change: (d) => { column(d, 'total_amount').physicalType = 'decimal(10,2)'; }, near: (d) => { column(d, 'total_amount').physicalType = 'numeric(12, 2)'; }, nearIs: ['diff/documentation-changed'] },
  { rule: 'diff/type-widened', change: (d) => { column(d, 'quantity').physicalType = 'bigint'; }, near: (d) => { column(d, 'quantity').physicalType = 'integer'; }, nearIs: ['diff/documentation-changed'] },
  { rule: 'diff/required-added', change: (d) => { column(d, 'status').required = true; }, near: (d) => { column(d, 'order_id').required = true; }, nearIs: [] },
  { rule: 'diff/required-removed', change: (d) => { delete column(d, 'total_amount').required; }, near: (d) => { column(d, 'status').required = false; }, nearIs: [] },
  { rule: 'diff/unique-added', change: (d) => { column(d, 'email').unique = true; }, near: (d) => { column(d, 'order_id').unique = true; }, nearIs: [] },
  { rule: 'diff/unique-removed', change: (d) => { delete column(d, 'quantity').unique; }, near: (d) => { column(d, 'status').unique = false; }, nearIs: [] },
  {
    rule: 'diff/key-changed', change: (d) => { column(d, 'total_amount').primaryKey = true; },
    near: (d) => { column(d, 'order_id').primaryKeyPosition = 1; }, nearIs: [],
  },
  { rule: 'diff/partitioning-changed', change: (d) => { delete column(d, 'ordered_on').partitioned; delete column(d, 'ordered_on').partitionKeyPosition; }, near: (d) => { delete column(d, 'ordered_on').partitioned; }, nearIs: [] },
  { rule: 'diff/relationship-removed', change: (d) => { delete column(d, 'country').relationships; }, near: (d) => { column(d, 'country').relationships.push({ to: 'countries.iso' }); }, nearIs: ['diff/relationship-added'] },
  { rule: 'diff/relationship-added', change: (d) => { column(d, 'status').relationships = [{ to: 'countries.code' }]; }, near: (d) => { delete column(d, 'country').relationships; }, nearIs: ['diff/relationship-removed'] },

  // values
  { rule: 'diff/enum-narrowed', change: (d) => { drop(column(d, 'status').enum, 0); }, near: (d) => { column(d, 'status').enum.reverse(); }, nearIs: [] },
  { rule: 'diff/enum-widened', change: (d) => { column(d, 'status').enum.push({ value: 'lost' }); }, near: (d) => { column(d, 'status').enum.push({ value: null }); }, nearIs: [] },
  { rule: 'diff/range-narrowed', change: (d) => { column(d, 'total_amount').logicalTypeOptions.minimum = 1; }, near: (d) => { column(d, 'total_amount').logicalTypeOptions.minimum = -1; }, nearIs: ['diff/range-widened'] },
  { rule: 'diff/range-widened', change: (d) => { delete column(d, 'email').logicalTypeOptions.maxLength; }, near: (d) => { column(d, 'email').logicalTypeOptions.maxLength = 79; }, nearIs: ['diff/range-narrowed'] },
  {
    rule: 'diff/type-option-changed', change: (d) => { column(d, 'ordered_on').logicalTypeOptions = { format: 'dd.MM.yyyy' }; },
    near: (d) => { column(d, 'email').logicalTypeOptions.format = 'uri'; }, nearIs: ['diff/pattern-changed'],
  },
  { rule: 'diff/pattern-changed', change: (d) => { column(d, 'email').logicalTypeOptions.format = 'uri'; }, near: (d) => { column(d, 'email').logicalTypeOptions.pattern = '@'; }, nearIs: ['diff/range-narrowed'] },

  // quality
  { rule: 'diff/quality-added', change: (d) => { d.schema[0].quality.push({ metric: 'nullValues', mustBe: 0 }); }, near: (d) => { d.schema[0].quality.reverse(); }, nearIs: [] },
  { rule: 'diff/quality-tightened', change: (d) => { quality(d, 0).mustBeGreaterThan = 95; }, near: (d) => { quality(d, 0).mustBeGreaterThan = 85; }, nearIs: ['diff/quality-loosened'] },
  {
    rule: 'diff/quality-loosened', change: (d) => { delete quality(d, 0).mustBeGreaterThan; quality(d, 0).mustBeGreaterOrEqualTo = 90; },
    near: (d) => { delete quality(d, 0).mustBeGreaterThan; quality(d, 0).mustBeBetween = [95, 100]; }, nearIs: ['diff/quality-tightened'],
  },
  { rule: 'diff/quality-removed', change: (d) => { drop(d.schema[0].quality, 0); }, near: (d) => { drop(d.schema[0].quality, 1); }, nearIs: ['diff/quality-warning-removed'] },
  {
    rule: 'diff/quality-warning-loosened', change: (d) => { quality(d, 1).mustBeGreaterThan = 99; },
    near: (d) => { delete quality(d, 1).mustBeGreaterThan; quality(d, 1).mustBeGreaterOrEqualTo = 101; }, nearIs: [],
  },
  { rule: 'diff/quality-warning-removed', change: (d) => { drop(d.schema[0].quality, 1); }, near: (d) => { quality(d, 1).severity = 'critical'; }, nearIs: ['diff/quality-tightened'] },
  { rule: 'diff/quality-changed', change: (d) => { quality(d, 1).unit = 'percent'; }, near: (d) => { quality(d, 0).query = 'SELECT 0'; }, nearIs: ['diff/quality-replaced'] },
  { rule: 'diff/quality-replaced', change: (d) => { quality(d, 0).query = 'SELECT count(*) FROM ${object}'; }, near: (d) => { quality(d, 0).query = 'SELECT  100.0 * count(*)\n FROM ${object}\n'; }, nearIs: [] },
  {
    rule: 'diff/quality-action-changed', change: (d) => { quality(d, 0).customProperties = [onFail('quarantine_rows')]; },
    near: (d) => { quality(d, 0).customProperties = [onFail('alert')]; }, nearIs: ['diff/documentation-changed'],
  },

  // service level
  { rule: 'diff/sla-worse', change: (d) => { sla(d, 'freshness').value = 7; }, near: (d) => { sla(d, 'freshness').value = 360; sla(d, 'freshness').unit = 'min'; }, nearIs: [] },
  { rule: 'diff/sla-removed', change: (d) => { drop(d.slaProperties, 1); }, near: (d) => { d.slaProperties.reverse(); }, nearIs: [] },
  { rule: 'diff/sla-better', change: (d) => { sla(d, 'availability').value = 99.9; }, near: (d) => { sla(d, 'availability').value = 99; }, nearIs: ['diff/sla-worse'] },
  { rule: 'diff/sla-added', change: (d) => { d.slaProperties.push({ property: 'retention', value: 1, unit: 'y' }); }, near: (d) => { d.slaProperties.push({ property: 'endOfLife', value: '2029-01-01' }); }, nearIs: ['diff/end-date-announced'] },
  { rule: 'diff/sla-changed', change: (d) => { sla(d, 'throughput').value = 'higher'; }, near: (d) => { sla(d, 'throughput').description = 'Peaks in December.'; }, nearIs: ['diff/meaning-added'] },

  // roles
  { rule: 'diff/role-removed', change: (d) => { drop(d.roles, 0); }, near: (d) => { d.roles.reverse(); }, nearIs: [] },
  { rule: 'diff/role-added', change: (d) => { d.roles.push({ role: 'auditor' }); }, near: (d) => { custom(finance(d), 'mesh.consumers').value.push('reports'); }, nearIs: ['diff/role-consumer-added'] },
  {
    rule: 'diff/role-columns-lost', change: (d) => { custom(finance(d), 'mesh.columns').value = ['order_id']; },
    near: (d) => { drop(d.schema[0].properties, 1); custom(finance(d), 'mesh.columns').value = ['order_id']; }, nearIs: ['diff/column-removed'],
  },
  { rule: 'diff/role-columns-gained', change: (d) => { custom(finance(d), 'mesh.columns').value.push('orders.status'); }, near: (d) => { custom(finance(d), 'mesh.columns').value.reverse(); }, nearIs: [] },
  { rule: 'diff/role-rows-narrowed', change: (d) => { custom(analyst(d), 'mesh.rowFilter').value = "country in ('DE')"; }, near: (d) => { custom(analyst(d), 'mesh.rowFilter').value = "country  in ( 'FR','DE' )"; }, nearIs: [] },
  { rule: 'diff/role-rows-widened', change: (d) => { dropCustom(analyst(d), 'mesh.rowFilter'); }, near: (d) => { custom(analyst(d), 'mesh.rowFilter').value += ' AND quantity > 1'; }, nearIs: ['diff/role-rows-narrowed'] },
  { rule: 'diff/role-consumer-removed', change: (d) => { custom(finance(d), 'mesh.consumers').value = ['ledger']; }, near: (d) => { custom(finance(d), 'mesh.consumers').value.reverse(); }, nearIs: [] },
  {
    rule: 'diff/role-consumer-ended', from: (d) => { d.slaProperties.push({ property: 'endOfLife', value: '2026-12-01' }); }, change: (d) => { custom(finance(d), 'mesh.consumers').value = ['ledger']; },
    near: (d) => { custom(finance(d), 'mesh.consumers').value.push('reports'); }, nearIs: ['diff/role-consumer-added'],
  },
  { rule: 'diff/role-consumer-added', change: (d) => { custom(finance(d), 'mesh.consumers').value.push('reports'); }, near: (d) => { custom(finance(d), 'mesh.consumers').value = ['audit']; }, nearIs: ['diff/role-consumer-removed'] },
  { rule: 'diff/role-terms-changed', change: (d) => { custom(finance(d), 'mesh.purpose').value = 'planning'; }, near: (d) => { finance(d).firstLevelApprovers = 'cfo'; }, nearIs: ['diff/documentation-changed'] },

  // classification and masking
  { rule: 'diff/classification-raised', change: (d) => { column(d, 'email').classification = 'restricted'; }, near: (d) => { column(d, 'status').classification = 'internal'; }, nearIs: [] },
  { rule: 'diff/classification-lowered', change: (d) => { column(d, 'status').classification = 'public'; }, near: (d) => { column(d, 'email').classification = 'restricted'; }, nearIs: ['diff/classification-raised'] },
  {
    rule: 'diff/masking-added', change: (d) => { column(d, 'country').classification = 'confidential'; }, also: ['diff/classification-raised'],
    near: (d) => { column(d, 'country').customProperties = [{ property: 'mesh.masking', value: 'none' }]; }, nearIs: [],
  },
  {
    rule: 'diff/masking-changed', change: (d) => { column(d, 'email').customProperties = [{ property: 'mesh.masking', value: 'redact' }]; },
    near: (d) => { column(d, 'email').customProperties = [{ property: 'mesh.masking', value: 'hash' }]; }, nearIs: [],
  },
  {
    rule: 'diff/masking-removed', change: (d) => { column(d, 'email').customProperties = [{ property: 'mesh.masking', value: 'none' }]; }, also: ['diff/role-columns-lost'],
    near: (d) => { column(d, 'email').customProperties = [{ property: 'mesh.masking', value: 'redact' }]; }, nearIs: ['diff/masking-changed'],
  },

  // interfaces
  { rule: 'diff/interface-removed', change: (d) => { drop(d.servers, 0); }, near: (d) => { d.servers[0].description = 'The lake.'; }, nearIs: ['diff/documentation-changed'] },
  { rule: 'diff/interface-changed', change: (d) => { d.servers[0].database = 'shop'; }, near: (d) => { d.servers.push({ server: 'shop', type: 'glue', account: '111111111111', database: 'shop' }); }, nearIs: ['diff/interface-added'] },
  {
    rule: 'diff/interface-added', change: (d) => { d.customProperties.push({ property: 'interfaces', value: ['sql'] }); },
    near: (d) => { d.customProperties.push({ property: 'interface', value: ['sql'] }); }, nearIs: ['diff/documentation-changed'],
  },

  // meaning
  { rule: 'diff/meaning-changed', change: (d) => { column(d, 'total_amount').description = 'In dollars.'; }, near: (d) => { column(d, 'total_amount').description = ' In\n euro.'; }, nearIs: [] },
  { rule: 'diff/meaning-added', change: (d) => { column(d, 'status').description = 'Where it is.'; }, near: (d) => { delete column(d, 'total_amount').description; }, nearIs: ['diff/meaning-changed'] },
  { rule: 'diff/grain-changed', change: (d) => { d.schema[0].dataGranularityDescription = 'one row per order line'; }, near: (d) => { d.schema[1].dataGranularityDescription = 'one row per country'; }, nearIs: ['diff/meaning-added'] },
  {
    rule: 'diff/term-changed', change: (d) => { column(d, 'total_amount').semanticType = 'dimension'; },
    near: (d) => { column(d, 'status').authoritativeDefinitions.push({ type: 'tutorial', url: 'https://wiki.shoply.example/how' }); }, nearIs: ['diff/meaning-added'],
  },
  { rule: 'diff/element-deprecated', change: (d) => { column(d, 'status').deprecated = true; }, near: (d) => { column(d, 'status').deprecated = false; }, nearIs: [] },
  { rule: 'diff/element-undeprecated', from: (d) => { d.schema[0].deprecated = true; }, change: (d) => { delete d.schema[0].deprecated; }, near: (d) => { d.schema[1].deprecated = true; }, nearIs: ['diff/element-deprecated'] },

  // the rest
  { rule: 'diff/support-removed', change: (d) => { drop(d.support, 0); }, near: (d) => { d.support.push({ channel: 'chat' }); }, nearIs: ['diff/documentation-changed'] },
  { rule: 'diff/price-changed', change: (d) => { d.price.priceAmount = 9; }, near: (d) => { d.price = { priceCurrency: 'EUR', priceAmount: 10 }; }, nearIs: [] },
  { rule: 'diff/tier-lowered', change: (d) => { custom(d, 'mesh.tier').value = 'edge'; }, near: (d) => { dropCustom(d, 'mesh.tier'); }, nearIs: [] },
  { rule: 'diff/tier-raised', change: (d) => { custom(d, 'mesh.tier').value = 'enterprise'; }, near: (d) => { custom(d, 'mesh.tier').value = 'edge'; }, nearIs: ['diff/tier-lowered'] },
  { rule: 'diff/residency-changed', change: (d) => { custom(d, 'mesh.residency').value.push('us-east-1'); }, near: (d) => { custom(d, 'mesh.residency').value = ['eu-central-1']; }, nearIs: [] },
  { rule: 'diff/documentation-changed', change: (d) => { d.tags.push('orders'); }, near: (d) => { d.version = '1.2.1'; }, nearIs: [] },
];
