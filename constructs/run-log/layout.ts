import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Item, type Value } from './run-table';

/*
 * How a run lies in the table; the jobs write the same (glue-jobs/src/mesh_jobs/adapters/aws/layout.py), and fixtures that
 * they wrote hold the two together.
 */

/** As long as it is readable in the console JSON stays text; an item holds 400 KB at most. */
const READABLE = 16 * 1024;
const PART = 300 * 1024;

export const LOCK = 'lock';
export const PUBLISHED = 'published';
export const WATERMARKS = 'watermarks';
export const OUTBOX = 'outbox#';
/** Announcements of one run are few; their numbers follow the order of runs. */
const EVENTS_PER_RUN = 1000;

export const runKey = (sequence: number): string => `run#${String(sequence).padStart(12, '0')}`;
export const idKey = (runId: string): string => `id#${runId}`;
export const stepKey = (sequence: number, generation: string, name: string): string => `${runKey(sequence)}#step#${generation}#${name}`;
export const outboxKey = (sequence: number, n: number): string => `${OUTBOX}${String(sequence * EVENTS_PER_RUN + n).padStart(15, '0')}`;

/** A JSON value as attributes of an item, and the items to write before it. */
export interface Packed {
  readonly attributes: Record<string, Value | null>;
  readonly parts: Record<string, Uint8Array>;
}

/** Attributes `<name>`, `<name>Z` or `<name>Parts`; the other two are null, so that an older value goes. `owner` keeps equal values of two items apart. */
export function packed(name: string, value: unknown, sequence: number, owner: string): Packed {
  const text = JSON.stringify(value);
  const none = { [name]: null, [`${name}Z`]: null, [`${name}Parts`]: null };
  if ([...text].length <= READABLE) return { attributes: { ...none, [name]: text }, parts: {} };
  const body = gzipSync(text);
  if (body.length <= PART) return { attributes: { ...none, [`${name}Z`]: body }, parts: {} };
  const digest = createHash('sha256').update(owner).update(body).digest('hex').slice(0, 16);
  const count = Math.ceil(body.length / PART);
  const parts = Object.fromEntries(Array.from({ length: count }, (_, n) => [
    `${runKey(sequence)}#part#${partKey(digest, n)}`, body.subarray(n * PART, (n + 1) * PART),
  ]));
  return { attributes: { ...none, [`${name}Parts`]: `${digest}:${count}` }, parts };
}

/** The JSON value; undefined where there is none. `parts` are the run's, by what follows `#part#`. */
export function unpacked(name: string, item: Item, parts: ReadonlyMap<string, Uint8Array>): unknown {
  if (item[name] !== undefined) return JSON.parse(item[name] as string);
  const whole = item[`${name}Z`];
  if (whole !== undefined) return JSON.parse(gunzipSync(whole as Uint8Array).toString());
  const told = item[`${name}Parts`];
  if (told === undefined) return undefined;
  const [digest, count] = (told as string).split(':');
  const pieces = Array.from({ length: Number(count) }, (_, n) => {
    const piece = parts.get(partKey(digest, n));
    if (piece === undefined) throw new Error(`part ${n} of ${name} is not there`);
    return piece;
  });
  return JSON.parse(gunzipSync(Buffer.concat(pieces)).toString());
}

function partKey(digest: string, n: number): string {
  return `${digest}#${String(n).padStart(4, '0')}`;
}

/** As Python's isoformat has it, with microseconds. */
export function momentText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$1000+00:00');
}
