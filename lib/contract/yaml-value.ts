import { constructFromEvents, type Event, EVENT_ID, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';

/** A value that holds others, and in fields the key that the next value belongs to. */
interface Frame {
  readonly value: unknown[] | Record<string, unknown>;
  readonly anchor: string | undefined;
  key: string | undefined;
}

/** The value of one document without faults, as JSON has it: an alias is the value that it stands for. */
export function valueOf(events: readonly Event[], text: string): unknown {
  // tags on values are rare, and js-yaml knows what each makes of which text
  if (events.some((event) => 'tagStart' in event && event.tagStart >= 0)) return constructFromEvents(events as Event[], { source: text })[0];
  const anchors = new Map<string, unknown>();
  const open: Frame[] = [];
  let top: unknown;
  const add = (value: unknown): void => {
    const parent = open[open.length - 1];
    if (parent === undefined) top = value;
    else if (Array.isArray(parent.value)) parent.value.push(value);
    else if (parent.key === undefined) parent.key = value as string;
    else {
      parent.value[parent.key] = value;
      parent.key = undefined;
    }
  };
  events.forEach((event) => {
    switch (event.type) {
      case EVENT_ID.DOCUMENT: break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        open.push({ value: event.type === EVENT_ID.SEQUENCE ? [] : {}, anchor: nameOf(event, text), key: undefined });
        break;
      }
      case EVENT_ID.SCALAR: {
        const value = scalarValue(event, text);
        const anchor = nameOf(event, text);
        if (anchor !== undefined) anchors.set(anchor, value);
        add(value);
        break;
      }
      case EVENT_ID.ALIAS: add(anchors.get(text.slice(event.anchorStart, event.anchorEnd))); break;
      case EVENT_ID.POP: {
        const frame = open.pop();
        if (frame === undefined) break;
        if (frame.anchor !== undefined) anchors.set(frame.anchor, frame.value);
        add(frame.value);
      }
    }
  });
  return top;
}

function nameOf({ anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number }, text: string): string | undefined {
  return anchorStart < 0 ? undefined : text.slice(anchorStart, anchorEnd);
}

function scalarValue(event: ScalarEvent, text: string): unknown {
  const written = getScalarValue(text, event);
  return event.style === SCALAR_STYLE.PLAIN ? plainValue(written) : written;
}

const NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;
const NUMBER_START = /^[-+.0-9]/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/** What text without quotes stands for in YAML 1.2's core schema; dates and `yes` are text there. */
export function plainValue(written: string): string | number | boolean | null {
  switch (written) {
    case '': case '~': case 'null': case 'Null': case 'NULL': return null;
    case 'true': case 'True': case 'TRUE': return true;
    case 'false': case 'False': case 'FALSE': return false;
  }
  if (!NUMBER_START.test(written)) return written;
  if (NUMBER.test(written)) return Number(written);
  if (INFINITE.test(written)) return written.startsWith('-') ? -Infinity : Infinity;
  return NOT_A_NUMBER.test(written) ? NaN : written;
}
