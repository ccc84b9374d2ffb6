import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import * as yaml from 'js-yaml';
import { type Contract } from '../../../lib/contract/contract';
import { loadContract } from '../../../lib/contract/load-contract';
import { loadVocabulary, type Vocabulary } from '../../../lib/contract/vocabulary';
import { loadMesh, type Mesh } from '../../../lib/plan/mesh/mesh';
import { signedDigest } from '../../../lib/plan/signoff/signed-content';
import { SIGNOFF_PARTS } from '../../../lib/plan/signoff/signoff-parts';
import { folderWith, MESH, removeFolders } from '../mesh-folder';

afterAll(removeFolders);

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
name: Orders
version: 1.2.3
status: active
domain: sales
tenant: shoply
description: {purpose: Every order., usage: Revenue.}
tags: [orders]
team: {name: sales-orders, members: [{username: orders-owner@shoply.com, role: owner}]}
support: [{channel: sales-data, url: "https://shoply.com/help"}]
servers: [{server: lake, type: glue, account: "222222222222", database: sales}]
schema:
  - name: orders
    businessName: Order
    physicalName: orders_v1
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, logicalType: string, primaryKey: true, description: Its number.}
      - name: customer_email
        logicalType: string
        classification: confidential
        customProperties: [{property: mesh.masking, value: hash}, {property: origin, value: shop}]
      - name: address
        logicalType: object
        physicalName: addr
        properties: [{name: street, logicalType: string, classification: restricted}, {name: city, logicalType: string}]
      - {name: amount, logicalType: number, physicalType: "decimal(12,2)", quality: [{metric: nullValues, mustBe: 0}]}
roles:
  - role: analyst
    access: read
    customProperties: [{property: mesh.clearance, value: internal}, {property: mesh.consumers, value: [reporting]}]
slaProperties: [{property: freshness, value: 6, unit: h}]
customProperties: [{property: mesh.tier, value: enterprise}, {property: mesh.residency, value: [eu-west-1]}, {property: shelf, value: a}]
`;
const VOCABULARY = 'terms: {Order: {definition: What a customer asked for., owner: sales}, Refund: {definition: Money back.}}';

const root = folderWith({ 'mesh.yaml': MESH, 'vocabulary.yaml': VOCABULARY });
let files = 0;
function contractOf(text: string): Contract | undefined {
  const file = path.join(root, `${files += 1}.yaml`);
  fs.writeFileSync(file, text);
  const loaded = loadContract(file);
  return loaded.ok ? loaded.contract : undefined;
}

function meshOf(text: string): Mesh {
  fs.writeFileSync(path.join(root, 'mesh.yaml'), text);
  const loaded = loadMesh(path.join(root, 'mesh.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.mesh;
}

function vocabularyOf(text: string): Vocabulary {
  fs.writeFileSync(path.join(root, 'vocabulary.yaml'), text);
  const loaded = loadVocabulary(path.join(root, 'vocabulary.yaml'));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.vocabulary;
}

const around = { mesh: meshOf(MESH), vocabulary: vocabularyOf(VOCABULARY) };
const digests = (contract: Contract, where = around): string[] => SIGNOFF_PARTS.map((part) => signedDigest(contract, part, where));
const original = contractOf(CONTRACT)!;
const before = digests(original);
const changed = (after: readonly string[]): string[] => SIGNOFF_PARTS.filter((_part, index) => after[index] !== before[index]);

describe('what is signed', () => {
  test('does not change with formatting, comments or the order of fields', () => {
    const document = yaml.load(CONTRACT) as object;
    fc.assert(fc.property(fc.infiniteStream(fc.nat(1000)), fc.constantFrom(0, 2, 4), fc.constantFrom(-1, 0, 2, 9), fc.boolean(), (numbers: Iterator<number>, indent, flow, comments) => {
      const shuffled = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(shuffled);
        if (typeof value !== 'object' || value === null) return value;
        const fields = Object.entries(value).map(([name, inner]) => ({ name, inner: shuffled(inner), at: numbers.next().value as number }));
        return Object.fromEntries(fields.sort((a, b) => a.at - b.at).map(({ name, inner }) => [name, inner]));
      };
      const text = indent === 0 ? JSON.stringify(shuffled(document)) : yaml.dump(shuffled(document), { indent, flowLevel: flow });
      const said = comments && indent !== 0 ? text.split('\n').map((line) => `${/^\s*[\w-]+:( \S|$)/.test(line) && flow === -1 ? '# a comment\n' : ''}${line}`).join('\n') : text;
      expect(digests(contractOf(said)!)).toEqual(before);
    }), { numRuns: 25 });
  });

  test.each<[string, readonly string[], (text: string) => string]>([
    ['the description of a column', ['owner'], (text) => text.replace('Its number.', 'Its id.')],
    ['a type', ['owner'], (text) => text.replace('decimal(12,2)', 'decimal(14,2)')],
    ['a quality rule', ['owner'], (text) => text.replace('metric: nullValues, mustBe: 0', 'metric: nullValues, mustBeLessThan: 3')],
    ['the order of columns', ['owner'], (text) => text.replace(/( {6}- \{name: order_id.*\n)([\s\S]*?)(roles:)/, '$2$1$3')],
    ['a property of their own', ['owner'], (text) => text.replace('value: shop', 'value: web')],
    ['who owns it', ['owner'], (text) => text.replace('orders-owner@', 'new-owner@')],
    ['a class', ['security'], (text) => text.replace('classification: confidential', 'classification: restricted')],
    ['the class of a field within a column', ['security'], (text) => text.replace('classification: restricted', 'classification: confidential')],
    ['a class that is no longer written', ['security'], (text) => text.replace('        classification: confidential\n', '')],
    ['masking', ['security'], (text) => text.replace('mesh.masking, value: hash', 'mesh.masking, value: redact')],
    ['masking where there was none', ['security'], (text) => text.replace('name: amount, ', 'name: amount, customProperties: [{property: mesh.masking, value: redact}], ')],
    ['a clearance', ['security'], (text) => text.replace('mesh.clearance, value: internal', 'mesh.clearance, value: confidential')],
    ['a role', ['security', 'platform'], (text) => text.replace('role: analyst', 'role: scientist')],
    ['where data may live', ['security'], (text) => text.replace('value: [eu-west-1]', 'value: [eu-west-1, eu-west-3]')],
    ['a service level', ['platform'], (text) => text.replace('value: 6, unit: h', 'value: 12, unit: h')],
    ['who has a role', ['platform'], (text) => text.replace('[reporting]', '[reporting, finance]')],
    ['a role that nobody has any more', ['platform'], (text) => text.replace(', {property: mesh.consumers, value: [reporting]}', '')],
    ['a physical name', ['platform'], (text) => text.replace('physicalName: addr', 'physicalName: address')],
    ['the tier', ['platform'], (text) => text.replace('value: enterprise', 'value: edge')],
    ['a major version', ['platform'], (text) => text.replace('1.2.3', '2.0.0')],
    ['the name of a column, which everybody signs who says something of it', ['owner', 'security'], (text) => text.replace('name: amount', 'name: total')],
    ['a column more', ['owner', 'security'], (text) => text.replace('      - {name: amount', '      - {name: note, logicalType: string}\n      - {name: amount')],
    ['the status', [], (text) => text.replace('status: active', 'status: deprecated')],
    ['a minor version', [], (text) => text.replace('1.2.3', '1.3.0')],
  ])('a change of %s is a change for %p', (_what, parts, edit) => {
    expect(edit(CONTRACT)).not.toBe(CONTRACT);
    expect(changed(digests(contractOf(edit(CONTRACT))!))).toEqual(parts);
  });

  test('every value of a contract is somebody\'s, but for what changes with each release', () => {
    const document = yaml.load(CONTRACT) as Record<string, unknown>;
    const unsigned: string[] = [];
    let valid = 0;
    for (const leaf of leaves(document)) {
      const copy = structuredClone(document);
      const parent = leaf.slice(0, -1).reduce<Record<string | number, unknown>>((value, step) => value[step] as Record<string | number, unknown>, copy);
      const last = leaf[leaf.length - 1];
      const value = parent[last];
      parent[last] = typeof value === 'string' ? ANOTHER[value] ?? `${value}x` : typeof value === 'number' ? value + 1 : !value;
      const contract = contractOf(JSON.stringify(copy));
      if (contract === undefined) continue;
      valid += 1;
      if (changed(digests(contract)).length === 0) unsigned.push(leaf.join('.'));
    }
    expect(valid).toBeGreaterThan(40);
    expect(unsigned).toEqual(['version', 'status']);
  });

  test('is open by the default of a domain only if that was signed', () => {
    expect(changed(digests(original, { ...around, mesh: meshOf(MESH.replace('{account: "222222222222"}', '{account: "222222222222", classification: public}')) }))).toEqual(['security']);
    expect(changed(digests(original, { ...around, mesh: meshOf(MESH.replace('{account: "222222222222"}', '{account: "222222222222", region: us-east-1}')) }))).toEqual(['security']);
  });

  test('is the meaning of the terms that the contract names, and of no others', () => {
    const speaking = (text: string): string[] => changed(digests(original, { ...around, vocabulary: vocabularyOf(text) }));
    expect(speaking(VOCABULARY.replace('asked for', 'paid for'))).toEqual(['owner']);
    expect(speaking(VOCABULARY.replace('Money back', 'Money returned'))).toEqual([]);
    expect(speaking(VOCABULARY.replace('owner: sales', 'owner: marketing'))).toEqual([]);
  });
});

/** Where any other text would be no value. */
const ANOTHER: Readonly<Record<string, string>> = { '1.2.3': '1.2.4', hash: 'redact' };

function leaves(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([step, inner]) => leaves(inner, [...at, Array.isArray(value) ? Number(step) : step]));
}
