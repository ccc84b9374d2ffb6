import * as sso from 'aws-cdk-lib/aws-sso';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { personaName, type Persona } from './persona-names';
import { ABOUT } from './personas';

/** People of a group in an account. */
export interface Assignment {
  readonly place: DomainPlace;
  readonly persona: Persona;
  /** Id of a group of IAM Identity Center. */
  readonly group: string;
}

/** What people of IAM Identity Center may do. */
export interface PermissionSetsProps {
  /** ARN of the instance. */
  readonly instance: string;
  readonly assignments: readonly Assignment[];
}

/** The longest name that IAM Identity Center takes: https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html */
const LONGEST = 32;

/**
 * A permission set for each persona of an account, with the policy that the persona's role has there: it has to be in the account before a
 * set that names it is assigned to it.
 */
export class PermissionSets extends Construct {
  /** @throws when the name of a set would be longer than IAM Identity Center takes */
  constructor(scope: Construct, id: string, { instance, assignments }: PermissionSetsProps) {
    super(scope, id);
    for (const { place, persona, group } of assignments) {
      const name = personaName(place, persona);
      if (name.length > LONGEST) throw new Error(`the name of a permission set must be at most ${LONGEST} characters, got ${name} with ${name.length}; shorten the name ${place.domain} in mesh.yaml, or leave its groups out of access.identityCenter`);
      const set = new sso.CfnPermissionSet(this, `Set-${name}`, {
        instanceArn: instance, name, description: `${ABOUT[persona]} (${place.domain})`, sessionDuration: persona === 'admin' ? 'PT1H' : 'PT8H',
        customerManagedPolicyReferences: [{ name, path: domainNames.platformPath(place) }],
      });
      new sso.CfnAssignment(this, `Assigned-${name}`, {
        instanceArn: instance, permissionSetArn: set.attrPermissionSetArn, principalType: 'GROUP', principalId: group, targetType: 'AWS_ACCOUNT', targetId: place.account,
      });
    }
  }
}
