import { type CloudTrailClient, type Event, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { type Changed, type Difference } from '../../lib/plan/inspection';

/** What is looked for in the trail. */
export interface Sought {
  /** Names of the calls that can have done it. */
  readonly events: readonly string[];
  /** What the request or its answer names, all of it. */
  readonly about: readonly string[];
}

/** One thing that differs: in words, with the part of the contract that it follows from, and what can have done it. */
export interface Said {
  readonly what: string;
  readonly part: string | null;
  readonly sought: Sought;
}

/** How many events of one name are looked through, newest first: of a call that handlers make all day there are many. */
const MOST = 500;
const PAGE = 50;

/** The part of an event that matters here: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
interface Recorded {
  readonly userIdentity?: {
    readonly arn?: string;
    readonly invokedBy?: string;
    readonly principalId?: string;
    readonly sessionContext?: { readonly sourceIdentity?: string };
  };
  readonly requestParameters?: unknown;
  readonly responseElements?: unknown;
  readonly errorCode?: string;
}

interface Entry {
  readonly changed: Changed;
  readonly text: string;
}

/**
 * Who did something, by the history that CloudTrail keeps of an account and region for 90 days, with or without a trail. Each name of a
 * call is read once.
 */
export class Trail {
  private readonly read = new Map<string, Promise<readonly Entry[]>>();

  /** `place` is whose history it is; calls of the roles of those names are the mesh's own, and not told. */
  constructor(private readonly client: CloudTrailClient, private readonly place: { readonly account: string; readonly region: string }, private readonly own: readonly string[]) {}

  get name(): string {
    return `CloudTrail of ${this.place.account} in ${this.place.region}, which keeps 90 days`;
  }

  /** Each with who did it. */
  async explain(all: readonly Said[]): Promise<Difference[]> {
    const found: Difference[] = [];
    for (const { what, part, sought } of all) found.push({ what, part, by: await this.last(sought) });
    return found;
  }

  /** The last time that somebody else did it; null where the history does not have it. Where it may not be read, nobody is known. */
  private async last({ events, about }: Sought): Promise<Changed | null> {
    const found: Changed[] = [];
    for (const event of events) {
      const entry = (await this.entries(event)).find(({ text }) => about.every((name) => text.includes(name)));
      if (entry !== undefined) found.push(entry.changed);
    }
    return found.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0] ?? null;
  }

  private async entries(event: string): Promise<readonly Entry[]> {
    const read = this.read.get(event) ?? this.lookUp(event);
    this.read.set(event, read);
    return read;
  }

  /** Newest first, as CloudTrail answers. */
  private async lookUp(name: string): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    let seen = 0;
    try {
      for await (const { Events = [] } of paginateLookupEvents({ client: this.client, pageSize: PAGE }, { LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }] })) {
        found.push(...Events.flatMap((event) => this.entryOf(event)));
        seen += Events.length;
        if (seen >= MOST) break;
      }
    } catch (error) {
      // What differs is worth telling without who did it.
      console.warn(JSON.stringify({ trail: name, error: String(error) }));
    }
    return found;
  }

  private entryOf({ EventName, EventTime, CloudTrailEvent }: Event): Entry[] {
    const { userIdentity = {}, requestParameters, responseElements, errorCode } = JSON.parse(CloudTrailEvent ?? '{}') as Recorded;
    const principal = userIdentity.arn ?? userIdentity.invokedBy ?? userIdentity.principalId ?? 'unknown';
    if (errorCode !== undefined || this.own.some((role) => principal.includes(`assumed-role/${role}/`))) return [];
    return [{
      changed: { at: EventTime?.toISOString() ?? '', event: EventName ?? '', principal, sourceIdentity: userIdentity.sessionContext?.sourceIdentity ?? null },
      text: JSON.stringify([requestParameters, responseElements]),
    }];
  }
}
