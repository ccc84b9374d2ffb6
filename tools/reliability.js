// Kills runs at random moments, on both engines, and counts what came of it: npm run reliability [-- ENGINE …] [--kills N] [--write]
// What is ended goes on where it was. --write puts the table into docs/reliability.md, and the next time begins anew.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { main, root, say, setUp, SetupError, venvBin } = require('./setup');

const script = path.join(root, 'glue-jobs', 'tests', 'faults', 'random_kills.py');
const columns = ['engine', 'killed during', 'runs', 'published by then', 'left files behind', 'wrong'];
const engines = ['duckdb', 'spark'];
const logOf = (engine) => path.join(root, '.bench', `kills-${engine}.jsonl`);

/** What became of each phase's kills. */
function kills(engine, number) {
  say(`… ${number} kills of a run on ${engine}`);
  const done = spawnSync(venvBin('python'), [script, engine, '--kills', String(number), '--log', logOf(engine)],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const lines = done.stdout.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
  for (const line of lines.filter((one) => one.wrong !== undefined)) say(JSON.stringify(line));
  const phases = lines.at(-1)?.phases;
  if (phases === undefined) throw new SetupError(`the kills on ${engine} did not end; the same command goes on\n${done.stderr.split('\n').slice(-20).join('\n')}`);
  return phases;
}

function readArguments(args) {
  const asked = { number: 50, write: false, engines: [] };
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--kills') asked.number = Number(args[++i]);
    else if (args[i] === '--write') asked.write = true;
    else if (engines.includes(args[i])) asked.engines.push(args[i]);
    else throw new SetupError(`unknown argument ${args[i]}; give ${engines.join(', ')}, --kills N or --write`);
  }
  if (!Number.isInteger(asked.number) || asked.number < 1) throw new SetupError('--kills takes a number');
  return { ...asked, engines: asked.engines.length > 0 ? asked.engines : engines };
}

/** A page of some engines keeps the lines of the other. */
function written(page, asked, rows) {
  return page.replace(/(<!-- kills -->\n)([\s\S]*)(<!-- \/kills -->)/, (_, head, old, tail) => {
    const kept = old.split('\n').filter((line) => engines.some((one) => line.startsWith(`| ${one} |`) && !asked.engines.includes(one)));
    const lines = [columns, columns.map(() => '---')].map((cells) => `| ${cells.join(' | ')} |`);
    const byEngine = engines.flatMap((one) => [...kept, ...rows].filter((line) => line.startsWith(`| ${one} |`)));
    return `${head}${[...lines, ...byEngine].join('\n')}\n${tail}`;
  });
}

main(async () => {
  const asked = readArguments(process.argv.slice(2));
  await setUp();
  fs.mkdirSync(path.join(root, '.bench'), { recursive: true });
  const found = asked.engines.flatMap((engine) => kills(engine, asked.number));
  const rows = found.map((one) => `| ${columns.map((name) => one[name]).join(' | ')} |`);
  process.stdout.write(`${rows.join('\n')}\n`);
  if (asked.write) {
    const page = path.join(root, 'docs', 'reliability.md');
    fs.writeFileSync(page, written(fs.readFileSync(page, 'utf8'), asked, rows));
    for (const engine of asked.engines) fs.rmSync(logOf(engine), { force: true });
  }
  if (found.some((one) => one.wrong > 0)) process.exitCode = 1;
});
