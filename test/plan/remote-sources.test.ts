import * as path from 'node:path';
import { compileProduct } from '../../lib/plan/compile-product';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, MESH, PIPELINE, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

const COLUMNS = 'columns: {order_id: string, total_amount: "decimal(12,2)", customer_email: string, updated_at: timestamp}';
const written = (source: string): string => PIPELINE.replace(/orders_in: .*/, `orders_in: {${source}, sample: orders.csv, ${COLUMNS}}`);
const folder = (source: string, mesh?: string): string => folderWith({
  'contracts/sales/orders.contract.yaml': SMALLEST, 'contracts/sales/orders.pipeline.yaml': written(source), 'contracts/sales/orders.csv': 'order_id\n',
  ...(mesh === undefined ? {} : { 'mesh.yaml': mesh }),
});
const said = (source: string, mesh?: string): string[] =>
  problemsIn(folder(source, mesh)).filter(({ id }) => /^pipeline\/(?!range)/.test(id)).map(({ id, message, remedy }) => `${id}: ${message} → ${remedy ?? ''}`);

afterAll(removeFolders);

describe('a source that is reached by a connection', () => {
  const TABLE = 'jdbc: {engine: postgresql, connection: shop, table: public.orders}';
  const SERVICE = 'http: {url: "https://api.shoply.example/orders", format: json';

  test.each([
    [TABLE],
    [`${SERVICE}, connection: shop-api, records: data.items, paginate: cursor, cursor: meta.next, parameter: after, since: from}, watermark: updated_at`],
    ['http: {url: "http://127.0.0.1:8080/orders", format: csv, paginate: link}'],
  ])('%s is valid', (source) => {
    expect(said(source)).toEqual([]);
  });

  test.each([
    ['jdbc: {engine: oracle, connection: shop, table: ORDERS}', 'of databases, only PostgreSQL can be read yet → have it delivered to the landing prefix'],
    ['stream: {kind: kinesis, name: orders}', 'Amazon Data Firehose does that without code'],
    ['stream: {kind: kafka, name: orders}', 'a sink connector for S3 does that'],
    ['http: {url: "http://api.shoply.example/orders", format: json}', 'http is only for services on this machine'],
    ['http: {url: "https://me:secret@api.shoply.example/orders", format: json}', 'a URL must not carry a password'],
    ['http: {url: "https://api.shoply.example/orders", format: csv, records: data}', '`records` means nothing for csv → remove it'],
    [`${SERVICE}, paginate: cursor}`, 'nothing says how to ask for the next page → write `cursor: …`'],
    [`${SERVICE}, cursor: next}`, '`cursor` means nothing without `paginate: cursor`'],
    [`${SERVICE}, since: from}`, '`since` takes the watermark, but the source has none'],
    ['jdbc: {engine: postgresql, connection: "Shop!", table: orders}', 'pipeline/pattern'],
  ])('%s is refused with what to do', (source, expected) => {
    const problems = said(source);
    expect(problems.some((problem) => problem.includes(expected)) ? expected : problems).toEqual(expected);
    expect(problems.join()).not.toContain('secret');
  });

  test('is warned of where its domain has no way to it', () => {
    const networked = (network: string): string => MESH.replace('222222222222"', `222222222222", network: ${network}`);
    const warnings = (source: string, mesh: string): string[] => said(source, mesh).filter((text) => text.startsWith('pipeline/no-network'));
    expect(warnings(TABLE, MESH)).toEqual(['pipeline/no-network: `orders_in` cannot be reached on AWS: mesh.yaml gives `sales` no network for its jobs → ask the platform team to add `network` to domains.sales']);
    expect(warnings(TABLE, networked('{cidr: 10.0.0.0/20}'))).toEqual([]);
    expect(warnings(`${SERVICE}}`, networked('{cidr: 10.0.0.0/20}'))[0]).toContain('has no way to the internet → ask the platform team to add `natGateways: 1`');
    for (const network of ['{cidr: 10.0.0.0/20, natGateways: 1}', '{vpc: vpc-0a1b2c3d}']) expect(warnings(`${SERVICE}}`, networked(network))).toEqual([]);
  });

  test.each([
    ['updated_at', 900], ['{column: updated_at, overlap: 2h}', 7200], ['{column: updated_at}', 900],
  ])('reads again in a delta what open transactions may have left: watermark %s', (watermark, overlapSeconds) => {
    const root = folder(`${TABLE}, watermark: ${watermark}`);
    const compiled = compileProduct(new Workspace(root), path.join(root, 'contracts/sales/orders.contract.yaml'));
    expect(compiled).toMatchObject({ plan: { sources: [{
      kind: 'remote', connector: 'jdbc', watermark: { column: 'updated_at', overlapSeconds }, options: { engine: 'postgresql', connection: 'shop', table: 'public.orders' },
    }] } });
  });
});
