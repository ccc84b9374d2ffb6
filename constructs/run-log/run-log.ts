import { idKey, LOCK, momentText, OUTBOX, outboxKey, packed, PUBLISHED, runKey, stepKey, unpacked, WATERMARKS } from './layout';
import { type Action, ConditionFailed, type Item, type Key, type RunTable, type When } from './run-table';

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
  readonly watermarks: Readonly<Record<string, string>>;
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

/** Whose lock it is, and how often it was taken. */
export interface Holder {
  readonly owner: string;
  readonly fence: number;
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
    return lock?.owner === undefined ? undefined : { owner: lock.owner as string, fence: lock.fence as number };
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

  /** publishing → published, with watermarks and announcements. */
  async published(mine: Holder, record: RunRecord, { watermarks, events }: Outcome, now: number): Promise<void> {
    const before = await this.table.get(this.key(WATERMARKS));
    const marks = { ...(before === undefined ? {} : JSON.parse(before.values as string) as Record<string, string>), ...watermarks };
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
