/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { ownerOf } from '../../owner';
import { type LintRule } from '../rule';

/** Who answers for the contract. */
export const peopleRules: readonly LintRule[] = [
  {
    id: 'lint/missing-owner', severity: 'error', title: 'Somebody owns the product',
    check: ({ contract }, report) => {
      if (ownerOf(contract) !== undefined) return;
      const { members } = contract.team;
      report(['team'], {
        message: members.length === 0 ? 'the contract has no owner' : 'no current member of the team has the role owner',
        expected: 'a member with `role: owner` and no `dateOut`', remedy: 'write `team: {members: [{username: …, role: owner}]}`',
      });
    },
  },
];
