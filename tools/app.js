// The CDK app of this repository, as cdk.json starts it: what it deploys is built from the sources as they are.
'use strict';
const path = require('node:path');
const { main, root, setUp } = require('./setup');

main(async () => {
  await setUp();
  const { buildApp, buildHandlers, buildWheel } = require('./build');
  buildHandlers();
  buildWheel({ force: false });
  buildApp();
  require(path.join(root, 'dist', 'bin', 'app.js'));
});
