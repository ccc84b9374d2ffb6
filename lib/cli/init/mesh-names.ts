import * as path from 'node:path';
import { library } from '../library';

/** Names that mesh.yaml has below a word; none where there is no such file, or where it is not one. */
export function namesIn(root: string, word: 'domains' | 'consumers'): string[] {
  const read = library.yaml().readYamlFile(path.join(root, 'mesh.yaml'));
  const named = read.ok ? (read.value as Readonly<Record<string, unknown>>)[word] : undefined;
  return typeof named === 'object' && named !== null ? Object.keys(named) : [];
}
