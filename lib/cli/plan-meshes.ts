import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { once } from '../contract/once';
import { type ContractTree } from '../plan/contract-tree';
import { type BothMeshes } from '../plan/plan-changes';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { type Session } from './verb';

/** Opens the mesh of a tree beside the one here. What is in git alone is laid out in a folder that is gone afterwards. */
export function withBothMeshes<T>(session: Session, root: string, base: ContractTree, act: (meshes: BothMeshes) => T): T {
  const after = workspaceOf(session, root);
  const { layOut } = base;
  if (layOut === undefined) return act({ before: () => after, after });
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-before-')));
  const before = once(() => {
    layOut(folder);
    // answers about SQL are kept here, and files are called as they are here
    return new (library.workspace().Workspace)(folder, path.join(folder, path.relative(root, session.cwd)), { sqlChecker: after.sqlChecker, now: after.now });
  });
  try {
    return act({ before, after });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
