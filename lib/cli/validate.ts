import { ExitCode, UsageError } from './failure';
import { library } from './library';
import { printProblems } from './terminal/problems';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, problemDocument, type Registry, type Session } from './verb';

interface Options {
  readonly json?: boolean;
  readonly requireSignoffs?: boolean;
}

export function registerValidate({ program, session, finish }: Registry): void {
  program.command('validate')
    .helpGroup(Group.write)
    .summary('everything that is wrong with contracts and what belongs to them')
    .description('Checks contracts against the ODCS standard and our rules, with their pipelines, tests and SQL, mesh.yaml and the '
      + 'vocabulary. All problems of all files at once; warnings do not fail. Each names its rule: mesh explain <rule>.')
    .argument('[paths...]', 'files or folders (default: the whole mesh)')
    .option('--require-signoffs', 'an error for each sign-off that the mesh asks for and that is missing or void: the gate of CI')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh validate', 'the whole mesh'],
      ['mesh validate contracts/sales', 'one domain'],
      ['mesh validate orders.contract.yaml --json', 'one contract, for a machine'],
    ], '0 no error, 1 at least one error, 2 wrong usage'))
    .action((paths: string[], options: Options) => {
      finish(validate(session, paths, options));
    });
}

export function validate(session: Session, paths: readonly string[], options: Options): number {
  const { ok, files } = library.validate().validatePaths(paths, { cwd: session.cwd, env: session.env, requireSignoffs: options.requireSignoffs === true });
  if (files.length === 0) throw new UsageError('there is nothing to validate here', 'a contract is a file <entity>.contract.yaml; make one: mesh init sales orders');
  if (options.json === true) {
    printJson(session, { ok, files: files.map((file) => ({ ...file, problems: file.problems.map(problemDocument) })) });
    return ok ? ExitCode.fine : ExitCode.fault;
  }
  const problems = files.flatMap((file) => file.problems);
  const { out, err } = session.terminal;
  printProblems(problems, err);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [plural(files.length, 'file'), errors === 0 ? 'no errors' : plural(errors, 'error'), ...warnings === 0 ? [] : [plural(warnings, 'warning')]].join(', ');
  if (ok) out.line(`${out.paint.green('✔')} ${counts}`);
  else err.line(`${err.paint.red('✖')} ${counts}`);
  return ok ? ExitCode.fine : ExitCode.fault;
}
