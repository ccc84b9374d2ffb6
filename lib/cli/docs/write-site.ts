import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../failure';

/** Names the files of a site, so that the next one knows which are its own. */
const MANIFEST = 'mesh-docs.json';

/**
 * Writes a site into a folder, and removes pages of an earlier one that are no longer part of it. Throws UsageError where
 * the folder holds something else, which would be mixed with it, or cannot be written.
 */
export function writeSite(files: ReadonlyMap<string, string>, folder: string, shown: string): void {
  try {
    const stale = written(folder, shown).filter((file) => !files.has(file));
    for (const directory of new Set([...files.keys()].map((file) => path.dirname(file)))) fs.mkdirSync(path.join(folder, directory), { recursive: true });
    for (const [file, text] of files) fs.writeFileSync(path.join(folder, file), text);
    for (const file of stale) fs.rmSync(path.join(folder, file), { force: true });
    fs.writeFileSync(path.join(folder, MANIFEST), `${JSON.stringify({ files: [...files.keys()] })}\n`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shown} cannot be written: ${(error as Error).message}`);
  }
}

/** Pages and scripts that an earlier call wrote there. */
function written(folder: string, shown: string): string[] {
  if (!fs.existsSync(folder) || fs.readdirSync(folder).length === 0) return [];
  let files: unknown;
  try {
    files = (JSON.parse(fs.readFileSync(path.join(folder, MANIFEST), 'utf8')) as { files?: unknown }).files;
  } catch {
    throw new UsageError(`${shown} holds something that mesh docs has not made`, 'give an empty folder, or one that is not there yet');
  }
  // Whoever wrote the manifest, nothing but pages below this folder is removed.
  return Array.isArray(files) ? files.filter((file): file is string => typeof file === 'string' && /^(?:(?:products|domains|terms)\/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:html|js|css)$/.test(file)) : [];
}
