import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { domainNames, type DomainPlace } from '../domain/naming';
import { personaName, type Persona } from './persona-names';
import { ABOUT, personaStatements } from './personas';
import { type Kind } from './repairs';

/** Whose role it is. */
export interface PersonaRoleProps {
  readonly place: DomainPlace;
  readonly persona: Persona;
  /** What lives in the account. */
  readonly kinds: readonly Kind[];
  /** Other accounts that it deploys into. */
  readonly deployedInto?: readonly string[];
  /**
   * ARNs of who may take it, `*` for any account.
   * @default - whoever the permissions of the account let
   */
  readonly trusted?: string[];
}

/** A role for people, and the policy that it has; where people are in IAM Identity Center their permission set has the same policy. */
export class PersonaRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, persona, kinds, deployedInto, trusted }: PersonaRoleProps) {
    super(scope, id);
    const name = personaName(place, persona);
    this.role = new iam.Role(this, 'Resource', {
      roleName: name, path: domainNames.platformPath(place), description: ABOUT[persona], maxSessionDuration: Duration.hours(persona === 'admin' ? 1 : 8),
      assumedBy: trusted === undefined ? new iam.AccountPrincipal(place.account) : trustedAmong(place.account, trusted),
    });
    exactPolicy(this, 'Policy', { place, name, roles: [this.role], description: ABOUT[persona], statements: personaStatements(this, place, persona, kinds, deployedInto) });
  }
}

/** By their ARNs in a condition, since they may come later, and in this account or in one that they name. */
function trustedAmong(account: string, arns: string[]): iam.IPrincipal {
  const accounts = [...new Set([account, ...arns.map((arn) => arn.split(':')[4])])].sort();
  return new iam.CompositePrincipal(...accounts.map((each) => new iam.AccountPrincipal(each).withConditions({ ArnLike: { 'aws:PrincipalArn': arns } })));
}
