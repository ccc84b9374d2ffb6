import { type Engine } from '../plan/sql/python-home';
import { UsageError } from './failure';
import { run } from './run';
import { engineOption, environmentOption, Group, helpText, jsonOption, type Registry, targetOption } from './verb';

interface Options {
  readonly from?: string;
  readonly engine?: Engine;
  readonly env?: string;
  readonly target: string;
  readonly json?: boolean;
}

export function registerReplay({ program, session, finish }: Registry): void {
  program.command('replay')
    .helpGroup(Group.run)
    .summary('build a product again from the raw input of earlier runs')
    .description('Reads the raw input kept from a run and from the later ones that are in what is published, in order, and builds everything after it '
      + 'again: after a rule was corrected, or to fill in history. The sources are not read.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .option('--from <run>', 'the id of the run to start from, as mesh status shows it')
    .addOption(engineOption())
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh replay sales/orders --from full-20250131T060000Z-1a2b', 'from that run on'],
    ], '0 published, 1 rejected or failed, 2 wrong usage, 130 interrupted'))
    .action(async (reference: string | undefined, options: Options) => {
      if (options.from === undefined) throw new UsageError('which run should it start from?', 'name it: --from RUN; mesh status shows the runs there are');
      finish(await run(session, reference, { ...options, input: {}, replayFrom: options.from }));
    });
}
