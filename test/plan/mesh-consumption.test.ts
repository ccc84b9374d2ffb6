import * as path from 'node:path';
import { type Contract } from '../../lib/contract/contract';
import { lintContract } from '../../lib/contract/lint/lint-contract';
import { parseContract } from '../../lib/contract/load-contract';
import { loadMesh, type Mesh } from '../../lib/plan/mesh/mesh';
import { checkMesh } from '../../lib/plan/mesh/mesh-checks';
import { rolesOf } from '../../lib/plan/mesh/mesh-consumers';
import { networkIn } from '../../lib/plan/warehouse-network';
import { folderWith, removeFolders, SMALLEST } from './mesh-folder';

afterAll(removeFolders);

const SUBNETS = 'subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d, subnet-2a1b2c3d]';
const LEAST = `{network: {vpc: vpc-0a1b2c3d, ${SUBNETS}}, monthlyLimit: 40}`;
const ALL = `{network: {prod: {vpc: vpc-0a1b2c3d, ${SUBNETS}, clients: [10.20.0.0/16]}, dev: {vpc: vpc-0d1b2c3d, ${SUBNETS}}}, capacity: 16, monthlyLimit: 200, marts: [dp_sales_orders], refreshHours: 1}`;

function loaded(consumer: string): ReturnType<typeof loadMesh> {
  const root = folderWith({ 'mesh.yaml': `name: shoply
platform: {account: "111111111111", region: eu-west-1}
environments: {prod: {production: true}, dev: {}}
domains: {sales: {account: "222222222222", owner: sales@shoply.com, costCentre: CC-1}}
consumers:
  reporting: {account: "666666666666", ${consumer}}
` });
  return loadMesh(path.join(root, 'mesh.yaml'), 'mesh.yaml');
}

function meshOf(consumer: string): Mesh {
  const read = loaded(consumer);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.mesh;
}

describe('a warehouse and dashboards in mesh.yaml', () => {
  test.each([['the least', `warehouse: ${LEAST}, dashboards: {groups: [default/board]}`], ['all of it', `warehouse: ${ALL}, dashboards: {groups: [default/board, default/reporting], identityRegion: us-east-1}`]])('are taken: %s', (_what, consumer) => {
    expect(checkMesh(meshOf(consumer)).problems()).toEqual([]);
  });

  test('have a role each, and nothing else has one', () => {
    const roles = (consumer: string): string[] => rolesOf(meshOf(consumer).consumers().reporting);
    expect(roles(`warehouse: ${LEAST}`)).toEqual(['analyst', 'etl', 'bi', 'warehouse']);
    expect(roles('roles: [analyst], dashboards: {groups: [default/board]}')).toEqual(['analyst', 'bi']);
    expect(roles('roles: [etl]')).toEqual(['etl']);
  });

  test('are in one network, or in one for each environment', () => {
    const vpcs = (written: string): unknown[] => ['prod', 'dev'].map((environment) => networkIn(meshOf(`warehouse: ${written}`).consumers().reporting.warehouse!, environment)?.vpc);
    expect([vpcs(LEAST), vpcs(ALL)]).toEqual([['vpc-0a1b2c3d', 'vpc-0a1b2c3d'], ['vpc-0a1b2c3d', 'vpc-0d1b2c3d']]);
  });

  test.each<[wrong: string, path: string]>([
    [`warehouse: {network: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]}, monthlyLimit: 40}`, 'consumers.reporting.warehouse.network'],
    [`warehouse: {network: {vpc: vpc-0a1b2c3d, ${SUBNETS}, clients: [0.0.0.0/0]}, monthlyLimit: 40}`, 'consumers.reporting.warehouse.network'],
    [`warehouse: ${LEAST.replace('monthlyLimit: 40', 'capacity: 8')}`, 'consumers.reporting.warehouse'],
    [`warehouse: ${LEAST.replace('}, monthly', '}, capacity: 12, monthly')}`, 'consumers.reporting.warehouse.capacity'],
    [`warehouse: ${LEAST.replace('}, monthly', '}, marts: [orders], monthly')}`, 'consumers.reporting.warehouse.marts[0]'],
    [`warehouse: ${LEAST.replace('}, monthly', '}, refreshHours: 0, monthly')}`, 'consumers.reporting.warehouse.refreshHours'],
    ['dashboards: {groups: [analysts]}', 'consumers.reporting.dashboards.groups[0]'],
    ['dashboards: {groups: []}', 'consumers.reporting.dashboards.groups'],
  ])('are refused where they stand: %s', (wrong, where) => {
    const read = loaded(wrong);
    expect(read.ok ? [] : read.problems.map((problem) => problem.path)).toEqual([expect.stringContaining(where)]);
  });

  test('are refused with a network for an environment that there is none of, or without one for one that there is', () => {
    expect(checkMesh(meshOf(`warehouse: ${ALL.replace('dev:', 'test:')}`)).problems().map(({ id, message }) => `${id}: ${message}`)).toEqual([
      'mesh/unknown-environment: there is no network for the environment `dev`', 'mesh/unknown-environment: there is no environment `test`',
    ]);
  });
});

test('a contract gives leave to keep copies by true or false, on a role', () => {
  const said = (text: string): string[] => lintContract((parseContract(`${SMALLEST}${text}`, 'orders.contract.yaml') as { contract: Contract }).contract, 'internal').problems()
    .filter(({ id }) => id.includes('mesh-property')).map(({ id, expected }) => `${id} ${expected}`);
  const role = (value: string): string => `roles: [{role: analyst, access: read, customProperties: [{property: mesh.copies, value: ${value}}]}]\n`;
  expect([said(role('true')), said(role('false'))]).toEqual([[], []]);
  expect(said(role('redshift'))).toEqual(['lint/mesh-property-value true or false']);
  expect(said('customProperties: [{property: mesh.copies, value: true}]\n')).toEqual(['lint/misplaced-mesh-property on a role']);
});
