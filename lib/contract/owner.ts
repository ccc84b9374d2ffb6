import { type Contract, type TeamMember } from './contract';

/** Who answers for the product: a member of the team whose role is owner, and who has not left. */
export function ownerOf(contract: Contract): TeamMember | undefined {
  return contract.team.members.find(({ role, username, dateOut }) => /\bowner\b/i.test(role ?? '') && username !== undefined && username !== '' && dateOut === undefined);
}
