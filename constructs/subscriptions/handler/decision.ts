import { type Judgement } from '../../grants/answers';
import { type Subject } from './subject';

/** What becomes of a request, and what who asked is told. */
export type Decision =
  | { readonly verdict: 'accept' | 'reject'; readonly comment: string }
  /** For the product's owner to say. */
  | { readonly verdict: 'leave'; readonly comment: string };

/** What may be asked for at all, and what the contract has said already; the rest is the owner's to decide. */
export function decide({ consumer, project, role: asked, place }: Subject, judgement: Judgement | undefined): Decision {
  const product = `${place.domain}/${place.entity} v${place.major}`;
  if (consumer === undefined || judgement === undefined) {
    return { verdict: 'reject', comment: `No consumer of the mesh has the project ${project}. Ask the platform team to add one to mesh.yaml.` };
  }
  const { status, roles, role, covered, refused } = judgement;
  if (role === null) return { verdict: 'reject', comment: `Say which role is asked for, in a line of the reason: role: ${roles[0] ?? '…'}. ${product} has ${roles.join(', ') || 'none'}.` };
  if (refused !== null) return { verdict: 'reject', comment: `${asked ?? role} of ${product} cannot be given to ${consumer}: ${refused}.` };
  if (covered) return { verdict: 'accept', comment: `The contract of ${product} gives ${role} to ${consumer}.` };
  if (status !== 'active') return { verdict: 'reject', comment: `${product} is ${status}: it takes no new subscriptions.` };
  return { verdict: 'leave', comment: `${role} of ${product} is asked for by ${consumer}: its owner decides` };
}
