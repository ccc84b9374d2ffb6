import { BatchStopJobRunCommand, GetJobRunsCommand, type GlueClient, type JobRun } from '@aws-sdk/client-glue';
import { HandlerError } from '../../handlers/custom-resource';

/** States in which a job may still write. */
const AT_WORK = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];
/** A job runs once at a time, so one at work is among the newest. */
const NEWEST = 20;

/** Asks every job run of a product that is at work to stop, but those that `spared` owner and fence started; how many have not ended yet. */
export async function stopJobRuns(glue: GlueClient, jobs: readonly string[], spared?: { readonly owner: string; readonly fence: number }): Promise<number> {
  let left = 0;
  for (const JobName of jobs) {
    const { JobRuns = [] } = await glue.send(new GetJobRunsCommand({ JobName, MaxResults: NEWEST }));
    const others = JobRuns.filter((run) => AT_WORK.includes(run.JobRunState ?? '')
      && !(spared !== undefined && run.Arguments?.['--mesh-owner'] === spared.owner && run.Arguments['--mesh-fence'] === String(spared.fence)));
    left += others.length;
    const toStop = others.filter(({ JobRunState }) => JobRunState !== 'STOPPING').map(({ Id }) => Id!);
    if (toStop.length === 0) continue;
    // One that ended meanwhile is an error of the list; whether it has ended is what the next look says.
    await glue.send(new BatchStopJobRunCommand({ JobName, JobRunIds: toStop }));
  }
  return left;
}

/** The job runs of one run of the product, newest first. Job runs start after the run's record does, but for the one that makes it. */
export async function jobRunsOf(glue: GlueClient, JobName: string, runId: string, since: Date): Promise<JobRun[]> {
  const found: JobRun[] = [];
  let NextToken: string | undefined;
  do {
    const page = await glue.send(new GetJobRunsCommand({ JobName, MaxResults: 200, NextToken }));
    for (const run of page.JobRuns ?? []) {
      if (run.Arguments?.['--mesh-run-id'] === runId) found.push(run);
      // A day before the record, nothing of the run can have been at work.
      else if (run.StartedOn !== undefined && run.StartedOn.getTime() < since.getTime() - 86_400_000) return found;
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** The job run that certified: of the quality job, for this run, under the fence that the record of the run has. */
export function certifyingRun(runs: readonly JobRun[], runId: string, fence: number): JobRun {
  const found = runs.find(({ Arguments: given, JobRunState }) =>
    JobRunState === 'SUCCEEDED' && given?.['--mesh-step'] === 'certify' && given['--mesh-fence'] === String(fence));
  if (found === undefined) {
    throw new HandlerError(`no job run of the quality job certified run ${runId} under fence ${fence}`, 'only what the released job certified is published; start a new run');
  }
  return found;
}
