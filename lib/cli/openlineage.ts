import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Dataset, type LineageMoment, type Places, runEvent, runUuid } from '../plan/lineage/open-lineage';
import { type Plan } from '../plan/plan-schema';
import { type RunResult } from './job-results';

const HERE = 'mesh://local';
const places = ({ product }: Plan): Places => ({
  table: (database, table): Dataset => ({ namespace: HERE, name: `${database}.${table}` }),
  source: ({ name }): Dataset => ({ namespace: HERE, name: `${product.domain}/${product.entity}-v${product.major}/${name}` }),
});

/**
 * Adds what a run on this machine read and wrote to `openlineage.jsonl` of its state, one event of OpenLineage a line, as the
 * file transport of its clients does: that it began and how it ended. A run that had nothing to do is none.
 */
export function tellLineage(state: string, plan: Plan, result: RunResult, endedAt: Date): void {
  if (result.state === 'skipped') return;
  const run: Omit<LineageMoment, 'type' | 'at'> = {
    runId: runUuid(plan, result.runId), job: { namespace: HERE, name: `${plan.product.domain}.${plan.product.entity}-v${plan.product.major}` },
  };
  const moments: LineageMoment[] = [
    { ...run, type: 'START', at: new Date(endedAt.getTime() - result.seconds * 1000).toISOString() },
    result.state === 'published' ? { ...run, type: 'COMPLETE', at: endedAt.toISOString() } : { ...run, type: 'FAIL', at: endedAt.toISOString(), message: result.message ?? `the run was ${result.state}` },
  ];
  fs.appendFileSync(path.join(state, 'openlineage.jsonl'), moments.map((moment) => `${JSON.stringify(runEvent(plan, moment, places(plan)))}\n`).join(''));
}
