import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { deployerRoleArn } from '../domain/bootstrap';
import { globalArn, type DomainPlace } from '../domain/naming';
import { BreakGlass } from './break-glass';
import { LakeAdministrator } from './lake-administrator';
import { personaRoleArn, type Persona } from './persona-names';
import { PersonaRole } from './persona-role';
import { type Kind } from './repairs';

/** Who works in an account of the mesh. */
export interface AccountAccessProps {
  /** Of whom the account is: the platform, a domain or a consumer. */
  readonly place: DomainPlace;
  /** What lives in it; only a domain's has products. */
  readonly kinds: readonly Kind[];
  /** Other accounts that its administrators deploy into: of the platform's, those of the mesh. */
  readonly deployedInto: readonly string[];
  /** ARNs of who administers it, `*` for any account. */
  readonly administrators: readonly string[];
  /** Of people in IAM Identity Center, who administer as well: patterns of their roles' ARNs. */
  readonly administratorSets: readonly string[];
}

/** Who works in each account, and who besides in one that has products. */
export const EVERYWHERE: readonly Persona[] = ['admin', 'auditor'];
export const WITH_PRODUCTS: readonly Persona[] = ['owner', 'engineer', 'steward'];

/** The roles of people in one account, each for one thing, and the settings of Lake Formation that go before everything else. */
export class AccountAccess extends Construct {
  readonly personas: Readonly<Partial<Record<Persona, iam.Role>>>;
  readonly lake: LakeAdministrator;
  readonly breakGlass?: BreakGlass;

  constructor(scope: Construct, id: string, { place, kinds, deployedInto, administrators, administratorSets }: AccountAccessProps) {
    super(scope, id);
    const here = administrators.map((arn) => arn.replace('::*:', `::${place.account}:`));
    // Roles of a permission set are below this path, in each region: https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
    const sessions = administratorSets.map((set) => globalArn(place, 'iam', `role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_${set}_*`));
    const taking = [personaRoleArn(place, 'admin'), ...sessions];
    const hasProducts = kinds.includes('domain');

    this.personas = Object.fromEntries([...EVERYWHERE, ...(hasProducts ? WITH_PRODUCTS : [])].map((persona) => [
      persona, new PersonaRole(this, persona[0].toUpperCase() + persona.slice(1), { place, persona, kinds, ...(persona === 'admin' ? { trusted: [...here, ...sessions], deployedInto } : {}) }).role,
    ]));
    this.lake = new LakeAdministrator(this, 'Lake', { place, administrators: taking, deployers: [deployerRoleArn(this, place)] });
    if (hasProducts) this.breakGlass = new BreakGlass(this, 'BreakGlass', { place, administrators: taking });
  }
}
