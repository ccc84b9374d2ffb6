// What TypeScript finds, and what eslint finds with its types: of one program, which each would otherwise type for itself.
'use strict';
const path = require('node:path');
const ts = require('typescript');
const { ESLint } = require('eslint');
const { main, root, say } = require('./setup');

function typed() {
  const file = path.join(root, 'tsconfig.json');
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config ?? {}, ts.sys, root, undefined, file);
  const program = ts.createProgram({ rootNames: fileNames, options });
  return { program, findings: [...error === undefined ? [] : [error], ...errors, ...ts.getPreEmitDiagnostics(program)] };
}

main(async () => {
  const { program, findings } = typed();
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
  if (findings.length > 0) say(ts.formatDiagnosticsWithColorAndContext(findings, host));
  const eslint = new ESLint({ cwd: root, overrideConfig: { languageOptions: { parserOptions: { programs: [program] } } } });
  const results = await eslint.lintFiles(['bin', 'lib', 'constructs', 'test']);
  const text = await (await eslint.loadFormatter('stylish')).format(results);
  if (text !== '') say(text);
  if (findings.length > 0 || results.some((each) => each.errorCount + each.warningCount > 0)) process.exitCode = 1;
});
