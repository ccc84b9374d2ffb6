import * as fs from 'node:fs';
import { ExitCode, UsageError } from './failure';
import { lifecycleContract, lifecycleDocument, printLifecycle, refusing } from './lifecycle';
import { library } from './library';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly force?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

export function registerRetire({ program, session, finish }: Registry): void {
  program.command('retire')
    .helpGroup(Group.write)
    .summary('end a version whose end of life has come: its data stays, nobody reads it')
    .description('Writes the status retired into the contract, and the version that follows. It is refused before the announced end of life, '
      + 'and while a consumer has a role or a product of the mesh reads it: unless it is forced, with a reason that the contract keeps. '
      + 'A contract edited by hand is held to the same conditions by mesh validate and the synth.')
    .argument('[product]', 'id, domain/entity-v1, stack name or contract file')
    .option('--force', 'retire it although somebody may still rely on it')
    .option('--reason <text>', 'why it cannot wait; kept in the contract')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh retire sales/orders-v1', 'once its end of life has come and everybody has moved'],
      ['mesh retire sales/orders-v1 --force --reason "it holds data that we may not keep"', 'now'],
    ], '0 written, 1 it cannot be retired yet, 2 wrong usage'))
    .action((reference: string | undefined, options: Options) => {
      finish(retire(session, reference, options));
    });
}

export function retire(session: Session, reference: string | undefined, { force, reason, json }: Options): number {
  if (force === true && (reason ?? '').trim() === '') throw new UsageError('--force needs a reason', 'write --reason "…": it is kept in the contract');
  if (force !== true && reason !== undefined) throw new UsageError('--reason is why a retirement is forced', 'add --force, or leave it out');
  const { workspace, contract, file } = lifecycleContract(session, reference);
  const done = refusing(() => library.retire().retire(workspace, file, contract, reason));
  fs.writeFileSync(file, done.text);
  const kept = done.overruled.length === 0 ? null : reason!;
  if (json === true) printJson(session, { ...lifecycleDocument(workspace, file, done), reason: kept, overruled: done.overruled });
  else {
    printLifecycle(session, workspace, file, done, [
      'its data stays; with the next deployment nothing of it runs, is listed or granted',
      ...done.overruled.map((what) => `overruled: ${what}`), ...force === true && kept === null ? ['nothing stood in the way, so no reason is kept'] : [],
    ]);
  }
  return ExitCode.fine;
}
