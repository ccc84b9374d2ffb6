import { parse } from 'semver';

/** The major version of a semantic version (semver.org), a `v` before it not allowed; undefined where it is none. */
export function majorVersion(version: string): number | undefined {
  return /^\d\S*$/.test(version) ? parse(version)?.major : undefined;
}
