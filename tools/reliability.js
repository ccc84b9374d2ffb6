// Kills runs at random moments, on both engines, and counts what came of it: npm run reliability [-- --kills N] [--write]
// --write puts the table into docs/reliability.md.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { main, root, say, setUp, SetupError, venvBin } = require('./setup');

const script = path.join(root, 'glue-jobs', 'tests', 'faults', 'random_kills.py');
const columns = ['engine', 'rows', 'runs', 'killed', 'published before the kill', 'left files behind', 'wrong'];

function kills(engine, number) {
  say(`… ${number} kills of a run on ${engine}`);
  const done = spawnSync(venvBin('python'), [script, engine, '--kills', String(number)], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const lines = done.stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  for (const line of lines.filter((one) => one.wrong !== undefined && one.engine === undefined)) say(JSON.stringify(line));
  const summary = lines.at(-1);
  if (summary?.engine === undefined) throw new SetupError(`the kills on ${engine} did not end\n${done.stderr.split('\n').slice(-20).join('\n')}`);
  return summary;
}

main(() => {
  const args = process.argv.slice(2);
  const number = args.includes('--kills') ? Number(args[args.indexOf('--kills') + 1]) : 50;
  if (!Number.isInteger(number) || number < 1) throw new SetupError('--kills takes a number');
  setUp();
  const found = ['duckdb', 'spark'].map((engine) => kills(engine, number));
  const rows = [columns, columns.map(() => '---'), ...found.map((one) => columns.map((name) => String(one[name])))];
  const table = `${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
  process.stdout.write(table);
  if (args.includes('--write')) {
    const page = path.join(root, 'docs', 'reliability.md');
    const text = fs.readFileSync(page, 'utf8');
    fs.writeFileSync(page, text.replace(/(<!-- kills -->\n)[\s\S]*(<!-- \/kills -->)/, (_, head, tail) => `${head}${table}${tail}`));
  }
  if (found.some((one) => one.wrong > 0)) process.exitCode = 1;
});
