// What benches run on: rows, meshes and contracts, made in .bench and, where they are dear, kept there.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, run } = require('../setup');
const { bench, count, python } = require('./measuring');

function makeOrders(folder, rows) {
  const target = path.join(bench, folder);
  const done = path.join(target, 'rows');
  if (fs.existsSync(done) && fs.readFileSync(done, 'utf8') === String(rows)) return target;
  fs.rmSync(target, { recursive: true, force: true });
  const make = [path.join(root, 'tools', 'examples', 'retail.py'), '--campaigns', '1000', '--days', '20'];
  run(`generating ${count(rows)} orders`, python, [...make, '--out', path.join(target, 'orders'), '--orders', String(rows), '--tables', 'orders', '--format', 'parquet']);
  run('generating 1000 campaigns', python, [...make, '--out', path.join(target, 'campaigns'), '--orders', '1000', '--tables', 'campaigns']);
  fs.writeFileSync(done, String(rows));
  return target;
}

/** Deltas, each of one of so many parts of the orders of the last three days. */
function makeDeltas(orders, parts = 3) {
  const delta = path.join(bench, 'delta');
  fs.rmSync(delta, { recursive: true, force: true });
  run('writing the changed orders of three days', python, [path.join(__dirname, 'delta.py'), orders, delta, String(parts)]);
  return fs.readdirSync(delta).sort().map((part) => path.join(delta, part));
}

/** A copy of the benchmark's mesh, without state. */
function freshMesh(name) {
  const folder = path.join(bench, name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(path.join(__dirname, 'mesh'), folder, { recursive: true });
  return folder;
}

function emptyFolder(name) {
  const out = path.join(bench, name);
  const clean = () => { fs.rmSync(out, { recursive: true, force: true }); fs.mkdirSync(out, { recursive: true }); };
  clean();
  return { out, clean };
}

/** Two contracts of 500 columns: a tenth of the columns is gone, another says something else, another became required. */
function wideContracts(name) {
  const folder = path.join(bench, name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const types = ['string', 'integer', 'number', 'timestamp', 'date', 'boolean'];
  const write = (file, version, change) => fs.writeFileSync(path.join(folder, file), [
    'apiVersion: v3.1.0', 'kind: DataContract', 'id: dp_sales_wide', `version: ${version}`, 'status: active', 'domain: sales',
    'team: {name: wide, members: [{username: owner@shoply.com, role: owner}]}', 'schema:', '  - name: wide', '    dataGranularityDescription: one row per thing', '    properties:',
    ...Array.from({ length: 500 }, (_, i) => change({ name: `column_${i}`, logicalType: types[i % 6], description: `What column ${i} holds.`, businessName: `Column ${i}`, ...(i === 0 && { primaryKey: true }) }, i))
      .filter((column) => column !== undefined).flatMap((column) => Object.entries(column).map(([field, value], at) => `${at === 0 ? '      - ' : '        '}${field}: ${value}`)),
    '',
  ].join('\n'));
  write('before.contract.yaml', '1.0.0', (column) => column);
  const changes = [() => undefined, (column) => ({ ...column, description: 'Something else.' }), (column) => ({ ...column, required: true })];
  write('after.contract.yaml', '2.0.0', (column, i) => (changes[i % 10] ?? ((same) => same))(column));
  return folder;
}

/** A mesh of some domains with as many contracts of 110 lines. */
function manyContracts(name, count, inDomains = 20) {
  const folder = path.join(bench, name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const account = (i) => `"${String(i).padStart(12, '1')}"`;
  const domains = Array.from({ length: inDomains }, (_, i) => `  domain${i}: {account: ${account(i)}, owner: domain${i}@shoply.com, costCentre: CC-${i}}`);
  fs.writeFileSync(path.join(folder, 'mesh.yaml'), ['name: shoply', `platform: {account: ${account(99)}, region: eu-west-1}`, 'environments: {prod: {production: true}}', 'domains:', ...domains, ''].join('\n'));
  const template = fs.readFileSync(path.join(__dirname, 'contract-template.yaml'), 'utf8');
  for (let i = 0; i < count; i += 1) {
    const domain = `domain${i % inDomains}`;
    fs.mkdirSync(path.join(folder, 'contracts', domain), { recursive: true });
    fs.writeFileSync(path.join(folder, 'contracts', domain, `entity${i}.contract.yaml`), template.replaceAll('{domain}', domain).replaceAll('{entity}', `entity${i}`));
  }
  return folder;
}

module.exports = { emptyFolder, freshMesh, makeDeltas, makeOrders, manyContracts, wideContracts };
