// Writes docs/api.md, the reference of the constructs, from what jsii compiled; with --check only says whether it is up to date.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { main, root, SetupError } = require('./setup');

const page = path.join(root, 'docs', 'api.md');

main(async () => {
  if (!fs.existsSync(path.join(root, '.jsii'))) throw new SetupError('there is no .jsii to read; run: npm run build');
  const { Documentation, Language } = require('jsii-docgen');
  const documentation = await Documentation.forProject(root);
  const text = (await documentation.toMarkdown({ language: Language.TYPESCRIPT })).render();
  if (fs.existsSync(page) && fs.readFileSync(page, 'utf8') === text) return;
  if (process.argv.includes('--check')) throw new SetupError('docs/api.md is not what the constructs say; run: npm run build && node tools/api.js');
  fs.writeFileSync(page, text);
});
