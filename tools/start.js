// Takes the example mesh from contract files to certified, published tables, and shows what came of it.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { main, root, say, setUp, SetupError, venvBin } = require('./setup');

main(() => {
  setUp();
  require('./build').buildCli();
  const prepared = spawnSync(venvBin('python'), [path.join(root, 'tools', 'examples', 'prepare.py')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (prepared.status !== 0) throw new SetupError('preparing the example data failed: see above');
  say('');
  const run = spawnSync(process.execPath, [path.join(root, 'dist', 'bin', 'mesh.js'), 'run', '--all'], { cwd: root, stdio: 'inherit' });
  process.exitCode = run.status ?? 70;
});
