// Builds what is published: the library by jsii, the CLI bundled by esbuild, and the wheel of the jobs.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { main, root, run, setUp, SetupError, venvBin } = require('./setup');

const cli = path.join(root, 'dist', 'bin', 'mesh.js');

/** A file, or all below a folder. What Python compiles beside its sources, whenever it runs them, is none of them. */
function filesAt(at) {
  if (!fs.statSync(at).isDirectory()) return [at];
  return fs.readdirSync(at).filter((name) => name !== '__pycache__').flatMap((name) => filesAt(path.join(at, name)));
}

const written = (file) => fs.statSync(file).mtimeMs;

/** When a file, or any below a folder, was written last. */
const newest = (at) => Math.max(0, ...filesAt(at).map(written));

const newestOf = (...names) => Math.max(...names.map((name) => newest(path.join(root, name))));

/** Writes beside, and moves: whoever reads the folder meanwhile finds a whole file, the old or the new. */
function replace(file, contents, mode = 0o644) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const made = `${file}.${process.pid}`;
  fs.writeFileSync(made, contents, { mode });
  fs.renameSync(made, file);
}

function bundle(options, mode) {
  const { outputFiles } = require('esbuild').buildSync({ absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'cjs', legalComments: 'none', write: false, ...options });
  for (const { path: file, contents } of outputFiles) replace(file, contents, mode);
}

/** The program, and what starts it with the machine code of its last start. */
function bundleCli(outdir) {
  const names = (module) => JSON.stringify(Object.keys(require(module)));
  // Small and without a source map, since node reads the whole file at every start; with its names, which a stack of `--debug` shows.
  const small = { outdir, external: ['./program'], minifyWhitespace: true, minifySyntax: true, logLevel: 'silent' };
  bundle({ ...small, entryPoints: ['bin/mesh.ts'] }, 0o755);
  // A function, as node wraps a module: what starts it hands the text over as it is read.
  bundle({
    ...small, entryPoints: ['bin/program.ts'],
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' }, footer: { js: '})' },
    alias: { 'node:child_process': './tools/lazy/child_process.js', 'node:crypto': './tools/lazy/crypto.js' },
    define: {
      'process.env.MESH_VERSION': JSON.stringify(require(path.join(root, 'package.json')).version),
      NAMES_IN_CHILD_PROCESS: names('child_process'), NAMES_IN_CRYPTO: names('crypto'),
    },
  });
  // It is read a byte a character. esbuild escapes what texts hold, and leaves regular expressions as they are.
  const program = fs.readFileSync(path.join(outdir, 'program.js'), 'utf8');
  const other = /[^\0-\x7f]/.exec(program);
  if (other !== null) throw new SetupError(`a regular expression of the command line holds a letter that is not ASCII: ${program.slice(Math.max(0, other.index - 40), other.index + 20)}\nwrite it as \\u…`);
}

function buildCli({ force = false } = {}) {
  const inputs = newestOf('bin', 'lib', 'constructs', 'tools/lazy', 'package-lock.json', 'tools/build.js');
  if (!force && fs.existsSync(cli) && fs.statSync(cli).mtimeMs > inputs) return;
  bundleCli(path.dirname(cli));
  for (const stale of fs.readdirSync(path.dirname(cli)).filter((file) => file.startsWith('.program-'))) fs.rmSync(path.join(path.dirname(cli), stale), { force: true });
}

const appFile = path.join(root, 'dist', 'bin', 'app.js');

/** The CDK app in one file: node starts it three times as fast as the sources that jsii compiled. */
function buildApp({ force = false } = {}) {
  const inputs = newestOf('bin', 'lib', 'constructs', 'package-lock.json', 'tools/build.js');
  if (!force && fs.existsSync(appFile) && fs.statSync(appFile).mtimeMs > inputs) return;
  bundle({ entryPoints: ['bin/app.ts'], outfile: appFile, external: ['aws-cdk-lib', 'constructs', 'cdk-nag'], minify: true, keepNames: true, logLevel: 'error' });
}

const handlers = ['tables', 'permissions', 'catalogue', 'publisher', 'grants', 'subscriptions', 'governance', 'review', 'policy', 'marts'];

/** The Lambda functions of a foundation, each bundled with the SDK clients that it uses: the runtime's own may be older. */
function buildHandlers({ force = false } = {}) {
  const entries = handlers.map((name) => ({ name, file: path.join(root, 'constructs', name === 'publisher' ? 'publishing' : name, 'handler', 'index.ts') }));
  const inputs = newestOf('constructs', 'lib', 'package-lock.json');
  const outputs = entries.map(({ name }) => path.join(root, 'dist', 'handlers', name, 'index.js'));
  if (!force && outputs.every((file) => fs.existsSync(file) && fs.statSync(file).mtimeMs > inputs)) return;
  // Byte for byte the same on every machine, since its hash says whether a deployment has anything to do.
  bundle({ entryPoints: entries.map(({ name, file }) => ({ in: file, out: path.join(name, 'index') })), outdir: 'dist/handlers', target: 'node24', minify: true, keepNames: true, logLevel: 'error' });
}

/** Compiles the public API: the gate that it stays usable from Python, and the JavaScript and types that are published. What was compiled stays where no source has changed. */
function buildLibrary() {
  const stamp = path.join(root, 'dist', 'library.stamp');
  // By name too: of sources that are gone none is the newest.
  const sources = ['lib', 'constructs', 'tsconfig.jsii.json', 'package.json', 'package-lock.json'].flatMap((name) => filesAt(path.join(root, name)));
  const wanted = sources.map((file) => `${file} ${written(file)}`).join('\n');
  if (fs.existsSync(path.join(root, '.jsii')) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  // What was compiled from a source that is gone would be published.
  for (const old of ['lib', 'constructs', 'tsconfig.tsbuildinfo', 'library.stamp']) fs.rmSync(path.join(root, 'dist', old), { recursive: true, force: true });
  const done = spawnSync(process.execPath, [require.resolve('jsii/bin/jsii'), '--silence-warnings=reserved-word', '--tsconfig', 'tsconfig.jsii.json', '--validate-tsconfig', 'minimal'],
    { cwd: root, encoding: 'utf8', env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: process.versions.node.split('.')[0] } });
  if (done.status !== 0) throw new SetupError(`jsii refuses the public API:\n${done.stdout}${done.stderr}`);
  fs.writeFileSync(stamp, wanted);
}

/** What a job is made of: the wheel, the script that Glue starts and, for DuckDB, the packages that Glue installs. */
function buildWheel({ force = true } = {}) {
  const jobs = path.join(root, 'dist', 'jobs');
  const beside = { 'glue.py': 'src/mesh_jobs/entrypoints/glue.py', 'duckdb.txt': 'duckdb.lock' };
  const built = fs.existsSync(jobs) ? fs.readdirSync(jobs) : [];
  const inputs = newestOf('glue-jobs/src', 'glue-jobs/duckdb.lock');
  const fresh = (file) => built.includes(file) && fs.statSync(path.join(jobs, file)).mtimeMs > inputs;
  if (!force && built.some((file) => file.endsWith('.whl') && fresh(file)) && Object.keys(beside).every(fresh)) return;
  // As above: beside, and moved.
  fs.mkdirSync(jobs, { recursive: true });
  const made = fs.mkdtempSync(path.join(root, 'dist', 'jobs-'));
  try {
    run('building the wheel of the jobs', venvBin('uv'), ['build', '--quiet', '--wheel', '--no-create-gitignore', '--out-dir', made, 'glue-jobs']);
    for (const [name, file] of Object.entries(beside)) fs.writeFileSync(path.join(made, name), fs.readFileSync(path.join(root, 'glue-jobs', file)));
    const files = fs.readdirSync(made);
    for (const file of files) fs.renameSync(path.join(made, file), path.join(jobs, file));
    for (const old of built.filter((file) => !files.includes(file))) fs.rmSync(path.join(jobs, old), { recursive: true });
  } finally {
    fs.rmSync(made, { recursive: true, force: true });
  }
}

module.exports = { buildApp, buildCli, buildHandlers, buildLibrary, buildWheel, bundleCli, newest };
if (require.main === module) {
  main(async () => {
    await setUp();
    buildLibrary();
    buildCli({ force: true });
    buildApp({ force: true });
    buildHandlers({ force: true });
    buildWheel();
  });
}
