import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { meshHere } from '../cli/in-process';

export const root = path.resolve(__dirname, '../..');
const python = path.join(root, '.venv', 'bin', 'python');

interface Table { readonly table: string; readonly rowsIn: number; readonly rowsOut: number; readonly quarantined: number; readonly removed: number }
interface Check { readonly title: string; readonly severity: string; readonly failing: number; readonly passed: boolean }
export interface Run {
  readonly state: string;
  readonly tables: readonly Table[];
  readonly losses: readonly { readonly table: string; readonly kind: string; readonly rows: number; readonly reason: string }[];
  readonly certificate: { readonly verdict: string; readonly score: number; readonly checks: readonly Check[] } | null;
}
interface Shown { readonly tables: readonly { readonly table: string; readonly rows: readonly Record<string, unknown>[] }[] }

/** A copy of the example mesh, with a state of its own. */
export function clone(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-example-'));
  fs.cpSync(path.join(root, 'contracts'), path.join(folder, 'contracts'), { recursive: true });
  fs.copyFileSync(path.join(root, 'mesh.yaml'), path.join(folder, 'mesh.yaml'));
  return folder;
}

export async function json<T>(folder: string, ...args: string[]): Promise<T> {
  const { code, out, err } = await meshHere([...args, '--json'], folder);
  if (code !== 0) throw new Error(`mesh ${args.join(' ')} ended with ${code}\n${out}${err}`);
  return JSON.parse(out) as T;
}

/** How many orders there are: enough that each defect is planted, and each campaign has one. */
export const ORDERS = 2000;

export function generate(folder: string, ...more: string[]): { defects: Record<string, number>; expect: Record<string, number | string>; rows: Record<string, number> } {
  const done = spawnSync(python, [path.join(root, 'tools', 'examples', 'retail.py'), '--out', folder, '--orders', String(ORDERS), '--campaigns', '200', ...more], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as ReturnType<typeof generate>;
}

export const land = (folder: string, file: string, where: string): void => {
  fs.mkdirSync(path.join(folder, '.mesh', 'landing', where), { recursive: true });
  fs.copyFileSync(file, path.join(folder, '.mesh', 'landing', where, path.basename(file)));
};

/** [rows in, rows out, quarantined, removed] by table. */
export const counts = (run: Run): Record<string, number[]> =>
  Object.fromEntries(run.tables.map(({ table, rowsIn, rowsOut, quarantined, removed }) => [table, [rowsIn, rowsOut, quarantined, removed]]));

/** Of the checks that failed, how many rows broke them (or what a query gave). */
export const failures = (run: Run): Record<string, string> =>
  Object.fromEntries((run.certificate?.checks ?? []).filter((check) => !check.passed).map(({ title, severity }) => [title, severity]));

export const show = async (folder: string, product: string, table: string): Promise<readonly Record<string, unknown>[]> =>
  (await json<Shown>(folder, 'show', product, '--limit', '100000')).tables.find((shown) => shown.table.endsWith(`.${table}_v1`))!.rows;

/** All that a run says of itself: its quarantine, its records and its events. */
export async function told(folder: string, product: string): Promise<string> {
  const runs = path.join(folder, '.mesh', 'runs');
  const files = fs.readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('certificate.json')).map((name) => path.join(runs, name));
  const quarantine = await meshHere(['quarantine', product, '--json', '--limit', '1000'], folder);
  expect((JSON.parse(quarantine.out) as { groups: unknown[] }).groups).not.toEqual([]);
  return [quarantine.out, quarantine.err, (await meshHere(['quarantine', product, '--row', '1'], folder)).out,
    ...[...files, path.join(folder, '.mesh', 'events.jsonl')].map((file) => fs.readFileSync(file, 'utf8'))].join('\n');
}
