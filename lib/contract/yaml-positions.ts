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
  readonly fields?: Map<string, { readonly keyAt: number; value: Place }>;
  readonly items?: Place[];
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
  for (const { index, 0: lineBreak } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + lineBreak.length);
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
  for (const [index, step] of path.entries()) {
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

/** Every value of a text that is known to parse, from the top. */
export function placesOf(text: string, events: readonly Event[] = parseEvents(text, { maxDepth: MAX_DEPTH })): Place {
  const anchors = new Map<string, Place>();
  const open: { place: Place; key?: { name: string; at: number } | undefined }[] = [];
  let top: Place = { at: 0 };
  const add = (place: Place, key: { name: string; at: number } | undefined): void => {
    const parent = open[open.length - 1];
    if (parent === undefined) top = place;
    else if (parent.place.items !== undefined) parent.place.items.push(place);
    else if (parent.key === undefined) parent.key = key ?? { name: '', at: 0 };
    else {
      parent.place.fields?.set(parent.key.name, { keyAt: parent.key.at, value: place });
      parent.key = undefined;
    }
  };
  const anchor = (event: { anchorStart: number; anchorEnd: number }, place: Place): void => {
    if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), place);
  };
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT: break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const inBrackets = event.style === COLLECTION_STYLE.FLOW;
        const place: Place = event.type === EVENT_ID.SEQUENCE ? { at: event.start, inBrackets, items: [] } : { at: event.start, inBrackets, fields: new Map() };
        anchor(event, place);
        add(place, undefined);
        open.push({ place });
        break;
      }
      case EVENT_ID.SCALAR: {
        const place: Place = { at: scalarStart(event), end: scalarEnd(event) };
        anchor(event, place);
        add(place, { name: getScalarValue(text, event), at: place.at ?? 0 });
        break;
      }
      case EVENT_ID.ALIAS: {
        const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
        add({ ...target, at: event.anchorStart - 1, end: event.anchorEnd, isAlias: true }, undefined);
        break;
      }
      case EVENT_ID.POP: open.pop();
    }
  }
  return top;
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
