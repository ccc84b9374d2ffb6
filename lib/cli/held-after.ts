import { accessOf } from '../../constructs/grants/access-of';
import { heldRoles } from '../../constructs/grants/held-roles';
import { DataContract } from '../plan/data-contract';
import { type HeldRole } from '../plan/inspection';
import { type Mesh } from '../plan/mesh/mesh';
import { type Workspace } from '../plan/workspace';

/**
 * Who would have which role of a product once its contract here is deployed, by the code that grants it: by the contract, and for whoever
 * has subscribed by now. `environment` is one of mesh.yaml's, production unless given.
 */
export function heldAfter(workspace: Workspace, mesh: Mesh, file: string, now: readonly HeldRole[], environment?: string): HeldRole[] {
  // Which of its roles a consumer reads with is not told, so that products that import this one are left out.
  const { access } = accessOf(DataContract._of(workspace, file, { environment }), mesh, environment ?? mesh.production() ?? '');
  return heldRoles(access, now.filter(({ subscribed }) => subscribed), workspace.now.toISOString());
}
