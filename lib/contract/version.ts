// One function of it: loading all of semver takes as long as starting Node.
import parse = require('semver/functions/parse');

/** The major version of a semantic version (semver.org), a `v` before it not allowed; undefined where it is none. */
export function majorVersion(version: string): number | undefined {
  return /^\d\S*$/.test(version) ? parse(version)?.major : undefined;
}
