/** Markup that is safe to put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, lists are joined, what is not there leaves nothing. */
export type Value = Html | string | number | undefined | null | false | readonly Value[];

/** Markup from a template. All that is put into it was written by somebody, and is escaped; attributes are in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, at) => (at === 0 ? part : written(values[at - 1]) + part)).join(''));
}

export const nothing = new Html('');

function written(value: Value): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'string' ? escaped(value) : typeof value === 'number' ? String(value) : value.map(written).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };
// Controls mean nothing in a page, and marks that reorder text could make it say something else.
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escaped(text: string): string {
  return text.replace(STEERING, '\ufffd').replace(/[&<>"']/g, (mark) => ENTITIES[mark]);
}

/** A link where a contract may lead to: anything but the web and mail stays text. */
export function outward(url: string, label: Value = url): Html {
  const safe = /^(?:https?:\/\/|mailto:)/i.test(url) && URL.canParse(url);
  return safe ? html`<a href="${url}" rel="noopener noreferrer">${label}</a>` : html`${label === url ? label : [label, ' (', url, ')']}`;
}

/** A sentence of ours, in which what stands in backticks is code. */
export function sentence(text: string): Html {
  return html`${text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** A name as part of an address, the same for the same name: `orders.order_id`. */
export function slug(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '').slice(0, 120) || 'x';
}

/** Where a table or column stands on the page of its product. */
export function anchor(table: string, column?: string): string {
  return slug(column === undefined ? table : `${table}.${column}`);
}
