import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type Problem } from '../../lib/contract/problem';
import { validatePaths } from '../../lib/plan/validate';
import { type SqlAnswer, type SqlChecker, type SqlItem } from '../../lib/plan/sql/sql-check';

/** The smallest contract that certifies, as the design has it. */
export const SMALLEST = `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
version: 1.0.0
status: draft
domain: sales
team: {name: sales-orders, members: [{username: orders-owner@shoply.com, role: owner}]}
schema:
  - name: orders
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, logicalType: string, primaryKey: true}
      - {name: total_amount, logicalType: number, physicalType: "decimal(12,2)"}
      - {name: customer_email, logicalType: string, classification: confidential, customProperties: [{property: mesh.masking, value: hash}]}
slaProperties: [{property: freshness, value: 6, unit: h}]
`;

export const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1}
environments: {prod: {production: true}}
domains: {sales: {account: "222222222222"}}
consumers: {reporting: {account: "333333333333"}}
`;

/** A mesh that has nothing to say of itself: its domain has an owner and a cost centre. */
export const OWNED_MESH = MESH.replace(/domains: .*/, 'domains: {sales: {account: "222222222222", owner: sales-data@shoply.com, costCentre: CC-1}}');

export const PIPELINE = `sources:
  orders_in: {files: {format: csv, path: landing/orders/}, columns: {order_id: string, total_amount: "decimal(12,2)", customer_email: string, updated_at: timestamp}}
tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw]}
`;

const folders: string[] = [];

/** A folder with these files, gone when the tests are done. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-plan-')));
  folders.push(root);
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), content);
  }
  return root;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
}

/** Validates a folder as a whole. */
export function problemsIn(root: string, options: { readonly sqlChecker?: SqlChecker } = {}): Problem[] {
  return validatePaths([], { cwd: root, root, sqlChecker: options.sqlChecker ?? new TrustingChecker() }).files.flatMap(({ problems }) => problems);
}

/** Finds nothing wrong with any SQL, and knows nothing of it but that columns may keep their names; counts how often it is asked. */
export class TrustingChecker implements SqlChecker {
  readonly calls: (readonly SqlItem[])[] = [];

  constructor(private readonly known: (item: SqlItem) => Partial<SqlAnswer> = () => ({})) {}

  check(items: readonly SqlItem[]): ReturnType<SqlChecker['check']> {
    this.calls.push(items);
    return { ok: true, answers: new Map(items.map((item) => [item.id, { ok: true, problems: [], tables: item.tables ?? [], columns: null, reads: {}, lineage: {}, perhaps: { '*': (item.tables ?? []).map((table) => `${table}.*`) }, ...this.known(item) }])) };
  }
}
