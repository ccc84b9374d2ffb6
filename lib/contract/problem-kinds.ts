/** Why a file is not read: problems `yaml/<kind>`. */
export const YAML_KINDS = [
  'not-found', 'unreadable', 'directory', 'not-a-file', 'too-large', 'encoding', 'binary',
  'syntax', 'tab', 'empty', 'several-documents', 'not-fields', 'not-a-list', 'too-deep',
  'duplicate-key', 'key', 'forbidden-key', 'merge-key', 'alias', 'tag', 'number', 'text',
] as const;

/** How a file can differ from any model: problems `odcs/<kind>`, `short/<kind>`, `vocabulary/<kind>`… */
export const MODEL_KINDS = ['missing', 'type', 'unknown-field', 'enum', 'range', 'pattern', 'key', 'value', 'more'] as const;

/** What the standard's schema refuses besides. */
export const ODCS_KINDS = [...MODEL_KINDS, 'version', 'conflict', 'duplicate'] as const;

/** What the short template refuses besides; `no-columns` is a warning. */
export const SHORT_KINDS = [...MODEL_KINDS, 'column-type', 'primary-key', 'no-columns'] as const;

/** What the vocabulary refuses besides. */
export const VOCABULARY_KINDS = [...MODEL_KINDS, 'ambiguous'] as const;

export type YamlKind = (typeof YAML_KINDS)[number];
