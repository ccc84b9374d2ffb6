import {
  type AliasEvent, type Event, EVENT_ID, getScalarValue, type MappingEvent, SCALAR_STYLE, type ScalarEvent, type SequenceEvent,
} from 'js-yaml';
import { type YamlKind } from './problem-kinds';
import { MAX_CHARACTERS, MAX_DEPTH, MAX_VALUES } from './yaml-limits';
import { plainValue } from './yaml-value';

/** Something a contract may not contain although YAML has it. */
export interface YamlFault {
  readonly kind: YamlKind;
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
  readonly received?: string;
  readonly expected?: string;
  readonly remedy?: string;
}

/** What a value weighs once aliases are expanded. */
interface Weight {
  values: number;
  characters: number;
  depth: number;
}

interface Frame extends Weight {
  readonly kind: 'document' | 'sequence' | 'mapping';
  readonly anchor: string | undefined;
  /** In a mapping even entries are keys. */
  entries: number;
  /** Of fields, where each stands. */
  readonly keys: Map<string, number> | undefined;
}

const CORE_TAG = /^!!(?:str|int|float|bool|null|seq|map)$/;
const MOST_FAULTS = 200;
const TEXT_TAG = '!!str';
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** What a file may hold at its top. */
export type YamlTop = 'fields' | 'list';

/** Everything in a stream of YAML events that is no plain tree of fields, lists and scalars, each with its place. */
export function inspectYaml(events: readonly Event[], text: string, top: YamlTop): YamlFault[] {
  return new Inspection(text, top).run(events);
}

class Inspection {
  private readonly faults: YamlFault[] = [];
  private readonly frames: Frame[] = [];
  private readonly anchors = new Map<string, Weight | 'open'>();
  private documents = 0;
  private tooLarge = false;

  constructor(private readonly text: string, private readonly top: YamlTop) {}

  /** Beyond the first faults the rest helps nobody, and wording them takes time. */
  private refuse(fault: YamlFault | (() => YamlFault)): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(typeof fault === 'function' ? fault() : fault);
  }

  run(events: readonly Event[]): YamlFault[] {
    events.forEach((event, index) => {
      this.visit(event);
      if (event.type === EVENT_ID.DOCUMENT && this.documents === 2) this.refuse({ ...SECOND_DOCUMENT, at: startOf(events[index + 1]) ?? this.text.length });
    });
    if (this.documents === 0) this.refuse(this.empty());
    return this.faults;
  }

  private visit(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT: {
        this.documents += 1;
        for (const directive of event.directives) {
          if (directive.kind === 'tag') this.refuseTag(0, directive.handle);
        }
        this.open('document', undefined);
        return;
      }
      case EVENT_ID.SEQUENCE: return this.collection('sequence', event);
      case EVENT_ID.MAPPING: return this.collection('mapping', event);
      case EVENT_ID.SCALAR: return this.scalar(event);
      case EVENT_ID.ALIAS: return this.alias(event);
      case EVENT_ID.POP: return this.close();
    }
  }

  private collection(kind: 'sequence' | 'mapping', event: SequenceEvent | MappingEvent): void {
    this.checkTag(event);
    if (this.atKey()) {
      this.refuse({ kind: 'key', at: event.start, message: 'the name of a field cannot be a list or fields', expected: 'text' });
    }
    if (this.atTop() && kind !== (this.top === 'list' ? 'sequence' : 'mapping')) {
      this.refuse({ ...WRONG_TOP[this.top], at: event.start, received: kind === 'sequence' ? 'a list' : 'fields' });
    }
    this.open(kind, this.anchorOf(event));
  }

  private scalar(event: ScalarEvent): void {
    const value = getScalarValue(this.text, event);
    const tag = this.checkTag(event);
    const at = event.valueStart < 0 ? 0 : event.valueStart;
    const plain = event.style === SCALAR_STYLE.PLAIN && tag === undefined;
    if (this.atKey()) this.key(value, at, plain, tag);
    else if (this.atTop()) this.refuse(event.valueStart < 0 ? this.empty() : { ...WRONG_TOP[this.top], at, received: 'a single value' });
    else if ((plain || tag === '!!float' || tag === '!!int') && !isFiniteScalar(value)) {
      this.refuse({
        kind: 'number', at, message: 'this number has no JSON form, and contracts are JSON in YAML clothes', received: shorten(value),
        remedy: 'write a finite number, or quote it if text is meant',
      });
    }
    // only an escape can write half a character
    if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && /\p{Surrogate}/u.test(value)) {
      this.refuse({ kind: 'text', at, message: 'an escape stands for half a character (a lone surrogate), which is not text', remedy: 'write the character itself' });
    }
    const anchor = this.anchorOf(event);
    if (anchor !== undefined) this.anchors.set(anchor, { values: 1, characters: value.length, depth: 0 });
    this.add(1, value.length, 0, at);
  }

  private key(value: string, at: number, plain: boolean, tag: string | undefined): void {
    const frame = this.frames[this.frames.length - 1];
    const first = frame?.keys?.get(value);
    if (plain && value === '<<') {
      this.refuse({
        kind: 'merge-key', at, message: 'merge keys (`<<`) belong to YAML 1.1 and are not read',
        remedy: 'write the fields out: a contract says what it promises where it promises it',
      });
    } else if (plain ? typeof plainValue(value) !== 'string' : tag !== undefined && tag !== TEXT_TAG) {
      this.refuse({
        kind: 'key', at, message: 'the name of a field must be text', received: value === '' ? 'nothing' : shorten(value), expected: 'text',
        remedy: value === '' ? 'name the field' : `put it in quotes: "${shorten(value)}"`,
      });
    } else if (FORBIDDEN_KEYS.has(value)) {
      this.refuse({ kind: 'forbidden-key', at, message: `a field cannot be called \`${value}\``, remedy: 'rename the field' });
    } else if (first !== undefined) {
      this.refuse(() => ({
        kind: 'duplicate-key', at, message: `\`${shorten(value)}\` is written twice, first on line ${lineOf(this.text, first)}`,
        remedy: 'keep one of the two',
      }));
    }
    if (first === undefined) frame?.keys?.set(value, at);
  }

  private alias(event: AliasEvent): void {
    const name = this.text.slice(event.anchorStart, event.anchorEnd);
    const at = event.anchorStart - 1;
    const target = this.anchors.get(name);
    if (this.atKey()) this.refuse({ kind: 'key', at, message: 'the name of a field cannot be an alias', expected: 'text' });
    if (target === undefined) {
      this.refuse({ kind: 'alias', at, message: `\`*${shorten(name)}\` refers to an anchor that is not defined before it`, remedy: `write &${shorten(name)} on the intended value` });
    } else if (target === 'open') {
      this.refuse({ kind: 'alias', at, message: `\`*${shorten(name)}\` is inside the value it stands for, which would never end`, remedy: 'write the value out' });
    }
    const { values, characters, depth } = typeof target === 'object' ? target : { values: 1, characters: 0, depth: 0 };
    this.add(values, characters, depth, at);
  }

  private open(kind: Frame['kind'], anchor: string | undefined): void {
    if (anchor !== undefined) this.anchors.set(anchor, 'open');
    this.frames.push({ kind, anchor, entries: 0, keys: kind === 'mapping' ? new Map() : undefined, values: 1, characters: 0, depth: 1 });
  }

  private close(): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    const { values, characters, depth } = frame;
    if (frame.kind === 'document') {
      // anchors end with their document
      this.anchors.clear();
      return;
    }
    if (frame.anchor !== undefined) this.anchors.set(frame.anchor, { values, characters, depth });
    this.add(values, characters, depth, 0);
  }

  private add(values: number, characters: number, depth: number, at: number): void {
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) return;
    frame.entries += 1;
    frame.values += values;
    frame.characters += characters;
    frame.depth = Math.max(frame.depth, depth + 1);
    if (this.tooLarge || (frame.values <= MAX_VALUES && frame.characters <= MAX_CHARACTERS && frame.depth <= MAX_DEPTH + 2)) return;
    this.tooLarge = true;
    this.refuse(frame.depth > MAX_DEPTH + 2 ? { ...TOO_DEEP, at } : {
      kind: 'too-large', at,
      message: `with its aliases expanded the file has more than ${MAX_VALUES.toLocaleString('en')} values or ${MAX_CHARACTERS.toLocaleString('en')} characters`,
      remedy: 'split it into several contracts, or take out the aliases that multiply',
    });
  }

  private empty(): YamlFault {
    return { ...WRONG_TOP[this.top], kind: 'empty', at: 0, message: 'the file is empty' };
  }

  private atTop(): boolean {
    return this.frames.length === 1;
  }

  private atKey(): boolean {
    const frame = this.frames[this.frames.length - 1];
    return frame?.kind === 'mapping' && frame.entries % 2 === 0;
  }

  /** The tag, where there is one; only those of YAML's core are let through. */
  private checkTag(event: ScalarEvent | SequenceEvent | MappingEvent): string | undefined {
    if (event.tagStart < 0) return undefined;
    const tag = this.text.slice(event.tagStart, event.tagEnd);
    if (!CORE_TAG.test(tag)) this.refuseTag(event.tagStart, tag);
    return tag;
  }

  private refuseTag(at: number, tag: string): void {
    this.refuse({ kind: 'tag', at, message: 'tags are not read: a contract is plain data', received: shorten(tag), remedy: 'remove the tag' });
  }

  private anchorOf(event: ScalarEvent | SequenceEvent | MappingEvent): string | undefined {
    return event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd);
  }
}

export const TOO_DEEP: Omit<YamlFault, 'at'> = {
  kind: 'too-deep', message: `the file is nested more than ${MAX_DEPTH} levels deep`, remedy: 'no contract needs that: look for a missing line break or bracket',
};

const WRONG_TOP: Readonly<Record<YamlTop, Omit<YamlFault, 'at'>>> = {
  fields: { kind: 'not-fields', message: 'the file must hold fields', expected: 'fields, `name: value`' },
  list: { kind: 'not-a-list', message: 'the file must hold a list', expected: 'a list: each entry starts with `- `' },
};
const SECOND_DOCUMENT: Omit<YamlFault, 'at'> = {
  kind: 'several-documents', message: 'the file holds several documents, separated by `---`', expected: 'one document', remedy: 'put each into a file of its own',
};

function isFiniteScalar(value: string): boolean {
  const meant = plainValue(value);
  return typeof meant !== 'number' || Number.isFinite(meant);
}

function startOf(event: Event | undefined): number | undefined {
  if (event?.type === EVENT_ID.SCALAR) return event.valueStart < 0 ? undefined : event.valueStart;
  return event?.type === EVENT_ID.MAPPING || event?.type === EVENT_ID.SEQUENCE ? event.start : undefined;
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (const { index } of text.matchAll(/\r\n|\n|\r/g)) {
    if (index >= offset) break;
    line += 1;
  }
  return line;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
