/** The largest file that is read, in bytes: some 100,000 columns. */
export const MAX_BYTES = 5 * 1024 * 1024;

/** How deep lists and fields may be nested, through aliases too. */
export const MAX_DEPTH = 100;

/** How many values a file may stand for once its aliases are expanded. */
export const MAX_VALUES = 250_000;

/** How many characters those values may have together. */
export const MAX_CHARACTERS = 2 * MAX_BYTES;
