import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { domainNames, type DomainPlace } from '../domain/naming';
import { personaName, type Persona } from './persona-names';
import { ABOUT, personaStatements } from './personas';

/** Whose role it is. */
export interface PersonaRoleProps {
  readonly place: DomainPlace;
  readonly persona: Persona;
  /** Whether the account has products. */
  readonly hasProducts: boolean;
  /**
   * ARNs of who may take it, `*` for any account.
   * @default - whoever the permissions of the account let
   */
  readonly trusted?: string[];
}

/** A role for people, and the policy that it has; where people are in IAM Identity Center their permission set has the same policy. */
export class PersonaRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, persona, hasProducts, trusted }: PersonaRoleProps) {
    super(scope, id);
    const name = personaName(place, persona);
    const account = new iam.AccountPrincipal(place.account);
    this.role = new iam.Role(this, 'Resource', {
      roleName: name, path: domainNames.platformPath(place), description: ABOUT[persona], maxSessionDuration: Duration.hours(persona === 'admin' ? 1 : 8),
      assumedBy: trusted === undefined ? account : account.withConditions({ ArnLike: { 'aws:PrincipalArn': trusted } }),
    });
    exactPolicy(this, 'Policy', { place, name, roles: [this.role], description: ABOUT[persona], statements: personaStatements(this, place, persona, hasProducts) });
  }
}
