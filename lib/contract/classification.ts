import { columnType } from './column-type';
import { type Property } from './contract';
import { customProperty } from './mesh-property';

export const CLASSIFICATIONS = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

/** Of columns that say none, in a domain that says none. */
export const DEFAULT_CLASSIFICATION: Classification = 'internal';

/** What becomes of a value where it is published. Values that are equal stay equal, under the key of their domain, where it is hashed or tokenised. */
export const MASKINGS = ['hash', 'tokenise', 'truncate', 'redact', 'nullify', 'none'] as const;
export type Masking = (typeof MASKINGS)[number];

/** How a column is published, for people. */
export const MASKED: Readonly<Record<Masking, string>> = {
  hash: 'as a hash', tokenise: 'as a token', truncate: 'shortened', redact: 'redacted', nullify: 'as null', none: 'as it is',
};

/** Whether the masking key is needed for it, and who has the same value is still told apart from who has not. */
export function isKeyed(masking: Masking): boolean {
  return masking === 'hash' || masking === 'tokenise';
}

export function isClassification(text: unknown): text is Classification {
  return CLASSIFICATIONS.includes(text as Classification);
}

/** Whether values of this class appear in no message. */
export function isProtected(classification: Classification): boolean {
  return classification === 'confidential' || classification === 'restricted';
}

/** The class of a column: the strictest of what is written on it and on its fields, else the default of its domain. */
export function classificationOf(property: Property, fallback: Classification): Classification {
  const own = isClassification(property.classification) ? property.classification : fallback;
  return parts(property).map((part) => classificationOf(part, own)).reduce((a, b) => (isStricter(b, a) ? b : a), own);
}

/** How a column is masked where it is published: as written, else by its class and type. */
export function maskingOf(property: Property, classification: Classification): Masking {
  const written = customProperty(property, 'mesh.masking');
  if (MASKINGS.includes(written as Masking)) return written as Masking;
  if (!isProtected(classification)) return 'none';
  return columnType(property).type === 'string' ? 'hash' : 'redact';
}

/**
 * The class of what is published of a column: a role is granted what it sees. What is masked says no more than internal data
 * does, so whoever lacks the clearance for the real values sees the masked ones.
 */
export function publishedClass(classification: Classification, masking: Masking): Classification {
  return masking === 'none' || !isProtected(classification) ? classification : 'internal';
}

/** Whether the first protects more than the second. */
export function isStricter(a: Classification, b: Classification): boolean {
  return CLASSIFICATIONS.indexOf(a) > CLASSIFICATIONS.indexOf(b);
}

function parts(property: Property): readonly Property[] {
  return [...property.properties, ...(property.items ? [property.items] : []), ...(property.map ? [property.map.key, property.map.value] : [])];
}
