import { type Engine } from '../plan/sql/python-home';
import { Interrupted, JobsBug, Refusal, UsageError } from './failure';
import { type RunProgress, type RunRequest, type RunResult } from './job-results';
import { library } from './library';
import { openProgress, type Progress, silent } from './terminal/progress';
import { harmless } from './terminal/text';
import { plural, size } from './terminal/units';
import { type Session } from './verb';

/** Asks the jobs for something and gives their answer. Throws what a person can act on as a Refusal or a UsageError. */
export async function ask<T>(session: Session, root: string, command: string, request: { readonly engine?: Engine; readonly [field: string]: unknown } | RunRequest, progress: Progress = silent, onProgress: (event: RunProgress) => void = () => undefined): Promise<T> {
  const { err } = session.terminal;
  const say = (text: string): void => {
    progress.stop();
    err.line(text);
  };
  const outcome = await library.python().callJobs(command, request, {
    root, env: session.env, notice: say, engine: request.engine, entrypoint: session.jobs,
    onEvent: (event) => {
      if (event.event === 'warning') say(err.fold(`${err.paint.yellow('⚠')} ${harmless(String(event.message))}`, '  '));
      else if (event.event === 'progress') onProgress(event as unknown as RunProgress);
    },
  });
  switch (outcome.kind) {
    case 'result': return outcome.result as T;
    case 'interrupted': throw new Interrupted('stopped; nothing half done was published');
    case 'bug': throw new JobsBug(outcome.message, outcome.trace);
    case 'refused':
      if (outcome.code === 'bad-request') throw new UsageError(outcome.message, outcome.remedy);
      throw new Refusal(outcome.code, outcome.message, outcome.remedy);
  }
}

/** Runs a plan and shows how far it is; `brief` leaves out what each step came to. */
export async function runJobs(session: Session, root: string, request: RunRequest, name: string, brief: boolean): Promise<RunResult> {
  const progress = openProgress(session.terminal.err, session.env);
  progress.doing(name);
  try {
    const result = await ask<RunResult>(session, root, 'run', request, progress, (event) => {
      if (!brief || event.seconds === undefined) show(progress, name, event);
    });
    // Of a deployment its catalogue is told.
    if (request.state !== undefined) library.openLineage().tellLineage(request.state, request.plan, result, new Date());
    return result;
  } finally {
    progress.stop();
  }
}

function show(progress: Progress, name: string, event: RunProgress): void {
  const what = `${name}  ${[event.step, event.layer, event.table ?? event.source].filter((part) => part !== undefined).join(' ')}`;
  if (event.seconds === undefined) {
    progress.doing(what);
    return;
  }
  const rows = event.rowsOut ?? event.rowsIn;
  const counted = [
    rows === undefined ? '' : plural(rows, 'row'),
    event.read === undefined ? '' : `${plural(event.read, 'file')}, ${size(event.bytes ?? 0)}`,
    event.checks === undefined ? '' : plural(event.checks, 'check'),
    event.tables === undefined ? '' : plural(event.tables, 'table'),
    event.quarantined ? `${plural(event.quarantined, 'row')} quarantined` : '',
    event.removed ? `${plural(event.removed, 'row')} removed` : '',
    event.files === undefined ? '' : event.into === undefined ? `${plural(event.files, 'file')} deleted` : `${plural(event.files, 'small file')} became ${event.into}`,
    event.forgotten ? `${plural(event.forgotten, 'old snapshot')} forgotten` : '',
  ].filter((count) => count !== '');
  progress.done([what, ...counted].join('  '), event.seconds);
  progress.doing(name);
}
