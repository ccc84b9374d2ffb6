// Measures what the docs claim, as ratios in one run: npm run bench [-- NAME …] [--rows N] [--runs N] [--write]
// --write puts the table into docs/performance.md. Everything lives in .bench/, which may be deleted at any time.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { main, root, run, say, setUp, setUpLocalAws, SetupError, venvBin } = require('../setup');
const { definitionOf, monthlyCost } = require('./cost');

const here = __dirname;
const bench = path.join(root, '.bench');
const python = venvBin('python');
const benchPython = path.join(root, '.venv-bench', 'bin', 'python');
const cli = path.join(root, 'dist', 'bin', 'mesh.js');
const options = { rows: 20_000_000, runs: 3, write: false, only: [] };

function readOptions(args) {
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--rows') options.rows = Number(args[++i]);
    else if (args[i] === '--runs') options.runs = Number(args[++i]);
    else if (args[i] === '--write') options.write = true;
    else if (Object.hasOwn(scenarios, args[i])) options.only.push(args[i]);
    else throw new SetupError(`unknown argument ${args[i]}; give --rows N, --runs N, --write or one of ${Object.keys(scenarios).join(', ')}`);
  }
}

/** Runs a command as a whole process: wall seconds and the peak memory of the largest process in it. */
function measure(command, { cwd = root, before, env = {} } = {}) {
  before?.();
  const log = path.join(bench, 'last.log');
  const done = spawnSync(python, [path.join(here, 'measure.py'), ...command], { cwd, encoding: 'utf8', env: { ...process.env, ...env, MEASURE_LOG: log, NO_COLOR: '1' } });
  const result = JSON.parse(done.stdout);
  if (result.exit !== 0) throw new SetupError(`${command.join(' ')} ended with ${result.exit}\n${fs.readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`);
  return result;
}

/** A B A B …: a machine whose speed drifts drifts for both. One uncounted run of each first. */
function interleave(runs, ...contestants) {
  const results = contestants.map(() => []);
  for (let i = -1; i < runs; i += 1) {
    contestants.forEach((contestant, j) => {
      const result = contestant();
      if (i >= 0) results[j].push(result);
    });
  }
  return results;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = (results) => median(results.map((r) => r.seconds));
const peak = (results) => Math.max(...results.map((r) => r.peakMb));
const s = (value) => `${value.toFixed(value < 1 ? 3 : 2)} s`;
const times = (value) => `${value.toFixed(2)} ×`;
const count = (value) => (value >= 1e6 ? `${value / 1e6} M` : String(value));

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

/** pandas apart from everything else: beside it PyIceberg takes seconds to import. */
function setUpPandas() {
  if (!fs.existsSync(benchPython)) run('making .venv-bench', python, ['-m', 'venv', path.dirname(path.dirname(benchPython))]);
  if (spawnSync(benchPython, ['-c', 'import pandas, pyarrow']).status !== 0) {
    run('installing pandas', venvBin('uv'), ['pip', 'install', '--quiet', '--python', benchPython, 'pandas==2.3.3', 'pyarrow==26.0.1']);
  }
}

/** A copy of the benchmark's mesh, without state. */
function freshMesh(name) {
  const folder = path.join(bench, name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(path.join(here, 'mesh'), folder, { recursive: true });
  return folder;
}

function emptyFolder(name) {
  const out = path.join(bench, name);
  const clean = () => { fs.rmSync(out, { recursive: true, force: true }); fs.mkdirSync(out, { recursive: true }); };
  clean();
  return { out, clean };
}

const mesh = (...args) => [process.execPath, cli, ...args];

const scenarios = {
  validate() {
    const folder = freshMesh('validate-mesh');
    const contract = path.join(folder, 'contracts', 'sales', 'orders.contract.yaml');
    const [ours, bare] = interleave(Math.max(options.runs, 9), () => measure(mesh('validate', contract), { cwd: folder }), () => measure([process.execPath, '-e', '0']));
    return [{ what: '`mesh validate` of one contract, whole process', ours: s(seconds(ours)), against: `bare \`node -e 0\`: ${s(seconds(bare))}`,
      ratio: times(seconds(ours) / seconds(bare)), limit: '≤ 3 ×', ok: seconds(ours) / seconds(bare) <= 3 }];
  },

  contracts() {
    const folder = manyContracts('thousand', 1000);
    const results = interleave(options.runs, () => measure(mesh('validate', 'contracts'), { cwd: folder }))[0];
    return [{ what: '`mesh validate` of 1,000 contracts of 110 lines', ours: `${s(seconds(results))}, ${peak(results).toFixed(0)} MB`, against: '', ratio: '',
      limit: '≤ 3 s, < 500 MB', ok: seconds(results) <= 3 && peak(results) < 500 }];
  },

  diff() {
    const folder = wideContracts('wide');
    const [ours, bare] = interleave(Math.max(options.runs, 9), () => measure(mesh('diff', 'before.contract.yaml', 'after.contract.yaml'), { cwd: folder }), () => measure([process.execPath, '-e', '0']));
    return [{ what: '`mesh diff` of two contracts of 500 columns, 150 of them changed, whole process', ours: s(seconds(ours)), against: `bare \`node -e 0\`: ${s(seconds(bare))}`,
      ratio: times(seconds(ours) / seconds(bare)), limit: '≤ 0.200 s', ok: seconds(ours) <= 0.2 }];
  },

  docs() {
    const folder = manyContracts('thousand', 1000);
    const results = interleave(options.runs, () => measure(mesh('docs', '--out', 'site'), { cwd: folder }))[0];
    const index = fs.statSync(path.join(folder, 'site', 'search-index.js')).size / 1e6;
    return [{ what: '`mesh docs` of 1,000 products, whole process', ours: `${s(seconds(results))}, ${peak(results).toFixed(0)} MB`, against: `search index ${index.toFixed(2)} MB`, ratio: '',
      limit: '≤ 20 s, index < 2 MB', ok: seconds(results) <= 20 && index < 2 }];
  },

  synth() {
    require('../build').buildHandlers();
    require('../build').buildWheel({ force: false });
    require('../build').buildApp();
    const app = [process.execPath, path.join(root, 'dist', 'bin', 'app.js')];
    const mesh = manyContracts('thousand', 1000);
    const product = 'domain7-entity7-v1';
    const one = synth(app, { cwd: mesh, out: 'synth-one', context: { products: product } });
    one.run();
    const template = JSON.parse(fs.readFileSync(path.join(one.outdir, `${product}.template.json`), 'utf8'));
    const definition = path.join(bench, 'definition.json');
    fs.writeFileSync(definition, JSON.stringify(definitionOf(template)));
    const jobs = path.join(root, 'dist', 'jobs');
    const plan = fs.readdirSync(one.outdir).find((file) => file.startsWith('plan.'));
    const wheel = fs.readdirSync(jobs).find((file) => file.endsWith('.whl'));
    const planCopy = path.join(bench, 'plan.json');
    fs.copyFileSync(path.join(one.outdir, plan), planCopy);
    const bare = synth([process.execPath, path.join(here, 'baselines', 'bare_app.js'), path.join(jobs, 'glue.py'), path.join(jobs, wheel), planCopy, definition], { out: 'synth-bare' });
    const [ours, byHand] = interleave(Math.max(options.runs, 5), one.run, bare.run);
    const [half, whole] = [500, 1000].map((count) => synth(app, { cwd: manyContracts(`mesh-${count}`, count), out: `synth-${count}` }));
    const [halves, wholes] = interleave(1, half.run, whole.run);
    return [
      { what: 'synth of one product out of 1,000 contracts', ours: s(seconds(ours)), against: `a bare CDK app with the same resources: ${s(seconds(byHand))}`,
        ratio: times(seconds(ours) / seconds(byHand)), limit: '≤ 1.50 ×', ok: seconds(ours) / seconds(byHand) <= 1.5 },
      { what: 'synth of 1,000 products and 20 foundations', ours: `${s(seconds(wholes))}, ${peak(wholes).toFixed(0)} MB`, against: `of 500: ${s(seconds(halves))}`,
        ratio: times(seconds(wholes) / seconds(halves)), limit: '≤ 2.10 ×, < 2 GB', ok: seconds(wholes) / seconds(halves) <= 2.1 && peak(wholes) < 2048 },
    ];
  },

  quotas() {
    require('../build').buildApp();
    const mesh = manyContracts('mesh-of-one-domain', 100, 1);
    const all = synth([process.execPath, path.join(root, 'dist', 'bin', 'app.js')], { cwd: mesh, out: 'synth-quotas' });
    all.run();
    const quotas = JSON.parse(fs.readFileSync(path.join(all.outdir, 'quotas.json'), 'utf8'));
    const { account } = quotas.find(({ of }) => of === 'Glue jobs');
    const uses = quotas.filter((use) => use.account === account);
    return [{ what: 'quotas used in the account of a domain with 100 products', ours: uses.map(({ of, used, limit }) => `${of} ${used} of ${limit}`).join(', '),
      against: '', ratio: '', limit: '< 70 % of each', ok: uses.every(({ used, limit }) => used < 0.7 * limit) }];
  },

  cost() {
    require('../build').buildApp();
    const one = synth([process.execPath, path.join(root, 'dist', 'bin', 'app.js')], { cwd: root, out: 'synth-cost', context: { products: 'sales-orders-v1' } });
    one.run();
    const cost = monthlyCost(JSON.parse(fs.readFileSync(path.join(one.outdir, 'sales-orders-v1.template.json'), 'utf8')));
    const total = Object.values(cost).reduce((sum, dollars) => sum + dollars, 0);
    return [{ what: 'an hourly product a month, without its job minutes and bytes (list prices of eu-west-1)', ours: `${total.toFixed(2)} $`,
      against: Object.entries(cost).map(([what, dollars]) => `${what} ${dollars.toFixed(2)}`).join(', '), ratio: '', limit: '≤ 4 $', ok: total <= 4 }];
  },

  step0() {
    const data = makeOrders('retail', options.rows);
    setUpPandas();
    const { out, clean } = emptyFolder('out');
    const inputs = [path.join(data, 'orders'), path.join(data, 'campaigns')];
    const hand = (script, interpreter) => () => measure([interpreter, path.join(here, 'baselines', script), ...inputs, out], { before: clean });
    let folder;
    const ours = () => measure(mesh('run', 'dp_marketing_campaign_rois', '--mode', 'full', '--input', `orders=${inputs[0]}`, '--input', `campaigns=${inputs[1]}`),
      { cwd: folder });
    const framework = () => { folder = freshMesh('step0-mesh'); return ours(); };
    const [mine, duck] = interleave(options.runs, framework, hand('step0_duckdb.py', python));
    const [pandas, spark] = interleave(1, hand('step0_pandas.py', benchPython), hand('step0_pyspark.py', python));
    const limit = seconds(duck) * 1.05 + 1;
    const what = `step 0 on ${count(options.rows)} orders, everything of the runtime included`;
    return [
      { what, ours: s(seconds(mine)), against: `hand-written DuckDB to Iceberg: ${s(seconds(duck))}`, ratio: times(seconds(mine) / seconds(duck)), limit: `≤ 1.05 × + 1 s = ${s(limit)}`, ok: seconds(mine) <= limit },
      { what, ours: s(seconds(mine)), against: `hand-written pandas, one run: ${s(seconds(pandas))}`, ratio: times(seconds(pandas) / seconds(mine)), limit: '≥ 5 ×', ok: seconds(pandas) / seconds(mine) >= 5 },
      { what, ours: s(seconds(mine)), against: `hand-written PySpark to Iceberg, one run: ${s(seconds(spark))}`, ratio: times(seconds(spark) / seconds(mine)), limit: '≥ 5 ×', ok: seconds(spark) / seconds(mine) >= 5 },
      { what: `peak memory of it`, ours: `${peak(mine).toFixed(0)} MB`, against: '', ratio: '', limit: '< 2 GB', ok: peak(mine) < 2048 },
    ];
  },

  engine() {
    const data = makeOrders('retail', options.rows);
    const done = spawnSync(python, [path.join(here, 'engine.py'), path.join(data, 'orders'), path.join(bench, 'engine'), String(options.runs)], { cwd: root, encoding: 'utf8' });
    if (done.status !== 0) throw new SetupError(done.stderr);
    const { rows, checks, harder, split, copy } = JSON.parse(done.stdout);
    const rate = (time) => `${(rows / time / 1e6).toFixed(1)} M rows/s`;
    return [
      { what: `17 checks over ${count(options.rows)} rows × 12 columns: nulls in each, values, ranges, the key`, ours: s(checks), against: '', ratio: rate(checks), limit: '≥ 6 M rows/s', ok: rows / checks >= 6e6 },
      { what: '17 others, a regular expression over as many different texts among them', ours: s(harder), against: '', ratio: rate(harder), limit: '' },
      { what: `quarantine split of ${count(options.rows)} rows`, ours: s(split), against: `plain copy: ${s(copy)}`, ratio: times(split / copy), limit: '≤ 1.25 ×', ok: split / copy <= 1.25 },
    ];
  },

  delta() {
    const data = makeOrders('retail', options.rows);
    const folder = freshMesh('delta-mesh');
    const deltas = makeDeltas(path.join(data, 'orders'));
    const first = measure(mesh('run', 'dp_sales_orders', '--mode', 'full', '--input', `landing=${path.join(data, 'orders')}`), { cwd: folder });
    const merged = deltas.map((part) => measure(mesh('run', 'dp_sales_orders', '--mode', 'delta', '--input', `landing=${part}`), { cwd: folder }));
    return [
      { what: `full load of ${count(options.rows)} orders by day, checked and published`, ours: `${s(first.seconds)}, ${first.peakMb.toFixed(0)} MB`, against: '', ratio: '', limit: '< 2 GB', ok: first.peakMb < 2048 },
      { what: `delta of a third of the orders of three days (${count(options.rows / 20)}) into them`, ours: `${s(seconds(merged))}, ${peak(merged).toFixed(0)} MB`, against: '', ratio: '', limit: '≤ 5 s', ok: seconds(merged) <= 5 },
    ];
  },

  spark() {
    const data = makeOrders('retail', options.rows);
    const orders = path.join(data, 'orders');
    const byHand = emptyFolder('spark-by-hand');
    const hand = (script, ...inputs) => measure([python, path.join(here, 'baselines', script), ...inputs, byHand.out]);
    let folder;
    const ours = (product, mode, ...inputs) => measure(mesh('run', product, '--engine', 'spark', '--mode', mode, ...inputs.flatMap((input) => ['--input', input])), { cwd: folder });
    const [rois, roisByHand] = interleave(options.runs,
      () => { folder = freshMesh('spark-mesh'); return ours('dp_marketing_campaign_rois', 'full', `orders=${orders}`, `campaigns=${data}/campaigns`); },
      () => { byHand.clean(); return hand('step0_pyspark.py', orders, path.join(data, 'campaigns')); });
    const [load, loadByHand] = interleave(options.runs,
      () => { folder = freshMesh('spark-mesh'); return ours('dp_sales_orders', 'full', `landing=${orders}`); },
      () => { byHand.clean(); return hand('load_pyspark.py', orders); });
    const [merge, mergeByHand] = [[], []];
    for (const delta of makeDeltas(orders)) {
      merge.push(ours('dp_sales_orders', 'delta', `landing=${delta}`));
      mergeByHand.push(hand('merge_pyspark.py', delta));
    }
    const row = (what, mine, other, against, limit) => ({
      what, ours: s(seconds(mine)), against: `${against}: ${s(seconds(other))}`, ratio: times(seconds(mine) / seconds(other)),
      limit: limit === undefined ? '' : `≤ ${limit.toFixed(2)} ×`, ok: limit === undefined || seconds(mine) / seconds(other) <= limit,
    });
    return [
      row(`Spark: full load of ${count(options.rows)} orders by day, de-duplicated, checked, certified and published`, load, loadByHand, 'hand-written PySpark, without any check', 1.1),
      row(`Spark: delta of ${count(options.rows / 20)} orders into them`, merge, mergeByHand, 'hand-written `MERGE INTO`', 1),
      row(`Spark: step 0 on ${count(options.rows)} orders, into 1,000 rows`, rois, roisByHand, 'hand-written PySpark, without any check'),
    ];
  },

  memory() {
    const peaks = [1, 5].map((factor) => {
      const rows = options.rows * factor;
      const data = makeOrders(factor === 1 ? 'retail' : `retail-${factor}`, rows);
      return measure(mesh('run', 'dp_sales_orders', '--mode', 'full', '--input', `landing=${path.join(data, 'orders')}`), { cwd: freshMesh('memory-mesh') });
    });
    const [small, large] = peaks.map((result) => result.peakMb);
    return [{ what: `peak memory of a full load of ${count(options.rows * 5)} orders on DuckDB`, ours: `${large.toFixed(0)} MB`, against: `of ${count(options.rows)}: ${small.toFixed(0)} MB`,
      ratio: times(large / small), limit: '≤ 1.25 ×, < 2 GB', ok: large / small <= 1.25 && large < 2048 }];
  },

  platform() {
    const { up, bootstrap, deploy, grant } = inLocalAws('platform', 4691);
    return [
      secondsRow('local AWS: `mesh up`, bootstrap and `cdk deploy --all` of a platform, two domains and two consumers in five accounts', up + bootstrap + deploy, 180,
        `up ${s(up)}, bootstrap ${s(bootstrap)}, synth and deploy ${s(deploy)}`),
      secondsRow('local AWS: a consumer added to a contract has its grants, the synth included', grant, 20),
    ];
  },

  local() {
    const { up, bootstrap, synth: synthesised, foundations, products, oneMore, noChange, run: ran } = inLocalAws('local', 4690);
    const whole = up + bootstrap + synthesised + foundations + products;
    const row = secondsRow;
    return [
      row('`mesh up`, until the local AWS answers', up, 5),
      row('local AWS: `mesh up`, bootstrap of two accounts, deploy of two domains with a product each', whole, 90,
        `bootstrap ${s(bootstrap)}, synth ${s(synthesised)}, foundations ${s(foundations)}, products ${s(products)}`),
      row('local AWS: `cdk deploy` of one more product, its synth included', oneMore, 15),
      row('local AWS: `cdk deploy` of a product without a change, its synth included', noChange, 8),
      row('local AWS: a run of the retail product through its state machine', ran, 30),
    ];
  },
};

/** What tools/bench/<script>.js measures in a local AWS of its own. */
function inLocalAws(script, port) {
  setUpLocalAws();
  const done = spawnSync(process.execPath, [path.join(here, `${script}.js`), path.join(bench, script), String(port)], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.status !== 0) throw new SetupError('the local AWS could not be measured: see above');
  return JSON.parse(done.stdout);
}

function secondsRow(what, value, aim, against = '') {
  return { what, ours: s(value), against, ratio: '', limit: `< ${aim} s`, ok: value < aim };
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
  const template = fs.readFileSync(path.join(here, 'contract-template.yaml'), 'utf8');
  for (let i = 0; i < count; i += 1) {
    const domain = `domain${i % inDomains}`;
    fs.mkdirSync(path.join(folder, 'contracts', domain), { recursive: true });
    fs.writeFileSync(path.join(folder, 'contracts', domain, `entity${i}.contract.yaml`), template.replaceAll('{domain}', domain).replaceAll('{entity}', `entity${i}`));
  }
  return folder;
}

/** Runs a CDK app as the CDK's CLI does, without aws-cdk-lib's own validation, which takes both sides the same seconds. */
function synth(command, { cwd, out, context = {} }) {
  const outdir = path.join(bench, out);
  const env = { CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: JSON.stringify({ ...cdkContext(), ...context }), NODE_PATH: path.join(root, 'node_modules') };
  const before = () => fs.rmSync(outdir, { recursive: true, force: true });
  return { outdir, run: () => measure(command, { cwd, before, env }) };
}

const cdkContext = () => JSON.parse(fs.readFileSync(path.join(root, 'cdk.json'), 'utf8')).context;

/** Deltas of a third of the orders of the last three days each. */
function makeDeltas(orders) {
  const delta = path.join(bench, 'delta');
  fs.rmSync(delta, { recursive: true, force: true });
  run('writing the changed orders of three days', python, [path.join(here, 'delta.py'), orders, delta]);
  return fs.readdirSync(delta).sort().map((part) => path.join(delta, part));
}

const HEAD = ['| what | this library | against | ratio | aim |  |', '| --- | --- | --- | --- | --- | --- |'];
const line = (r) => `| ${[r.what, r.ours, r.against, r.ratio, r.limit, r.limit === '' ? '' : r.ok ? 'met' : '**not met**'].join(' | ')} |`;

/** The lines of a page's table with what was measured anew in its place, and what was not there at its end. */
function replaced(before, rows) {
  const start = (text) => text.split(' | ').slice(0, 3).map((cell) => cell.replace(/[\d.,]+/g, '')).filter((_, i) => i !== 1).join();
  const lines = rows.map(line);
  const anew = new Map(lines.map((text) => [start(text), text]));
  return [...before.map((text) => anew.get(start(text)) ?? text), ...lines.filter((text) => !before.some((other) => start(other) === start(text)))];
}

main(() => {
  readOptions(process.argv.slice(2));
  setUp();
  require('../build').buildCli();
  fs.mkdirSync(bench, { recursive: true });
  const names = options.only.length > 0 ? options.only : Object.keys(scenarios);
  const rows = names.flatMap((name) => { say(`… ${name}`); return scenarios[name](); });
  const cpu = os.cpus();
  const text = (lines) => `Measured on ${cpu.length} cores (${cpu[0].model.trim()}), ${(os.totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.versions.node}; medians of ${options.runs} interleaved runs.\n\n${[...HEAD, ...lines].join('\n')}\n`;
  process.stdout.write(text(rows.map(line)));
  if (options.write) {
    const page = path.join(root, 'docs', 'performance.md');
    const [, head, old, tail] = /^([\s\S]*<!-- bench -->\n)([\s\S]*)(<!-- \/bench -->[\s\S]*)$/.exec(fs.readFileSync(page, 'utf8'));
    // A page of some scenarios keeps the lines of the others.
    const before = options.only.length > 0 ? old.split('\n').filter((text) => text.startsWith('| ') && !HEAD.includes(text)) : [];
    fs.writeFileSync(page, `${head}${text(replaced(before, rows))}${tail}`);
  }
  if (rows.some((row) => row.limit !== '' && !row.ok)) process.exitCode = 1;
});
