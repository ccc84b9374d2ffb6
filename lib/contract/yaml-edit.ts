import { type DocumentPath, formatPath, valueAt } from './document-path';
import { parseYaml } from './yaml-file';
import { type Place, placesOf } from './yaml-positions';

/** One change of a text: a scalar that is there becomes another one, or a list of the top, which is made where there is none, gets an item more. */
export type YamlEdit =
  | { readonly set: DocumentPath; readonly to: string }
  | { readonly add: DocumentPath; readonly item: unknown };

/** A text that says what it says in a way that cannot be changed by machine; the message names the place. */
export class UneditableYaml extends Error {}

/**
 * Changes what a YAML text says and leaves everything else as it is: comments, order, quotes, line ends. The text must parse.
 * @throws UneditableYaml where the change would change anything else, or cannot be made without writing the file anew
 */
export function editYaml(text: string, edits: readonly YamlEdit[]): string {
  const edited = edits.reduce(applied, text);
  const [before, after] = [text, edited].map((each) => parseYaml(each, ''));
  if (before.ok && after.ok && JSON.stringify(after.value) === JSON.stringify(edits.reduce(expected, before.value))) return edited;
  throw new UneditableYaml(`${edits.map((edit) => formatPath('set' in edit ? edit.set : edit.add)).join(', ')} cannot be changed without touching anything else`);
}

function applied(text: string, edit: YamlEdit): string {
  const top = placesOf(text);
  return 'set' in edit ? withScalar(text, top, edit.set, edit.to) : withItem(text, top, edit.add, edit.item);
}

function withScalar(text: string, top: Place, path: DocumentPath, to: string): string {
  const place = placeAt(top, path);
  if (place?.at === undefined || place.end === undefined || place.isAlias === true) throw new UneditableYaml(`${formatPath(path)} is not written as one word`);
  const quote = /^["']/.exec(text.slice(place.at))?.[0];
  const written = quote === "'" ? `'${to.replaceAll("'", "''")}'` : quote === '"' ? JSON.stringify(to) : /^[\w.-]+$/.test(to) ? to : JSON.stringify(to);
  return text.slice(0, place.at) + written + text.slice(place.end);
}

function withItem(text: string, top: Place, path: DocumentPath, item: unknown): string {
  const list = placeAt(top, path);
  if (list === undefined) return withField(text, top, path, item);
  if (list.items === undefined || list.isAlias === true) throw new UneditableYaml(`${formatPath(path)} is not a list that is written where it is used`);
  const last = list.items.at(-1);
  if (list.inBrackets === true) {
    const at = last === undefined ? list.at! + 1 : endOf(last, text);
    return `${text.slice(0, at)}${last === undefined ? '' : ', '}${flow(item, isJson(text, top))}${text.slice(at)}`;
  }
  const first = list.items[0];
  const dash = first?.at === undefined ? null : /^( *)- /.exec(text.slice(lineStart(text, first.at), first.at));
  if (dash === null || last === undefined) throw new UneditableYaml(`the items of ${formatPath(path)} do not begin on the line of their dash`);
  return withLine(text, endOf(last, text), `${dash[1]}- ${flow(item, false)}`);
}

/** A list that is not there yet, as the last field of the document. */
function withField(text: string, top: Place, path: DocumentPath, item: unknown): string {
  const [name] = path;
  const last = [...top.fields?.values() ?? []].at(-1);
  if (path.length !== 1 || typeof name !== 'string' || last === undefined) throw new UneditableYaml(`there is no ${formatPath(path)}`);
  const end = last.value.at === undefined && last.value.end === undefined ? last.keyAt + 1 : endOf(last.value, text);
  if (top.inBrackets === true) return `${text.slice(0, end)}, ${JSON.stringify(name)}: [${flow(item, isJson(text, top))}]${text.slice(end)}`;
  const indent = ' '.repeat(last.keyAt - lineStart(text, last.keyAt));
  return withLine(text, end, `${indent}${name}:${lineEnd(text)}${indent}  - ${flow(item, false)}`);
}

/** A line after that of an offset: a comment behind what stands there stays with it. */
function withLine(text: string, offset: number, line: string): string {
  // a block of text ends with its line, and with the empty ones behind it
  const newline = text.indexOf('\n', text.slice(0, offset).trimEnd().length);
  if (newline < 0) return `${text}${lineEnd(text)}${line}${lineEnd(text)}`;
  return `${text.slice(0, newline + 1)}${line}${lineEnd(text)}${text.slice(newline + 1)}`;
}

/** Where a value ends: behind its bracket, where it has one. */
function endOf(place: Place, text: string): number {
  if (place.items === undefined && place.fields === undefined) return place.end ?? place.at ?? text.length;
  if (place.isAlias === true) return place.end!;
  const inside = place.items ?? [...place.fields!.values()].map(({ value, keyAt }): Place => (value.at === undefined && value.end === undefined ? { at: keyAt, end: keyAt + 1 } : value));
  const last = inside.at(-1);
  const end = last === undefined ? place.at! + 1 : endOf(last, text);
  return place.inBrackets === true ? end + /^(?:[^\]}#]|#[^\n]*)*[\]}]/.exec(text.slice(end))![0].length : end;
}

function placeAt(top: Place, path: DocumentPath): Place | undefined {
  return path.reduce<Place | undefined>((place, step) => (typeof step === 'number' ? place?.items?.[step] : place?.fields?.get(step)?.value), top);
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Whether a document is written as JSON, which knows no plain words. */
function isJson(text: string, top: Place): boolean {
  return text[top.at ?? 0] === '{';
}

const PLAIN = /^[A-Za-z][\w./-]*$/;
/** What some reader of YAML, of 1.1 or 1.2, takes for something else than text. */
const NOT_TEXT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** A value on one line. */
function flow(value: unknown, json: boolean): string {
  if (json || typeof value === 'number' || typeof value === 'boolean' || value === null) return JSON.stringify(value);
  if (typeof value === 'string') return PLAIN.test(value) && !NOT_TEXT.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((each) => flow(each, false)).join(', ')}]`;
  return `{${Object.entries(value as object).map(([name, each]) => `${name}: ${flow(each, false)}`).join(', ')}}`;
}

/** What a document should say after an edit. */
function expected(document: unknown, edit: YamlEdit): unknown {
  const copy = structuredClone(document);
  const path = 'set' in edit ? edit.set : edit.add;
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const last = path[path.length - 1];
  if ('set' in edit) parent[last] = edit.to;
  else parent[last] = [...(parent[last] as unknown[] | undefined) ?? [], edit.item];
  return copy;
}
