import { Option } from 'commander';
import { type Problem } from '../contract/problem';
import { type Validation } from '../plan/validate';
import { ExitCode, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { githubCommands } from './report/github';
import { junit } from './report/junit';
import { type ReportedFinding, type ReportedRule, sarif } from './report/sarif';
import { printProblems } from './terminal/problems';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, problemDocument, type Registry, type Session } from './verb';

const FORMATS = ['text', 'json', 'sarif', 'junit', 'github'] as const;

interface Options {
  readonly format?: (typeof FORMATS)[number];
  readonly json?: boolean;
  readonly requireSignoffs?: boolean;
}

export function registerValidate({ program, session, finish }: Registry): void {
  program.command('validate')
    .helpGroup(Group.write)
    .summary('everything that is wrong with contracts and what belongs to them')
    .description('Checks contracts against the ODCS standard and our rules, with their pipelines, tests and SQL, mesh.yaml and the '
      + 'vocabulary. Problems of all files at once; a contract that the standard refuses is linted once it is accepted. Warnings do not fail. Each names its rule: mesh explain <rule>.')
    .argument('[paths...]', 'files or folders (default: the whole mesh)')
    .addOption(new Option('--format <name>', 'github: annotations of a pull request; junit: a test report; sarif: for code scanning').choices(FORMATS).default('text'))
    .option('--require-signoffs', 'an error for each sign-off that the mesh asks for and that is missing or void: the gate of CI')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh validate', 'the whole mesh'],
      ['mesh validate contracts/sales', 'one domain'],
      ['mesh validate orders.contract.yaml --json', 'one contract, for a machine'],
      ['mesh validate --format github --require-signoffs', 'in a workflow of GitHub'],
    ], '0 no error, 1 at least one error, 2 wrong usage'))
    .action((paths: string[], options: Options) => {
      finish(validate(session, paths, options));
    });
}

export function validate(session: Session, paths: readonly string[], options: Options): number {
  const validation = library.validate().validatePaths(paths, { cwd: session.cwd, env: session.env, requireSignoffs: options.requireSignoffs === true });
  const { ok, files } = validation;
  if (files.length === 0) throw new UsageError('there is nothing to validate here', 'a contract is a file <entity>.contract.yaml; make one: mesh init sales orders');
  const { out } = session.terminal;
  switch (options.json === true ? 'json' : options.format ?? 'text') {
    case 'json': printJson(session, { ok, files: files.map((file) => ({ ...file, problems: file.problems.map(problemDocument) })) }); break;
    case 'sarif': printJson(session, sarif(files.flatMap(({ problems }) => problems.map(finding)), rulesOf(session))); break;
    case 'junit': out.line(junit(files.map(({ file, problems }) => ({ file, findings: problems.map(finding) })))); break;
    case 'github': for (const command of githubCommands(files.flatMap(({ problems }) => problems.map(finding)))) out.line(command); break;
    case 'text': printProblems(files.flatMap(({ problems }) => problems), session.terminal.err); break;
  }
  if (options.json !== true && ['text', 'github'].includes(options.format ?? 'text')) summary(session, validation);
  return ok ? ExitCode.fine : ExitCode.fault;
}

function summary(session: Session, { ok, files }: Validation): void {
  const problems = files.flatMap((file) => file.problems);
  const { out, err } = session.terminal;
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [plural(files.length, 'file'), errors === 0 ? 'no errors' : plural(errors, 'error'), ...warnings === 0 ? [] : [plural(warnings, 'warning')]].join(', ');
  if (ok) out.line(`${out.paint.green('✔')} ${counts}`);
  else err.line(`${err.paint.red('✖')} ${counts}`);
}

/** A problem in one sentence, with what to do. */
function finding({ id, severity, message, received, expected, remedy, file, line, column, path }: Problem): ReportedFinding {
  const facts = [
    received !== undefined && !message.includes(received) ? `received ${received}` : '', expected !== undefined && !message.includes(expected) ? `expected ${expected}` : '',
  ].filter((fact) => fact !== '');
  const said = `${message}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}${remedy === undefined ? '' : `; ${remedy}`}`;
  return { ruleId: id, level: severity, message: said, file, line, column, path };
}

/** Ours, and those that the mesh has of its own. */
function rulesOf(session: Session): readonly ReportedRule[] {
  const loaded = workspaceOf(session, findMeshRoot(session.cwd)).mesh();
  const own = loaded?.ok === true ? (loaded.mesh.definition.policies ?? []).flatMap((policy) => (policy.id === 'custom' ? [{ id: policy.rule, title: policy.message }] : [])) : [];
  return [...library.rules().ALL_RULES, ...own];
}
