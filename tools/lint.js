// Every static check, each run to its end, so that one look shows all that is wrong.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const { localPython, main, root, say, setUp, venvBin } = require('./setup');

const tool = (name) => path.join(root, 'tools', name);
const jobs = { cwd: path.join(root, 'glue-jobs') };
const local = { cwd: path.join(root, 'local-aws') };

/** What is in one lane runs one after the other, the lanes beside each other; cfn-lint synthesises with what jsii's build leaves in dist/. */
const lanes = [
  [
    // With room for what is soon garbage, of which types are a gigabyte.
    ['tsc and eslint', [process.execPath, '--max-semi-space-size=64', tool('types.js')]],
  ],
  [
    ['ruff', [venvBin('ruff'), 'check', '--quiet', '--config', 'pyproject.toml', '.', '../tools'], jobs],
    ['ruff format', [venvBin('ruff'), 'format', '--check', '--quiet', '--config', 'pyproject.toml', '.', '../tools'], jobs],
    ['mypy', [venvBin('mypy')], jobs],
    ['import-linter', [venvBin('lint-imports')], jobs],
    ['ruff, local-aws', [venvBin('ruff'), 'check', '--quiet', '.'], local],
    ['ruff format, local-aws', [venvBin('ruff'), 'format', '--check', '--quiet', '.'], local],
    ['mypy, local-aws', [venvBin('mypy'), '--python-executable', localPython], local],
    ['import-linter, local-aws', [venvBin('lint-imports')], { ...local, env: { ...process.env, PYTHONPATH: path.join(root, 'local-aws', 'src') } }],
    ['jsii', [process.execPath, '-e', 'require("./tools/build").buildLibrary()']],
    ['reference of the constructs', [process.execPath, tool('api.js'), '--check']],
    ['cfn-lint', [process.execPath, tool('cfn-lint.js')]],
  ],
];

/** Whether it found nothing. */
function check([name, [command, ...args], options]) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
    const end = (ok) => {
      say(`${ok ? '✔' : '✖'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      if (!ok) say(output.trim());
      resolve(ok);
    };
    child.on('error', (error) => { output += error.message; end(false); });
    child.on('close', (code) => end(code === 0));
  });
}

async function inOrder(checks) {
  const found = [];
  for (const one of checks) found.push(await check(one));
  return found.every(Boolean);
}

main(async () => {
  await setUp({ localAws: true });
  const fine = await Promise.all(lanes.map(inOrder));
  if (!fine.every(Boolean)) process.exitCode = 1;
});
