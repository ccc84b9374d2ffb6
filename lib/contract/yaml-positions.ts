import { COLLECTION_STYLE, type Event, EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import { type DocumentPath } from './document-path';
import { MAX_DEPTH } from './yaml-limits';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
}

/** Finds where in the text the value or the key of a path is; the nearest parent where there is none. */
export type Locate = (path: DocumentPath, what?: 'key' | 'value') => Position;

/** A value in a text. */
export interface Place {
  /** Where it starts; undefined where it is empty, or a block of text that starts on the next line. */
  readonly at: number | undefined;
  /** Where it ends, of a scalar and of an alias; what holds others ends where the last of them does. */
  readonly end?: number;
  /** Of what holds others: whether it is in brackets. */
  readonly inBrackets?: boolean;
  readonly isAlias?: boolean;
  readonly fields?: ReadonlyMap<string, Field>;
  readonly items?: readonly Place[];
}

interface Field {
  readonly keyAt: number;
  readonly value: Place;
}

/** A text of so many characters takes longer to parse again than its events take memory. */
const LARGE = 32 * 1024;

/** Positions of a text that is known to parse, with these events. Only those of a large one are kept: any other is parsed again on first use, and most never are. */
export function locator(text: string, events: readonly Event[]): Locate {
  const kept = text.length >= LARGE ? events : undefined;
  let top: Place | undefined;
  let toPosition: ((offset: number) => Position) | undefined;
  return (path, what = 'value') => {
    top ??= placesOf(text, kept);
    toPosition ??= positions(text);
    return toPosition(offsetOf(top, path, what));
  };
}

/** Turns offsets into lines and columns; YAML breaks lines at CR too. */
export function positions(text: string): (offset: number) => Position {
  const starts = [0];
  const lineBreak = /\r\n|\n|\r/g;
  while (lineBreak.test(text)) starts.push(lineBreak.lastIndex);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function offsetOf(top: Place, path: DocumentPath, what: 'key' | 'value'): number {
  let place = top;
  let known = top.at ?? 0;
  for (let index = 0; index < path.length; index += 1) {
    const step = path[index];
    const last = index === path.length - 1;
    if (typeof step === 'number') {
      const item = place.items?.[step];
      if (item === undefined) return known;
      place = item;
      known = item.at ?? known;
    } else {
      const field = place.fields?.get(step);
      if (field === undefined) return known;
      place = field.value;
      known = last && what === 'key' ? field.keyAt : place.at ?? field.keyAt;
    }
  }
  return known;
}

/** Every value of a text that is known to parse, from the top; what lies in one is looked at when it is asked for. */
export function placesOf(text: string, events: readonly Event[] = parseEvents(text, { maxDepth: MAX_DEPTH })): Place {
  return placeOf(new Nodes(text, events), 1) ?? { at: 0 };
}

/** The nodes among the events of one document, each named by the index of its first event. */
class Nodes {
  /** Of each node the event behind its last one. */
  readonly behind: Int32Array;
  /** What each alias stands for. */
  readonly targets = new Map<number, number>();

  constructor(readonly text: string, readonly events: readonly Event[]) {
    this.behind = new Int32Array(events.length);
    const anchors = new Map<string, number>();
    const open: number[] = [];
    events.forEach((event, index) => {
      this.behind[index] = index + 1;
      if (event.type === EVENT_ID.POP) {
        const start = open.pop();
        if (start !== undefined) this.behind[start] = index + 1;
      } else if (event.type === EVENT_ID.ALIAS) {
        this.targets.set(index, anchors.get(text.slice(event.anchorStart, event.anchorEnd)) ?? index);
      } else {
        if (event.type !== EVENT_ID.SCALAR) open.push(index);
        if (event.type !== EVENT_ID.DOCUMENT && event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), index);
      }
    });
  }
}

function placeOf(nodes: Nodes, index: number): Place | undefined {
  const event = nodes.events[index] as Event | undefined;
  switch (event?.type) {
    case EVENT_ID.SCALAR: return { at: scalarStart(event), end: scalarEnd(event) };
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING: return new Holder(nodes, index, event.start);
    case EVENT_ID.ALIAS: {
      const target = nodes.targets.get(index)!;
      const own = { at: event.anchorStart - 1, end: event.anchorEnd, isAlias: true };
      return nodes.events[target].type === EVENT_ID.SCALAR ? own : new Holder(nodes, target, own.at, own.end, own.isAlias);
    }
    default: return undefined;
  }
}

/** A list or fields, or an alias of such: what the node `index` holds. */
class Holder implements Place {
  private held: { readonly items?: Place[]; readonly fields?: Map<string, Field> } | undefined;

  constructor(private readonly nodes: Nodes, private readonly index: number, readonly at: number, readonly end?: number, readonly isAlias?: boolean) {}

  get inBrackets(): boolean {
    const event = this.nodes.events[this.index];
    return (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) && event.style === COLLECTION_STYLE.FLOW;
  }

  get items(): readonly Place[] | undefined {
    return this.inside().items;
  }

  get fields(): ReadonlyMap<string, Field> | undefined {
    return this.inside().fields;
  }

  private inside(): NonNullable<Holder['held']> {
    return this.held ??= this.nodes.events[this.index].type === EVENT_ID.SEQUENCE ? { items: this.readItems() } : { fields: this.readFields() };
  }

  private readItems(): Place[] {
    const { events, behind } = this.nodes;
    const items: Place[] = [];
    for (let at = this.index + 1; events[at].type !== EVENT_ID.POP; at = behind[at]) items.push(placeOf(this.nodes, at)!);
    return items;
  }

  private readFields(): Map<string, Field> {
    const { events, behind, text } = this.nodes;
    const fields = new Map<string, Field>();
    for (let at = this.index + 1; events[at].type !== EVENT_ID.POP;) {
      const key = events[at];
      const value = behind[at];
      const [name, keyAt] = key.type === EVENT_ID.SCALAR ? [getScalarValue(text, key), scalarStart(key) ?? 0] : ['', 0];
      fields.set(name, { keyAt, value: placeOf(this.nodes, value)! });
      at = behind[value];
    }
    return fields;
  }
}

function scalarStart(event: ScalarEvent & Event): number | undefined {
  // the text of a block scalar starts on the next line: its key says better where it is
  if (event.valueStart < 0 || event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK) return undefined;
  return event.style === SCALAR_STYLE.PLAIN ? event.valueStart : event.valueStart - 1;
}

function scalarEnd({ valueEnd, style }: ScalarEvent): number | undefined {
  if (valueEnd < 0) return undefined;
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? valueEnd + 1 : valueEnd;
}
