// Measures what the docs claim, as ratios in one run: npm run bench [-- NAME …] [--rows N] [--runs N] [--write]
// --write puts the table into docs/performance.md. Everything lives in .bench/, which may be deleted at any time.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { main, root, say, setUp, SetupError } = require('../setup');
const { bench } = require('./measuring');

/** By name: what makes rows of the table of {rows, runs}. */
const scenarios = {
  ...require('./scenarios/command-line'), ...require('./scenarios/synth'), ...require('./scenarios/embedded'),
  ...require('./scenarios/spark'), ...require('./scenarios/local-aws'),
};
const options = { rows: 20_000_000, runs: 3, write: false, only: [] };

function readOptions(args) {
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--rows') options.rows = Number(args[++i]);
    else if (args[i] === '--runs') options.runs = Number(args[++i]);
    else if (args[i] === '--write') options.write = true;
    else if (Object.hasOwn(scenarios, args[i])) options.only.push(args[i]);
    else throw new SetupError(`unknown argument ${args[i]}; give --rows N, --runs N, --write or one of ${Object.keys(scenarios).join(', ')}`);
  }
}

const HEAD = ['| what | this library | against | ratio | aim |  |', '| --- | --- | --- | --- | --- | --- |'];
const line = (r) => `| ${[r.what, r.ours, r.against, r.ratio, r.limit, r.limit === '' ? '' : r.ok ? 'met' : '**not met**'].join(' | ')} |`;

/** The lines of a page's table with what was measured anew in its place, and what was not there at its end. */
function replaced(before, rows) {
  const start = (text) => text.split(' | ').slice(0, 3).map((cell) => cell.replace(/[\d.,]+/g, '')).filter((_, i) => i !== 1).join();
  const lines = rows.map(line);
  const anew = new Map(lines.map((text) => [start(text), text]));
  return [...before.map((text) => anew.get(start(text)) ?? text), ...lines.filter((text) => !before.some((other) => start(other) === start(text)))];
}

main(async () => {
  readOptions(process.argv.slice(2));
  const names = options.only.length > 0 ? options.only : Object.keys(scenarios);
  await setUp({ localAws: names.some((name) => name in require('./scenarios/local-aws')) });
  require('../build').buildCli();
  fs.mkdirSync(bench, { recursive: true });
  const rows = names.flatMap((name) => { say(`… ${name}`); return scenarios[name](options); });
  const cpu = os.cpus();
  const text = (lines) => `Measured on ${cpu.length} cores (${cpu[0].model.trim()}), ${(os.totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.versions.node}; medians of ${options.runs} interleaved runs.\n\n${[...HEAD, ...lines].join('\n')}\n`;
  process.stdout.write(text(rows.map(line)));
  if (options.write) {
    const page = path.join(root, 'docs', 'performance.md');
    const [, head, old, tail] = /^([\s\S]*<!-- bench -->\n)([\s\S]*)(<!-- \/bench -->[\s\S]*)$/.exec(fs.readFileSync(page, 'utf8'));
    // A page of some scenarios keeps the lines of the others.
    const before = options.only.length > 0 ? old.split('\n').filter((text) => text.startsWith('| ') && !HEAD.includes(text)) : [];
    fs.writeFileSync(page, `${head}${text(replaced(before, rows))}${tail}`);
  }
  if (rows.some((row) => row.limit !== '' && !row.ok)) process.exitCode = 1;
});
