import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { initShape, quarantineShape, runShape } from '../../lib/cli/json-shapes';
import { freshFolder, ROOT, write } from './built-mesh';
import { meshHere as mesh } from './in-process';

const read = (cwd: string, file: string): string => fs.readFileSync(path.join(cwd, file), 'utf8');
const EXPORT = 'Order ID;Ordered On;Amount;E-Mail\n' + Array.from({ length: 20 }, (_, at) => `ORD-${100 + at};${10 + at}/03/2025;${at},50;user${at}@shoply.example`).join('\n').replaceAll(',50', '.50') + '\n';

describe('mesh init --from', () => {
  test('drafts from CSV what validates, runs and certifies as it is', async () => {
    const cwd = freshFolder();
    write(cwd, { 'data/Order Export.csv': EXPORT });
    const drafted = await mesh(['init', 'sales', 'orders', '--from', 'data/Order Export.csv', '--json'], cwd);
    expect(drafted).toMatchObject({ code: 0, err: '' });
    const { product, files, guessed } = initShape.parse(JSON.parse(drafted.out));
    expect({ product, files }).toEqual({ product: 'dp_sales_orders', files: ['contracts/sales/orders.contract.yaml', 'contracts/sales/orders.pipeline.yaml'] });
    for (const { file, line, guess } of guessed) expect(read(cwd, file).split('\n')[line - 1]).toContain(`# guessed: ${guess}`);
    const contract = read(cwd, files[0]);
    expect(contract).toMatch(/- name: order_id\n.*string.*\n.*primaryKey: true {2}# guessed: unique in 20 rows/);
    expect(contract).toMatch(/- name: ordered_on\n +logicalType: date {2}# guessed/);
    expect(contract).toMatch(/- name: amount[^-]+physicalType: "decimal\(12,2\)"[^-]+minimum: 0\} {2}# guessed/);
    expect(contract).toMatch(/- name: e_mail[^-]+classification: confidential {2}# guessed/);
    expect(files.map((file) => read(cwd, file)).join('')).not.toMatch(/user\d+@/);
    expect(await mesh(['validate'], cwd)).toMatchObject({ code: 0, err: '' });
    const ran = runShape.parse(JSON.parse((await mesh(['run', 'sales/orders', '--json'], cwd)).out));
    expect({ state: ran.state, rows: ran.tables.map(({ rowsOut }) => rowsOut) }).toEqual({ state: 'published', rows: [20, 20] });
    expect(quarantineShape.parse(JSON.parse((await mesh(['quarantine', 'sales/orders', '--json'], cwd)).out)).groups).toEqual([]);
  });

  test('from nested JSON lines that lie outside the mesh, and says how to run with them', async () => {
    const cwd = freshFolder();
    const sample = path.join(ROOT, 'contracts', 'sales', 'samples', 'payments.jsonl');
    const { code, out } = await mesh(['init', 'sales', 'payments', '--from', sample], cwd);
    expect(code).toBe(0);
    expect(out).toMatch(/mesh run sales\/payments --input landing=\S+payments\.jsonl/);
    expect(read(cwd, 'contracts/sales/payments.contract.yaml')).toMatch(/logicalType: array {2}# guessed: from the values\n +physicalType: "array<struct</);
    expect(read(cwd, 'contracts/sales/payments.pipeline.yaml')).not.toContain('sample:');
    expect(await mesh(['validate'], cwd)).toMatchObject({ code: 0, err: '' });
    expect(await mesh(['run', 'sales/payments', '--input', `landing=${sample}`], cwd)).toMatchObject({ code: 0 });
  });

  test('from Parquet, with the types of the file', async () => {
    const cwd = freshFolder();
    execFileSync(path.join(ROOT, '.venv', 'bin', 'python'), ['-c', 'import duckdb; duckdb.sql("COPY (SELECT i AS id, CAST(i AS DECIMAL(9,3)) AS price, DATE \'2025-01-01\' + CAST(i AS INTEGER) AS day, [i, i + 1] AS parts FROM range(30) t(i)) TO \'things.parquet\'")'], { cwd });
    expect(await mesh(['init', '--from', 'things.parquet'], cwd)).toMatchObject({ code: 0 });
    const [domain] = fs.readdirSync(path.join(cwd, 'contracts'));
    const contract = read(cwd, `contracts/${domain}/things.contract.yaml`);
    expect(contract).toContain(`domain: ${domain}  # guessed: the name of the folder`);
    expect(contract).toContain('physicalType: "decimal(9,3)"');
    expect(contract).toContain('physicalType: "array<bigint>"');
    expect(await mesh(['validate'], cwd)).toMatchObject({ code: 0, err: '' });
    expect(await mesh(['run', 'things'], cwd)).toMatchObject({ code: 0 });
  });

  test('takes the only domain of mesh.yaml where none is named', async () => {
    const cwd = freshFolder();
    write(cwd, { 'export.csv': EXPORT, 'mesh.yaml': 'name: shoply\nplatform: {account: "111111111111", region: eu-central-1}\nenvironments: {prod: {production: true}}\ndomains:\n  sales: {account: "222222222222"}\n' });
    await mesh(['init', '--from', 'export.csv'], cwd);
    expect(read(cwd, 'contracts/sales/export.contract.yaml')).toContain('domain: sales  # guessed: the only domain of mesh.yaml');
    expect(await mesh(['validate'], cwd)).toMatchObject({ code: 0 });
  });

  test.each<[string, string | Buffer, number]>([['broken.json', '{"a": [1,', 1], ['empty.csv', '', 1], ['noise.parquet', Buffer.from([0, 1, 2, 3]), 1]])('says why %s cannot be read, and writes nothing', async (name, content, exit) => {
    const cwd = freshFolder();
    fs.writeFileSync(path.join(cwd, name), content);
    const { code, out, err } = await mesh(['init', 'sales', 'orders', '--from', name], cwd);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(name);
    expect(fs.readdirSync(cwd)).not.toContain('contracts');
  });

  test('says when there is no such file', async () => {
    expect(await mesh(['init', 'sales', 'orders', '--from', 'nope.csv'], freshFolder())).toMatchObject({ code: 2, err: '✖ --from nope.csv: there is no such file\n' });
  });
});
