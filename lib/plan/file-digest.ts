/** SHA-256 of a file, as sha256sum prints it. */
export const SHA_256 = /^[0-9a-f]{64}$/;

/** Why a file is refused: one line of at most 200 characters, as it becomes a setting of a function and a part of what people are told. */
export const REASON = /^\S(?:.{0,198}\S)?$/;
