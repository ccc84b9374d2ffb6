import * as path from 'node:path';
import { loadMesh, type Mesh } from '../../../lib/plan/mesh/mesh';
import { folderWith } from '../../plan/mesh-folder';

/** A mesh from the text of its mesh.yaml. Throws what is wrong with it. */
export function meshOf(text: string): Mesh {
  const loaded = loadMesh(path.join(folderWith({ 'mesh.yaml': text }), 'mesh.yaml'), 'mesh.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message, remedy, expected }) => [message, expected, remedy].join(' ')).join('; '));
  return loaded.mesh;
}
