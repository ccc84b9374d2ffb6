import * as fs from 'node:fs';
import * as path from 'node:path';
import { type AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Plan } from '../../../lib/plan/plan-schema';

type Stored = Record<string, Record<string, string>>;

/** Stages of a publication, as the jobs' own run log left them (glue-jobs/tests/integration/aws_job/test_run_log_fixture.py). */
export type Stage = 'certified' | 'publishing' | 'published' | 'announced' | 'running' | 'stopped';

const written = JSON.parse(fs.readFileSync(path.resolve(__dirname, '../../../glue-jobs/tests/fixtures/run-log/publication.json'), 'utf8')) as {
  readonly plan: Plan; readonly planDigest: string; readonly stages: Record<Stage, Stored[]>;
};

export const { plan, planDigest } = written;
export const PARTITION = 'dp_sales_orders#v1';
export const FIRST = { owner: 'arn:aws:states:eu-central-1:111122223333:execution:mesh-sales-orders-v1:first', fence: 1 };
export const SECOND = { owner: 'arn:aws:states:eu-central-1:111122223333:execution:mesh-sales-orders-v1:second', fence: 2 };

/** The whole table at a stage. */
export function items(stage: Stage): Record<string, AttributeValue>[] {
  return written.stages[stage].map((item) => Object.fromEntries(Object.entries(item).map(([name, value]): [string, AttributeValue] => [
    name, 'B' in value ? { B: new Uint8Array(Buffer.from(value.B, 'base64')) } : value as unknown as AttributeValue,
  ])));
}

/** Items to compare: JSON by what it says, as no two languages write it alike. */
export function readable(all: readonly Record<string, AttributeValue>[]): unknown[] {
  return all.map((item) => Object.fromEntries(Object.entries(item).map(([name, { S, N, B }]) => [
    name, B !== undefined ? Buffer.from(B).toString('base64') : S !== undefined && /^[[{]/.test(S) ? JSON.parse(S) as unknown : S ?? N,
  ])));
}
