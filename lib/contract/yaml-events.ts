import { CHOMPING_MODE, COLLECTION_STYLE, type Event, EVENT_ID, parseEvents, SCALAR_STYLE } from 'js-yaml';
import { MAX_DEPTH } from './yaml-limits';

/** The events of a text, as js-yaml gives them; those of a plainly written one in a fifth of its time. Throws its YAMLException. */
export function yamlEvents(text: string): readonly Event[] {
  return plainEvents(text) ?? parseEvents(text, { maxDepth: MAX_DEPTH });
}

/** The same of a plainly written text alone; undefined of any other. */
export function plainEvents(text: string): readonly Event[] | undefined {
  return text.length <= LONGEST && text.endsWith('\n') && !FOREIGN.test(text) ? new PlainText(text).events() : undefined;
}

/** So that no expression remembers more places than it may. */
const LONGEST = 1_000_000;

// What is plain is left to expressions, which are compiled at once where loops over characters start in V8's interpreter.
/** Tabs, line breaks other than LF, a byte order mark, and what may not be printed. */
const FOREIGN = /[^\n -~\xA0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]/;
const SPACES = / */y;
const KEY = /[A-Za-z_][\w.-]*(?=:[ \n])/y;
const QUOTED = /"[^"\\\n]*"|'[^'\n]*'/y;
/** Text on one line that nothing in it ends: no `: `, no ` #`. */
const BLOCK_TEXT = /(?:[A-Za-z0-9_/.+^$(\\<=~]|-(?=\d))(?: *(?:[^ :#\n]|:(?=[^ \n])|(?<! )#))*/y;
const FLOW_TEXT = /(?:[A-Za-z0-9_/.+^$(\\<=~]|-(?=\d))(?: *(?:[^ :#\n,[\]{}]|:(?=[^ \n,[\]{}])|(?<! )#))*/y;
const LINE_END = / *(?: #[^\n]*)?\n/y;

interface Block {
  readonly kind: 'mapping' | 'sequence';
  readonly indent: number;
}

/**
 * Reads what most contracts are written in: fields and lists by indentation, each value on the line of its key, and brackets that
 * end on their line. Of anything else it says nothing, right or wrong.
 */
class PlainText {
  private readonly found: Event[] = [{ type: EVENT_ID.DOCUMENT, explicitStart: false, explicitEnd: false, directives: [] }];
  private readonly open: Block[] = [];
  private at = 0;
  /** Whether the last key has no value yet. */
  private pending = false;

  constructor(private readonly text: string) {}

  events(): Event[] | undefined {
    while (this.at < this.text.length) {
      if (!this.skip(LINE_END) && !this.line()) return undefined;
    }
    if (this.open.length === 0) return undefined;
    while (this.open.length > 0) this.close();
    this.found.push({ type: EVENT_ID.POP });
    return this.found;
  }

  private line(): boolean {
    const start = this.at;
    this.skip(SPACES);
    let column = this.at - start;
    if (this.text[this.at] === '#') return this.comment();
    let isItem = this.atDash();
    if (!this.outdent(column, isItem)) return false;
    while (isItem) {
      if (!this.item(column)) return false;
      this.at += 1;
      this.skip(SPACES);
      column = this.at - start;
      isItem = this.atDash();
    }
    const from = this.at;
    if (!this.skip(KEY)) return this.top?.kind === 'sequence' && column > this.top.indent && this.value(BLOCK_TEXT) && this.skip(LINE_END);
    if (!this.field(column, from)) return false;
    this.scalar(from, this.at, SCALAR_STYLE.PLAIN);
    this.at += 1;
    this.pending = true;
    if (this.skip(LINE_END)) return true;
    this.skip(SPACES);
    this.pending = false;
    return this.value(BLOCK_TEXT) && this.skip(LINE_END);
  }

  private get top(): Block | undefined {
    return this.open[this.open.length - 1];
  }

  private atDash(): boolean {
    return this.text[this.at] === '-' && this.text[this.at + 1] === ' ';
  }

  /** Nothing else may stand between the start of the line and it: checked before. */
  private comment(): boolean {
    this.at = this.text.indexOf('\n', this.at) + 1;
    return true;
  }

  /** Ends what lies deeper than a line that begins at `column`, and says whether the line may stand there. */
  private outdent(column: number, isItem: boolean): boolean {
    while (this.top !== undefined && this.top.indent > column) this.close();
    // a list may stand as deep as the key that it belongs to
    if (!isItem && this.top?.kind === 'sequence' && this.top.indent === column && this.open.length > 1) this.close();
    return this.top === undefined ? this.found.length === 1 : this.top.indent === column || this.pending;
  }

  /** An item of the list at `column`, which is begun where there is none. */
  private item(column: number): boolean {
    const { top } = this;
    if (top?.kind === 'sequence' && top.indent === column) return !this.pending;
    return (top === undefined || this.pending || top.kind === 'sequence') && this.begin('sequence', column);
  }

  /** The same of the fields at `column`. */
  private field(column: number, at: number): boolean {
    const { top } = this;
    if (top?.kind === 'mapping' && top.indent === column) {
      if (this.pending) this.empty();
      return true;
    }
    return (top === undefined || top.indent < column && (this.pending || top.kind === 'sequence')) && this.begin('mapping', column, at);
  }

  private begin(kind: Block['kind'], indent: number, at = this.at): boolean {
    this.pending = false;
    this.open.push({ kind, indent });
    this.found.push({ type: kind === 'mapping' ? EVENT_ID.MAPPING : EVENT_ID.SEQUENCE, start: at, anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1, style: COLLECTION_STYLE.BLOCK });
    // far less than is allowed, whichever way it is counted
    return this.open.length < MAX_DEPTH / 4;
  }

  private close(): void {
    if (this.pending) this.empty();
    this.open.pop();
    this.found.push({ type: EVENT_ID.POP });
  }

  private empty(): void {
    this.pending = false;
    this.scalar(-1, -1, SCALAR_STYLE.PLAIN, false);
  }

  private value(words: RegExp, depth = 0): boolean {
    const start = this.at;
    switch (this.text[start]) {
      case '[': return depth < MAX_DEPTH / 4 && this.brackets(EVENT_ID.SEQUENCE, ']', depth);
      case '{': return depth < MAX_DEPTH / 4 && this.brackets(EVENT_ID.MAPPING, '}', depth);
    }
    if (this.skip(words)) return this.scalar(start, this.at, SCALAR_STYLE.PLAIN);
    return this.skip(QUOTED) && this.scalar(start + 1, this.at - 1, this.text[start] === '"' ? SCALAR_STYLE.DOUBLE_QUOTED : SCALAR_STYLE.SINGLE_QUOTED);
  }

  private brackets(type: typeof EVENT_ID.SEQUENCE | typeof EVENT_ID.MAPPING, end: string, depth: number): boolean {
    this.found.push({ type, start: this.at, anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1, style: COLLECTION_STYLE.FLOW });
    do {
      this.at += 1;
      this.skip(SPACES);
      if (this.text[this.at] === end && this.isEmpty()) break;
      if (type === EVENT_ID.MAPPING) {
        const from = this.at;
        if (!this.skip(KEY)) return false;
        this.scalar(from, this.at, SCALAR_STYLE.PLAIN);
        this.at += 1;
        this.skip(SPACES);
      }
      if (!this.value(FLOW_TEXT, depth + 1)) return false;
      this.skip(SPACES);
    } while (this.text[this.at] === ',');
    if (this.text[this.at] !== end) return false;
    this.at += 1;
    this.found.push({ type: EVENT_ID.POP });
    return true;
  }

  /** Whether brackets were only just opened. */
  private isEmpty(): boolean {
    const { type } = this.found[this.found.length - 1];
    return type === EVENT_ID.SEQUENCE || type === EVENT_ID.MAPPING;
  }

  private scalar(valueStart: number, valueEnd: number, style: typeof SCALAR_STYLE[keyof typeof SCALAR_STYLE], fast = true): true {
    this.found.push({ type: EVENT_ID.SCALAR, valueStart, valueEnd, anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1, style, chomping: CHOMPING_MODE.CLIP, indent: -1, fast });
    return true;
  }

  private skip(expression: RegExp): boolean {
    expression.lastIndex = this.at;
    if (!expression.test(this.text)) return false;
    this.at = expression.lastIndex;
    return true;
  }
}
