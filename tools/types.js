// What TypeScript finds, and what eslint finds with its types: of one program, which each would otherwise type for itself.
'use strict';
const path = require('node:path');
const ts = require('typescript');
const { ESLint } = require('eslint');
const { main, root, say, SetupError } = require('./setup');

const written = (findings) => ts.formatDiagnostics(findings, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' });

main(async () => {
  const onUnRecoverableConfigFileDiagnostic = (finding) => { throw new SetupError(written([finding])); };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(path.join(root, 'tsconfig.json'), {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic });
  const program = ts.createProgram({ rootNames: fileNames, options, configFileParsingDiagnostics: errors });
  const findings = ts.getPreEmitDiagnostics(program);
  if (findings.length > 0) say(written(findings));
  const eslint = new ESLint({ cwd: root, overrideConfig: { languageOptions: { parserOptions: { programs: [program] } } } });
  const results = await eslint.lintFiles(['bin', 'lib', 'constructs', 'test']);
  const text = await (await eslint.loadFormatter('stylish')).format(results);
  if (text !== '') say(text);
  if (findings.length > 0 || results.some((each) => each.errorCount + each.warningCount > 0)) process.exitCode = 1;
});
