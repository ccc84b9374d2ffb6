/** A minor version of the standard that has a JSON Schema of its own. */
export type Edition = '3.0' | '3.1' | '3.2';

export const EDITIONS: readonly Edition[] = ['3.0', '3.1', '3.2'];

/**
 * The `apiVersion`s each edition reads. The official 3.0 schema also lists 2.2, whose fields it no longer has:
 * such a document is judged by 3.0, the first edition that names it.
 */
export const API_VERSIONS: Readonly<Record<Edition, readonly string[]>> = {
  '3.0': ['v3.0.2', 'v3.0.1', 'v3.0.0', 'v2.2.2', 'v2.2.1', 'v2.2.0'],
  '3.1': ['v3.1.0'],
  '3.2': ['v3.2.0'],
};

/** The edition a document says it is written in; undefined where it names none that exists. */
export function editionOf(document: unknown): Edition | undefined {
  const apiVersion: unknown = (document as { apiVersion?: unknown } | null | undefined)?.apiVersion;
  return EDITIONS.find((edition) => API_VERSIONS[edition].includes(apiVersion as string));
}
