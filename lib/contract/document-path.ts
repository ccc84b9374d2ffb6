/** Where a value is in a document: field names and list positions, from the top. */
export type DocumentPath = readonly (string | number)[];

const PLAIN_FIELD = /^[A-Za-z_$][\w$-]*$/;

/** A path as people read it: `schema[0].properties[2].name`; empty for the whole document. */
export function formatPath(path: DocumentPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!PLAIN_FIELD.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** The value at a path, undefined where the document has none; inherited fields do not count. */
export function valueAt(document: unknown, path: DocumentPath): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
