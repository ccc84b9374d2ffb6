import { randomBytes } from 'node:crypto';
import { idKey, LOCK, momentText, OUTBOX, outboxKey, packed, PUBLISHED, runKey, stepKey, unpacked, WATERMARKS } from './layout';
import { type Action, ConditionFailed, type Item, type Key, type RunTable, type Value, type When } from './run-table';

export type RunState = 'running' | 'certified' | 'publishing' | 'published' | 'rejected' | 'failed' | 'skipped';

/** One compare-and-swap of a pointer; `expected` is null where there was no table before. */
export interface Swap {
  readonly database: string;
  readonly table: string;
  readonly expected: string | null;
  readonly new: string;
}

/** What the jobs certify; the parts that publishing looks at. */
export interface Certificate {
  readonly certificateId: string;
  readonly runId: string;
  readonly issuedAt: string;
  readonly contractDigest: string;
  readonly planDigest: string;
  readonly verdict: 'certified' | 'provisional' | 'rejected';
  readonly score: number;
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly snapshotId: string | null; readonly metadataLocation: string | null }[];
  readonly freshness: { readonly seconds: number | null; readonly newest: string | null };
  readonly availability: { readonly percent: number | null; readonly promisedPercent: number | null };
  readonly stability: { readonly changes: readonly string[] };
}

/** What a certified run leaves for its publication. */
export interface Outcome {
  readonly swaps: readonly { readonly table: readonly [string, string]; readonly expected: string | null; readonly new: string }[];
  /** Null of a source whose watermark is forgotten. */
  readonly watermarks: Readonly<Record<string, string | null>>;
  readonly events: readonly Announcement[];
}

/** What consumers are told of a publication. */
export interface Announcement {
  readonly type: string;
  readonly time: string;
  readonly domain: string;
  readonly runId: string;
  readonly [more: string]: unknown;
}

/** What a run is begun with that only publishes. */
export type Publishing = Pick<RunRecord, 'runId' | 'mode' | 'planDigest' | 'swaps'> & { readonly certificate: Certificate; readonly steps: Readonly<Record<string, unknown>> };

/** One run of one product, as far as it came. */
export interface RunRecord {
  readonly sequence: number;
  readonly generation: string;
  readonly runId: string;
  readonly mode: string;
  readonly state: RunState;
  readonly planDigest: string;
  readonly startedAt: Date;
  /** Of the lock when the run was begun, and then when it was certified. */
  readonly fence: number;
  readonly steps: ReadonlyMap<string, unknown>;
  readonly swaps: readonly Swap[];
  readonly certificate?: Certificate;
  readonly message?: string;
}

/** A run with what it certified. */
export type Certified = RunRecord & { readonly certificate: Certificate };

/** Whose lock it is, and how often it was taken. */
export interface Holder {
  readonly owner: string;
  readonly fence: number;
  /** When it was taken, in milliseconds. */
  readonly since?: number;
}

/** The lock is another's now, so nothing may be written. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/**
 * The log of one product's runs, as the jobs keep it. Every change is one transaction that looks at lock and fence first, and
 * changes nothing when the run is not where it has to be: then it was done before.
 */
export class RunLog {
  constructor(private readonly table: RunTable, readonly partition: string) {}

  /** Who has the lock; undefined where nobody does. A lease that is over changes nothing as long as no other takes it. */
  async holder(): Promise<Holder | undefined> {
    const lock = await this.table.get(this.key(LOCK));
    return lock?.owner === undefined ? undefined : { owner: lock.owner as string, fence: lock.fence as number, since: Date.parse(lock.since as string) };
  }

  /** Takes the lock if nobody has it, or if its lease is over; undefined where somebody has it. */
  async acquire(owner: string, until: number, now: number): Promise<Holder | undefined> {
    const lock = await this.table.get(this.key(LOCK));
    const was = lock?.fence as number | undefined;
    const same = was === undefined ? 'attribute_not_exists(#fence)' : '#fence = :was';
    const free: { text: string; values: Record<string, number> } = lock?.owner === undefined ? { text: 'attribute_not_exists(#owner)', values: {} } : { text: '#leaseUntil <= :now', values: { now } };
    const fence = (was ?? 0) + 1;
    try {
      await this.table.transact([{
        change: this.key(LOCK), to: { owner, since: momentText(now), leaseUntil: until, fence },
        when: { text: `${same} AND ${free.text}`, values: { ...(was === undefined ? {} : { was }), ...free.values } },
      }]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return undefined;
    }
    return { owner, fence };
  }

  /** Raises Fenced unless the lock is `mine`, and lets it last. */
  async renew(mine: Holder, until: number): Promise<void> {
    await this.write(mine, { change: this.key(LOCK), to: { leaseUntil: until }, when: isMine(mine) });
  }

  /** Gives the lock back, if it is still `mine`. */
  async release(mine: Holder): Promise<void> {
    await this.table.transact([{ change: this.key(LOCK), to: { owner: null, since: null, leaseUntil: null }, when: isMine(mine) }])
      .catch((error: unknown) => { if (!(error instanceof ConditionFailed)) throw error; });
  }

  /** How far each source was read by what is published. */
  async watermarks(): Promise<Readonly<Record<string, string>>> {
    const found = await this.table.get(this.key(WATERMARKS));
    return found === undefined ? {} : JSON.parse(found.values as string) as Record<string, string>;
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    const place = await this.table.get(this.key(idKey(runId)));
    if (place === undefined) return undefined;
    for await (const record of this.records(runKey(place.sequence as number))) return record;
    return undefined;
  }

  /** Newest first, read as far as they are looked at. */
  newestFirst(): AsyncGenerator<RunRecord> {
    return this.records('run#');
  }

  /** certified → publishing, with what is to be swapped: from here only forward. */
  async commit(mine: Holder, record: RunRecord, swaps: readonly Swap[]): Promise<void> {
    const told = swaps.map((swap) => ({ database: swap.database, table: swap.table, expected: swap.expected, new: swap.new }));
    const { attributes, parts } = packed('swaps', told, record.sequence, 'swaps');
    for (const [sk, body] of Object.entries(parts)) await this.table.put(this.key(sk), { body });
    await this.write(mine, this.change(record, { state: 'publishing', fence: mine.fence, ...attributes }, 'certified'));
  }

  /** A run that builds nothing, in publishing from its first moment: all of it at once, so it is either not there or only goes forward. */
  async beginPublishing(mine: Holder, { runId, mode, planDigest, steps, swaps, certificate }: Publishing, now: number): Promise<RunRecord> {
    const lock = await this.table.get(this.key(LOCK));
    const began = lock?.runs as number | undefined;
    const sequence = (began ?? 0) + 1;
    const generation = randomBytes(4).toString('hex');
    const parts: Record<string, Uint8Array> = {};
    const attributesOf = (name: string, value: unknown, owner: string): Record<string, Value | null> => {
      const made = packed(name, value, sequence, owner);
      Object.assign(parts, made.parts);
      return made.attributes;
    };
    const told = Object.entries(steps).map(([name, result]) => {
      const sk = stepKey(sequence, generation, name);
      return { sk, attributes: attributesOf('result', result, sk) };
    });
    const head = { ...attributesOf('swaps', swaps, 'swaps'), ...attributesOf('certificate', certificate, 'certificate') };
    // Nobody sees what belongs to a run before the run is there.
    for (const [sk, body] of Object.entries(parts)) await this.table.put(this.key(sk), { body });
    for (const { sk, attributes } of told) await this.table.put(this.key(sk), attributes);
    const [product, major] = this.partition.split('#v');
    const held = isMine(mine);
    await this.write(
      mine,
      {
        change: this.key(LOCK), to: { runs: sequence },
        when: began === undefined ? { text: `${held.text} AND attribute_not_exists(#runs)`, values: held.values } : { text: `${held.text} AND #runs = :began`, values: { ...held.values, began } },
      },
      { put: this.key(idKey(runId)), item: { sequence, runId, generation } },
      {
        put: this.key(runKey(sequence)),
        item: { product, major: Number(major), runId, mode, state: 'publishing', planDigest, startedAt: momentText(now), fence: mine.fence, generation, ...head },
      },
    );
    return (await this.find(runId))!;
  }

  /** publishing → published, with watermarks and announcements. */
  async published(mine: Holder, record: RunRecord, { watermarks, events }: Outcome, now: number): Promise<void> {
    const merged = { ...await this.watermarks(), ...watermarks };
    const marks = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
    await this.write(
      mine,
      this.change(record, { state: 'published', endedAt: momentText(now) }, 'publishing'),
      { put: this.key(PUBLISHED), item: { sequence: record.sequence, runId: record.runId } },
      { put: this.key(WATERMARKS), item: { values: JSON.stringify(marks) } },
      ...events.map((event, n): Action => ({ put: this.key(outboxKey(record.sequence, n)), item: { event: JSON.stringify(event) } })),
    );
  }

  /**
   * running or certified → failed, from outside: no job is there to put away what the run made, so the run says that it was
   * stopped, and the next one does that before it begins.
   */
  async stopped(mine: Holder, record: RunRecord, message: string, now: number): Promise<void> {
    await this.write(
      mine,
      this.change(record, { state: 'failed', message, endedAt: momentText(now), certificate: null, certificateZ: null, certificateParts: null }, 'running', 'certified'),
      { put: this.key(stepKey(record.sequence, record.generation, 'stopped')), item: { result: 'true' } },
    );
  }

  /** Announcements that are not delivered yet, oldest first. */
  async outbox(): Promise<{ readonly id: string; readonly event: Announcement }[]> {
    const waiting: { id: string; event: Announcement }[] = [];
    for await (const item of this.table.query(this.partition, OUTBOX)) waiting.push({ id: item.sk as string, event: JSON.parse(item.event as string) as Announcement });
    return waiting;
  }

  async delivered(id: string): Promise<void> {
    await this.table.delete(this.key(id));
  }

  private change({ sequence }: RunRecord, to: Record<string, string | number | Uint8Array | null>, ...states: RunState[]): Action {
    const values = Object.fromEntries(states.map((state, n) => [`was${n}`, state]));
    const when = { text: `#state IN (${Object.keys(values).map((name) => `:${name}`).join(', ')})`, values };
    return { change: this.key(runKey(sequence)), to, when };
  }

  /** All at once. Raises Fenced; a run that is elsewhere by now stays as it is. */
  private async write(mine: Holder, ...actions: Action[]): Promise<void> {
    const lock = this.key(LOCK);
    const onLock = actions.some((action) => 'change' in action && action.change.sk === LOCK);
    try {
      await this.table.transact(onLock ? actions : [{ check: lock, when: isMine(mine) }, ...actions]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.positions.has(0)) throw new Fenced(`the lock of ${this.partition} is no longer held by ${mine.owner} with fence ${mine.fence}`);
    }
  }

  /** What belongs to a run sorts behind it, so against the order it comes first. Items without a run are of a job that died before it had begun one. */
  private async *records(prefix: string): AsyncGenerator<RunRecord> {
    let belongings: Item[] = [];
    for await (const item of this.table.query(this.partition, prefix, { newestFirst: true })) {
      const [, sequence, kind] = (item.sk as string).split('#');
      if (belongings.length > 0 && !(belongings[0].sk as string).startsWith(`run#${sequence}#`)) belongings = [];
      if (kind !== undefined) {
        belongings.push(item);
        continue;
      }
      yield recordOf(item, belongings);
      belongings = [];
    }
  }

  private key(sk: string): Key {
    return { pk: this.partition, sk };
  }
}

function isMine({ owner, fence }: Holder): When {
  return { text: '#owner = :owner AND #fence = :fence', values: { owner, fence } };
}

function recordOf(head: Item, belongings: readonly Item[]): RunRecord {
  const sequence = Number((head.sk as string).slice('run#'.length));
  const generation = head.generation as string;
  const under = (prefix: string): [string, Item][] => belongings
    .filter(({ sk }) => (sk as string).startsWith(`${head.sk as string}#${prefix}`))
    .map((item) => [(item.sk as string).slice(`${head.sk as string}#${prefix}`.length), item]);
  const parts = new Map(under('part#').map(([name, { body }]) => [name, body as Uint8Array]));
  return {
    sequence, generation,
    runId: head.runId as string, mode: head.mode as string, state: head.state as RunState, planDigest: head.planDigest as string,
    startedAt: new Date(head.startedAt as string), fence: head.fence as number, message: head.message as string | undefined,
    steps: new Map(under(`step#${generation}#`).map(([name, item]) => [name, unpacked('result', item, parts)])),
    swaps: (unpacked('swaps', head, parts) ?? []) as Swap[],
    certificate: unpacked('certificate', head, parts) as Certificate | undefined,
  };
}
