/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access,
   @typescript-eslint/no-unsafe-argument -- a case reaches anywhere into a document */
import { type Contract } from '../../../lib/contract/contract';
import { type DiffContext, type DiffSide } from '../../../lib/contract/diff/context';
import { parseContract } from '../../../lib/contract/load-contract';
import { type Vocabulary } from '../../../lib/contract/vocabulary';

/** A document that a case changes: loosely typed, as its author sees it. */
export type Draft = any;

/** A contract with something of everything that consumers rely on. */
export function example(): Draft {
  return {
    apiVersion: 'v3.2.0', kind: 'DataContract', id: 'dp_sales_orders', version: '1.2.0', status: 'active', domain: 'sales',
    description: { purpose: 'What was ordered.', limitations: 'Test orders are in it.' },
    servers: [{ server: 'lake', type: 'glue', account: '111111111111', database: 'sales' }],
    schema: [{
      id: 'orders_table', name: 'orders', description: 'Orders of the shop.', dataGranularityDescription: 'one row per order', businessName: 'Order',
      properties: [
        { name: 'order_id', logicalType: 'string', primaryKey: true },
        { id: 'total', name: 'total_amount', logicalType: 'number', physicalType: 'decimal(12,2)', required: true, logicalTypeOptions: { minimum: 0, maximum: 5000 }, description: 'In euro.', semanticType: 'measure' },
        { name: 'quantity', logicalType: 'integer', physicalType: 'int', unique: true },
        { name: 'status', logicalType: 'string', enum: [{ value: 'paid' }, { value: 'sent' }], authoritativeDefinitions: [{ type: 'businessDefinition', url: 'https://wiki.shoply.example/status' }] },
        { name: 'email', logicalType: 'string', classification: 'confidential', logicalTypeOptions: { maxLength: 80, format: 'email' } },
        { name: 'ordered_on', logicalType: 'date', partitioned: true, partitionKeyPosition: 1 },
        { name: 'country', logicalType: 'string', relationships: [{ to: 'countries.code' }] },
        { name: 'address', logicalType: 'object', properties: [{ name: 'city', logicalType: 'string' }, { name: 'zip', logicalType: 'string' }] },
        { name: 'lines', logicalType: 'array', items: { logicalType: 'object', properties: [{ name: 'sku', logicalType: 'string' }, { name: 'price', logicalType: 'number' }] } },
      ],
      quality: [
        { name: 'mostly paid', type: 'sql', query: 'SELECT 100.0 * count(*) FROM ${object}', mustBeGreaterThan: 90, severity: 'critical' },
        { name: 'enough rows', metric: 'rowCount', mustBeGreaterThan: 100, severity: 'warning' },
      ],
    }, { name: 'countries', properties: [{ name: 'code', logicalType: 'string', primaryKey: true }] }],
    roles: [
      { role: 'analyst', access: 'read', customProperties: [{ property: 'mesh.clearance', value: 'internal' }, { property: 'mesh.rowFilter', value: "country IN ('DE', 'FR')" }] },
      { role: 'finance', customProperties: [{ property: 'mesh.columns', value: ['order_id', 'total_amount'] }, { property: 'mesh.consumers', value: ['ledger', 'audit'] }, { property: 'mesh.purpose', value: 'closing the books' }] },
    ],
    slaProperties: [
      { property: 'freshness', value: 6, unit: 'h' }, { property: 'availability', value: 99.5, unit: 'percent' }, { property: 'throughput', value: 'high' },
      { property: 'endOfSupport', value: '2027-06-30' },
    ],
    support: [{ channel: 'help', url: 'https://help.shoply.example' }],
    price: { priceAmount: 10, priceCurrency: 'EUR' },
    tags: ['shop'],
    customProperties: [
      { property: 'mesh.noticePeriod', value: '90d' }, { property: 'mesh.tier', value: 'domain' }, { property: 'mesh.residency', value: ['eu-central-1'] },
    ],
  };
}

export function contractOf(document: Draft, file = 'orders.contract.yaml'): Contract {
  const loaded = parseContract(JSON.stringify(document, undefined, 1), file);
  if (!loaded.ok) throw new Error(`the standard refuses it: ${JSON.stringify(loaded.problems[0])}`);
  return loaded.contract;
}

/** The example, changed. */
export function exampleWith(...changes: readonly ((document: Draft) => void)[]): Draft {
  const document = example();
  for (const change of changes) change(document);
  return document;
}

export const TODAY = '2026-12-01';

export function surroundings(vocabulary?: Vocabulary): DiffSide {
  return { classification: () => 'internal', vocabulary };
}

export const CONTEXT: DiffContext = { base: surroundings(), head: surroundings(), today: TODAY };

/** A column of the table of orders. */
export const column = (document: Draft, name: string): Draft => document.schema[0].properties.find((each: Draft) => each.name === name);
export const drop = (list: Draft[], index: number): Draft => list.splice(index, 1)[0];
/** A custom property by its name, of the contract or of one of its roles. */
export const custom = (owner: Draft, name: string): Draft => owner.customProperties.find(({ property }: Draft) => property === name);
export const dropCustom = (owner: Draft, name: string): void => void drop(owner.customProperties, owner.customProperties.findIndex(({ property }: Draft) => property === name));
