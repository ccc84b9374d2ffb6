// Writes schemas/*.schema.json from the zod models; with --check only says whether they are up to date.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { buildSync } = require('esbuild');

const root = path.resolve(__dirname, '..');

/** The schemas as they should be, by file name. */
function schemas() {
  const { outputFiles } = buildSync({
    absWorkingDir: root, entryPoints: ['lib/plan/schemas.ts'], bundle: true, platform: 'node', target: 'node20', format: 'cjs', write: false, logLevel: 'silent',
  });
  const built = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0].text)(built, built.exports, require);
  return Object.fromEntries(Object.entries(built.exports.editorSchemas()).map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]));
}

function main() {
  const stale = Object.entries(schemas()).filter(([name, text]) => {
    const file = path.join(root, 'schemas', name);
    return !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text;
  });
  if (process.argv.includes('--check')) {
    for (const [name] of stale) console.error(`schemas/${name} is not what the models say; run: node tools/schemas.js`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  fs.mkdirSync(path.join(root, 'schemas'), { recursive: true });
  for (const [name, text] of stale) {
    fs.writeFileSync(path.join(root, 'schemas', name), text);
    console.log(`schemas/${name}`);
  }
}

if (require.main === module) main();
