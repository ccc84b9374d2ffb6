import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { root } from './example-mesh';

const SAMPLES = { 'sales/orders-v1/orders': 'sales/samples/orders.csv', 'sales/orders-v1/payments': 'sales/samples/payments.jsonl', 'operations/airports-v1/airports': 'operations/samples/airports.csv' };

/** What `npm start` does, in a folder of its own and with the samples of the contracts: everything that it says. */
function start(folder: string, landing: string): string {
  const script = 'const [folder, landing] = process.argv.slice(1); require("./tools/local-aws/example").deployExample(folder, landing, { port: 4693 }).catch((error) => { console.error(error.message); process.exitCode = 1; })';
  const done = spawnSync(process.execPath, ['-e', script, folder, landing], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  const said = `${done.stdout}${done.stderr}`;
  expect({ status: done.status, said: done.status === 0 ? '' : said }).toEqual({ status: 0, said: '' });
  return said;
}

function isSynthesised(folder: string): boolean {
  const script = 'const { Deployment } = require("./tools/local-aws/deployment"); console.log(new Deployment({ folder: process.argv[1] }).isSynthesised())';
  return execFileSync(process.execPath, ['-e', script, folder], { cwd: root, encoding: 'utf8' }).trim() === 'true';
}

test('npm start takes a retail and an aviation product from nothing to rows that a consumer reads, and has nothing to do when it is run again', () => {
  execFileSync(process.execPath, ['-e', 'const build = require("./tools/build"); build.buildCli(); build.buildApp()'], { cwd: root });
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-start-'));
  const [folder, landing] = [path.join(work, 'shop'), path.join(work, 'landing')];
  for (const [to, sample] of Object.entries(SAMPLES)) fs.cpSync(path.join(root, 'contracts', sample), path.join(landing, to, path.basename(sample)));
  try {
    const first = start(folder, landing);
    expect(first).toMatch(/✔ running sales\/orders through its state machine 45 rows in, certified, score 100/);
    expect(first).toMatch(/sales\.orders_v1 5 of 41 rows/);
    expect(first).toMatch(/whom nobody granted anything, is refused/);
    expect(first).toMatch(/sales\/orders v1 {2}certified, score 100/);
    expect(first).toMatch(/Left running: the local AWS on 127\.0\.0\.1:4693/);
    // What somebody changes meanwhile is synthesised again, and rightly so.
    expect({ sourcesAreAsTheyWere: isSynthesised(folder) }).toEqual({ sourcesAreAsTheyWere: true });
    const again = start(folder, landing);
    expect(again).toMatch(/· deployed as they are: sales-orders-v1, operations-airports-v1/);
    expect(again).toMatch(/· sales\/orders is certified, score 100/);
    expect(again).not.toMatch(/✔ (bootstrapping|synthesising|deploying|running)/);
  } finally {
    execFileSync(path.join(root, 'mesh'), ['down'], { cwd: folder });
    fs.rmSync(work, { recursive: true, force: true });
  }
}, 1_800_000);
