import { createHash } from 'node:crypto';

/**
 * The RFC 8785 (JSON Canonicalization Scheme) form of a JSON value: fields sorted by UTF-16 code units, numbers and
 * strings as ECMAScript writes them. Throws a RangeError on what JSON cannot say: NaN, infinities, lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`a number of JSON must be finite, got ${value}`);
      return JSON.stringify(value);
    case 'string':
      if (/\p{Surrogate}/u.test(value)) throw new RangeError('a string of JSON must be well-formed Unicode, got a lone surrogate');
      return JSON.stringify(value);
    case 'boolean': return String(value);
    case 'object': break;
    default: throw new RangeError(`JSON has no value of type ${typeof value}`);
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${canonicalJson(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** SHA-256 of a value's RFC 8785 form, in lower-case hex. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex');
}
