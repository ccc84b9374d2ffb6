const COLOUR = /\u001b\[\d+m/g;
// Controls, and the marks that reorder text: a value must not be able to steer the terminal.
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d\ufe00-\ufe0f]/u;
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of unknown origin on one line: whatever could steer the terminal is written as its escape. */
export function harmless(text: string): string {
  return text.replace(STEERING, (mark) => SHORT[mark] ?? `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Columns a text takes on a terminal; colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const mark of text.replace(COLOUR, '')) {
    if (mark < '\u0300') width += 1;
    else if (!ZERO_WIDTH.test(mark)) width += WIDE.test(mark) ? 2 : 1;
  }
  return width;
}

/** Cuts a text without colours to a width and marks the cut. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const mark of text) {
    const next = displayWidth(mark);
    if (used + next > width - 1) break;
    kept += mark;
    used += next;
  }
  return `${kept}…`;
}

export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + gap : gap + text;
}

/** Breaks a text between words; every line after the first begins with the indent. Longer words are left whole. */
export function wrapWords(text: string, width: number, indent: string): string {
  const [lead, rest] = [/^ */.exec(text)![0], text.trimStart()];
  const lines: string[] = [];
  let line = '';
  for (const word of rest.split(' ')) {
    const room = width - (lines.length > 0 ? indent.length : lead.length);
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return lead + [...lines, line].join(`\n${indent}`);
}
