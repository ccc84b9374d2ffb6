// Takes the example mesh from contract files to certified tables that a consumer reads: in a local AWS, by the stock command line of the
// CDK. With --embedded without AWS: on this machine, in a few seconds.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { main, root, say, setUp, SetupError, venvBin } = require('./setup');

main(async () => {
  const [option, ...more] = process.argv.slice(2);
  if (more.length > 0 || ![undefined, '--embedded'].includes(option)) throw new SetupError(`npm start takes --embedded or nothing, got ${[option, ...more].join(' ')}`);
  await setUp({ localAws: option === undefined });
  require('./build').buildCli();
  const prepared = spawnSync(venvBin('python'), [path.join(root, 'tools', 'examples', 'prepare.py')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (prepared.status !== 0) throw new SetupError('preparing the example data failed: see above');
  if (option === '--embedded') {
    say('');
    const run = spawnSync(process.execPath, [path.join(root, 'dist', 'bin', 'mesh.js'), 'run', '--all'], { cwd: root, stdio: 'inherit' });
    process.exitCode = run.status ?? 70;
    return;
  }
  const { buildApp, buildHandlers, buildWheel } = require('./build');
  buildHandlers();
  buildWheel({ force: false });
  buildApp();
  await require('./local-aws/example').deployExample(path.join(root, '.mesh', 'shop'), path.join(root, '.mesh', 'landing'));
});
