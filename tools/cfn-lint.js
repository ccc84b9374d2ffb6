// Holds every template of a mesh against the schemas of its resources: node tools/cfn-lint.js [FOLDER OF mesh.yaml | OF TEMPLATES]
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { main, root, SetupError, venvBin } = require('./setup');
const { buildApp, buildHandlers, buildWheel } = require('./build');

/** Findings that are right as they are: one rule, on one part of one type of resource. One that no template has is an error as well. */
const ANSWERED = [
  { rule: 'W3005', type: 'AWS::StepFunctions::StateMachine', at: 'DependsOn', reason: 'the CDK waits for the policies of the role by naming the role and all below it; saying it twice changes nothing' },
  { rule: 'W3005', type: 'AWS::EC2::FlowLog', at: 'DependsOn', reason: 'it waits for the policy of the bucket, and the CDK names the bucket with it' },
];

function synthesise(mesh, outdir) {
  buildHandlers();
  buildWheel({ force: false });
  buildApp();
  const done = spawnSync(process.execPath, [path.join(root, 'dist', 'bin', 'app.js')], { cwd: mesh, encoding: 'utf8', env: { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' } });
  if (done.status !== 0) throw new SetupError(`the synth of ${mesh} failed:\n${done.stderr}`);
}

function findings(folder, templates) {
  const done = spawnSync(venvBin('cfn-lint'), ['--format', 'json', '--', ...templates], { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 });
  try {
    return JSON.parse(done.stdout);
  } catch {
    throw new SetupError(`cfn-lint did not run:\n${done.stdout}${done.stderr}${done.error?.message ?? ''}`);
  }
}

/** Throws what cfn-lint finds in the templates of a folder and nobody has answered. */
function lint(folder, { complete }) {
  const templates = fs.readdirSync(folder).filter((file) => file.endsWith('.template.json'));
  if (templates.length === 0) throw new SetupError(`there is no template in ${folder}`);
  const read = Object.fromEntries(templates.map((file) => [file, JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))]));
  const used = new Set();
  const open = findings(folder, templates).filter(({ Filename, Rule, Location }) => {
    const [, id, at] = Location.Path ?? [];
    const answer = ANSWERED.find((one) => one.rule === Rule.Id && one.type === read[path.basename(Filename)]?.Resources?.[id]?.Type && one.at === at);
    if (answer !== undefined) used.add(answer);
    return answer === undefined;
  });
  const unused = complete ? ANSWERED.filter((answer) => !used.has(answer)) : [];
  const wrong = [
    ...open.map(({ Filename, Location, Rule, Message }) => `${path.basename(Filename)}:${Location.Start.LineNumber} ${(Location.Path ?? []).join('/')}: ${Message} (${Rule.Id})`),
    ...unused.map(({ rule, type }) => `no template has the finding that is answered: ${rule} of ${type}`),
  ];
  if (wrong.length > 0) throw new SetupError(`cfn-lint:\n${wrong.join('\n')}`);
  process.stdout.write(`${templates.length} templates\n`);
}

main(() => {
  const given = path.resolve(process.argv[2] ?? path.join(root, 'test', 'stacks', 'mesh'));
  if (!fs.existsSync(path.join(given, 'mesh.yaml'))) return lint(given, { complete: false });
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-cfn-lint-'));
  try {
    synthesise(given, outdir);
    lint(outdir, { complete: process.argv[2] === undefined });
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
});
