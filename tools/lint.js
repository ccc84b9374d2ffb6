// Every static check, each run to its end, so that one look shows all that is wrong.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { main, root, say, setUp, setUpLocalAws, venvBin } = require('./setup');

const node = (name) => [process.execPath, path.join(root, 'node_modules', ...name.split('/'))];
const jobs = { cwd: path.join(root, 'glue-jobs') };
const local = { cwd: path.join(root, 'local-aws') };

const checks = [
  ['tsc', [...node('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['eslint', [...node('eslint/bin/eslint.js'), '--max-warnings=0', 'bin', 'lib', 'constructs', 'test']],
  ['jsii', [process.execPath, '-e', 'require("./tools/build").buildLibrary()']],
  ['cfn-lint', [process.execPath, path.join(root, 'tools', 'cfn-lint.js')]],
  ['ruff', [venvBin('ruff'), 'check', '--quiet', '--config', 'pyproject.toml', '.', '../tools'], jobs],
  ['ruff format', [venvBin('ruff'), 'format', '--check', '--quiet', '--config', 'pyproject.toml', '.', '../tools'], jobs],
  ['mypy', [venvBin('mypy')], jobs],
  ['import-linter', [venvBin('lint-imports')], jobs],
  ['ruff, local-aws', [venvBin('ruff'), 'check', '--quiet', '.'], local],
  ['mypy, local-aws', [venvBin('mypy'), '--python-executable', path.join(root, '.venv-local-aws', 'bin', 'python')], local],
  ['import-linter, local-aws', [venvBin('lint-imports')], { ...local, env: { ...process.env, PYTHONPATH: path.join(root, 'local-aws', 'src') } }],
];

main(() => {
  setUp();
  setUpLocalAws();
  const failed = [];
  for (const [name, [command, ...args], options] of checks) {
    const started = Date.now();
    const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
    const ok = done.status === 0;
    say(`${ok ? '✔' : '✖'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    if (!ok) {
      failed.push(name);
      say(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? done.error.message : ''}`.trim());
    }
  }
  if (failed.length > 0) process.exitCode = 1;
});
