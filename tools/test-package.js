// Installs what is published as its users do, the npm package and the wheel for Python, and runs the apps of README.md with them.
'use strict';
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { main, root, say, setUp, SetupError, venvBin } = require('./setup');

const NODE = process.versions.node.split('.')[0];
const PEERS = ['aws-cdk-lib', 'constructs'];
const STACKS = ['dev-sales-foundation', 'dev-sales-orders-v1'];

function run(cwd, command, args, env = {}) {
  const done = spawnSync(command, args, {
    cwd, encoding: 'utf8', maxBuffer: 1e8,
    env: { ...process.env, CDK_VALIDATION: 'false', JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: NODE, NODE_PATH: '', ...env },
  });
  if (done.status !== 0) throw new SetupError(`${[path.basename(command), ...args].join(' ')}: ${done.error?.message ?? `exit ${done.status}`}\n${`${done.stdout}${done.stderr}`.trim().split('\n').slice(-25).join('\n')}`);
  return done.stdout;
}

/** A fence of a page that has a file's name. */
function snippet(name, page = 'README.md') {
  const found = [...fs.readFileSync(path.join(root, page), 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].find((match) => match[1] === name);
  if (found === undefined) throw new SetupError(`${page} has no snippet ${name}`);
  return found[2];
}

const readJson = (...names) => JSON.parse(fs.readFileSync(path.join(...names), 'utf8'));

/** The user's folder: a small mesh, the package from its tarball, and the CDK beside it as this repository has it. */
function install(scratch) {
  const [{ filename, files, bundled }] = JSON.parse(run(root, 'npm', ['pack', '--json', '--loglevel=error', '--pack-destination', scratch]).replace(/^[^[]*/, ''));
  const user = path.join(scratch, 'user');
  fs.mkdirSync(path.join(user, 'contracts', 'sales'), { recursive: true });
  fs.writeFileSync(path.join(user, 'package.json'), '{"name": "user", "version": "1.0.0", "private": true}\n');
  for (const file of ['mesh.yaml', 'contracts/sales/orders.contract.yaml', 'app.ts', 'app.py']) fs.writeFileSync(path.join(user, file), snippet(file));
  fs.writeFileSync(path.join(user, 'mesh-app.ts'), snippet('mesh-app.ts', 'docs/guides/platform-team.md'));
  fs.copyFileSync(path.join(user, 'app.ts'), path.join(user, 'app.mjs'));
  run(user, 'npm', ['install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error', path.join(scratch, filename)]);
  for (const peer of PEERS) fs.symlinkSync(path.join(root, 'node_modules', peer), path.join(user, 'node_modules', peer), 'dir');
  return { user, installed: path.join(user, 'node_modules', 'cdk-data-mesh'), files: files.map((file) => file.path), bundled };
}

function compile(user, ...files) {
  run(user, process.execPath, [require.resolve('typescript/bin/tsc'), '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'commonjs', ...files]);
}

function synth(user, name, command, args) {
  const outdir = path.join(user, `out-${name}`);
  run(user, command, args, { CDK_OUTDIR: outdir });
  return { outdir, templates: Object.fromEntries(STACKS.map((stack) => [stack, readJson(outdir, `${stack}.template.json`)])) };
}

function assets({ outdir }) {
  return STACKS.flatMap((stack) => Object.values(readJson(outdir, `${stack}.assets.json`).files)).map(({ source }) => path.join(outdir, source.path));
}

/** Puts the CDK that a Python package brings in the place of this repository's: the index of one is often a release behind that of the other. */
function useCdkOf(user, python) {
  const site = run(user, python, ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])']).trim();
  const modules = path.join(user, 'older', 'node_modules');
  for (const packed of fs.readdirSync(site, { recursive: true }).filter((file) => file.endsWith('.jsii.tgz') && !file.startsWith('cdk_data_mesh'))) {
    const unpacked = fs.mkdtempSync(path.join(user, 'unpacked-'));
    run(user, 'tar', ['-xzf', path.join(site, packed), '--strip-components=1', '-C', unpacked]);
    const target = path.join(modules, readJson(unpacked, 'package.json').name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.renameSync(unpacked, target);
  }
  for (const peer of PEERS) {
    fs.rmSync(path.join(user, 'node_modules', peer));
    fs.symlinkSync(path.join(modules, peer), path.join(user, 'node_modules', peer), 'dir');
  }
}

const CHECKS = [
  ['what is packed is what is used: no sources, no tests, no command line twice, no SDK', ({ files, bundled }) => {
    const ours = files.filter((file) => !file.startsWith('node_modules/'));
    const odd = ours.filter((file) => !/^(dist\/(bin|lib|constructs|handlers|jobs)\/|lib\/cli\/docs\/assets\/|local-aws\/|constructs\/audit\/queries\/[\w-]+\.sql$|schemas\/|docs\/|\.jsii$|(README|CHANGELOG)\.md$|LICENSE$|package\.json$)/.test(file) || /^dist\/(lib\/cli|constructs\/\w+\/handler)\/|\.ts$(?<!\.d\.ts)/.test(file));
    assert.deepEqual(odd, []);
    assert.deepEqual([...bundled].sort(), ['argparse', 'js-yaml', 'semver', 'zod']);
    assert.deepEqual(files.filter((file) => /^node_modules\/(@[^/]+\/)?[^/]+\/node_modules\/.*package\.json$/.test(file)), [], 'a bundled package is there twice');
  }],
  ['the constructs ask for nothing but the CDK and what is bundled: the SDK is in the handlers', ({ installed, files, bundled }) => {
    const asked = files.filter((file) => /^dist\/(lib|constructs)\/.*\.js$/.test(file)).flatMap((file) =>
      [...fs.readFileSync(path.join(installed, file), 'utf8').matchAll(/\brequire\("([^".][^"]*)"\)/g)].map((match) => match[1]));
    const known = [...PEERS, ...bundled];
    assert.ok(asked.includes('aws-cdk-lib') && asked.includes('zod'), 'no module was looked at');
    assert.deepEqual([...new Set(asked)].filter((name) => !name.startsWith('node:') && !known.some((one) => name === one || name.startsWith(`${one}/`))), []);
  }],
  ['every page that a packed page links to is packed', ({ installed }) => {
    const pages = ['README.md', 'CHANGELOG.md', ...fs.readdirSync(path.join(installed, 'docs'), { recursive: true }).map((file) => path.join('docs', file)).filter((file) => file.endsWith('.md'))];
    const broken = pages.flatMap((page) => [...fs.readFileSync(path.join(installed, page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map((link) => path.join(path.dirname(page), link[1])).filter((target) => !fs.existsSync(path.join(installed, target))).map((target) => `${page} → ${target}`));
    assert.deepEqual(broken, []);
  }],
  ['TypeScript apps compile against the types, and one of a product synthesises as CommonJS', (world) => {
    compile(world.user, 'app.ts', 'mesh-app.ts');
    world.typescript = synth(world.user, 'cjs', process.execPath, ['app.js']);
    for (const [stack, type] of [[STACKS[0], 'AWS::Lambda::Function'], [STACKS[1], 'AWS::StepFunctions::StateMachine']]) {
      assert.ok(Object.values(world.typescript.templates[stack].Resources).some(({ Type }) => Type === type), `${stack} has no ${type}`);
    }
  }],
  ['an ES module synthesises the same', (world) => {
    assert.deepEqual(synth(world.user, 'mjs', process.execPath, ['app.mjs']).templates, world.typescript.templates);
  }],
  ['its assets are there: four handlers, the script and the wheel of the jobs, the plan', (world) => {
    const found = assets(world.typescript);
    assert.deepEqual(found.filter((file) => !fs.existsSync(file)), []);
    const same = (file, packed) => fs.readFileSync(file).equals(fs.readFileSync(path.join(world.installed, packed)));
    const bundles = found.map((file) => path.join(file, 'index.js')).filter((file) => fs.existsSync(file));
    for (const handler of ['tables', 'permissions', 'catalogue', 'publisher']) assert.ok(bundles.some((file) => same(file, `dist/handlers/${handler}/index.js`)), `no bundle of ${handler}`);
    const [wheel] = fs.readdirSync(path.join(world.installed, 'dist', 'jobs')).filter((file) => file.endsWith('.whl'));
    for (const packed of ['dist/jobs/glue.py', `dist/jobs/${wheel}`]) assert.ok(found.some((file) => fs.statSync(file).isFile() && same(file, packed)), `${packed} is no asset`);
    assert.ok(found.some((file) => /plan\.[0-9a-f]{64}\.json$/.test(file)), 'no plan');
  }],
  ['the policy travels: a bucket that is open is refused', ({ user }) => {
    const app = `const { App, Stack, Validations } = require('aws-cdk-lib'); const { Bucket } = require('aws-cdk-lib/aws-s3');
      const app = new App(); Validations.of(app).addPlugins(new (require('cdk-data-mesh').MeshPolicy)()); new Bucket(new Stack(app, 'Open'), 'Bucket'); app.synth();`;
    assert.throws(() => run(user, process.execPath, ['-e', app]), /MESH-/);
  }],
  ['the app and the command line of the package work on a folder of contracts', (world) => {
    const { user, installed } = world;
    const outdir = path.join(user, 'out-mesh');
    run(user, process.execPath, [path.join(installed, 'dist', 'bin', 'app.js')], { CDK_OUTDIR: outdir });
    const stacks = fs.readdirSync(outdir).filter((file) => file.endsWith('.template.json')).map((file) => file.replace('.template.json', '')).sort();
    const links = ['observability-link-222222222222-eu-central-1', 'observability-link-222222222223-eu-central-1', 'observability-sink-eu-central-1'];
    const platform = ['access-platform', 'access-sales', 'governance', 'sales-foundation', 'sales-policy'];
    assert.ok(!fs.existsSync(path.join(outdir, 'tree.json')), 'a whole mesh has a tree of its constructs, which takes memory');
    assert.deepEqual(stacks, [...platform, ...platform.map((stack) => `dev-${stack}`), 'observability', ...links, 'dev-sales-orders-v1', 'dev-sales-orders-v1-grants'].sort());
    assert.match(run(user, path.join(user, 'node_modules', '.bin', 'mesh'), ['validate']), /no errors/);
    world.stacks = stacks;
  }],
  ["an app of one's own makes the stacks of the mesh, and adds to them", ({ user, stacks }) => {
    const outdir = path.join(user, 'out-own');
    run(user, process.execPath, ['mesh-app.js'], { CDK_OUTDIR: outdir });
    const { artifacts } = readJson(outdir, 'manifest.json');
    const made = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
    assert.deepEqual(made.map(([name]) => name).sort(), stacks);
    assert.deepEqual(made.filter(([, { properties }]) => properties.tags?.['backup-plan'] !== 'none').map(([name]) => name), []);
  }],
  ['the wheel for Python installs from what the package index has, and a Python app synthesises what a TypeScript app does', ({ installed, user }) => {
    const wheels = path.join(user, 'wheels');
    run(user, process.execPath, [require.resolve('jsii-pacmak/bin/jsii-pacmak'), '--targets', 'python', '--outdir', wheels, '--no-npmignore', '--pack-command', 'npm pack --ignore-scripts --loglevel=error', installed]);
    const [wheel] = fs.readdirSync(path.join(wheels, 'python')).filter((file) => file.endsWith('.whl'));
    run(user, venvBin('uv'), ['venv', '--quiet', '--python', venvBin('python'), 'venv']);
    const python = path.join(user, 'venv', 'bin', 'python');
    run(user, venvBin('uv'), ['pip', 'install', '--quiet', '--python', python, path.join(wheels, 'python', wheel)]);
    const { templates } = synth(user, 'python', python, ['app.py']);
    useCdkOf(user, python);
    assert.deepEqual(templates, synth(user, 'older', process.execPath, ['app.js']).templates);
  }],
];

main(async () => {
  await setUp();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-package-'));
  const results = { passed: 0, failed: 0 };
  try {
    const world = install(scratch);
    for (const [name, check] of CHECKS) {
      const started = Date.now();
      let error;
      try {
        check(world);
      } catch (caught) {
        error = caught;
      }
      results[error === undefined ? 'passed' : 'failed'] += 1;
      say(`${error === undefined ? '✔' : '✖'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)${error === undefined ? '' : `\n${error.message}`}`);
    }
  } catch (error) {
    results.failed += 1;
    say(`✖ the package installs\n${error.message}`);
  } finally {
    if (!process.argv.includes('--keep')) fs.rmSync(scratch, { recursive: true, force: true });
    else say(scratch);
  }
  process.stdout.write(`${results.passed} passed, ${results.failed} failed\n`);
  if (results.failed > 0) process.exitCode = 1;
});
