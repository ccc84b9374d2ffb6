import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { AccountAccess } from '../../constructs/access/account-access';
import { PermissionSets, type Assignment } from '../../constructs/access/permission-sets';
import { personaName, type Persona } from '../../constructs/access/persona-names';
import { type Mesh } from '../plan/mesh/mesh';
import { administratorsOf } from '../plan/mesh/mesh-access';
import { type Participant, participants } from '../plan/mesh/mesh-accounts';
import { placeIn, tagged } from './participant-place';

/** Whose access a stack makes. */
export interface AccessStackProps {
  readonly mesh: Mesh;
  readonly environment: string;
  readonly participant: Participant;
}

/** `[env-]access-<platform, domain or consumer>`: who works in its account, deployed by the platform before anything else is. */
export class AccessStack extends Stack {
  readonly access: AccountAccess;
  readonly participant: Participant;

  constructor(scope: Construct, { mesh, environment, participant }: AccessStackProps) {
    const place = placeIn(mesh, environment, participant);
    const stackName = [...(place.environment === null ? [] : [place.environment]), 'access', participant.name].join('-').replaceAll('_', '-');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: `Who works in the account of ${participant.name}`,
    });
    this.participant = participant;
    // Says to the mesh's policy that settings of Lake Formation belong here.
    this.templateOptions.metadata = { 'mesh:stack': 'access' };
    const { access } = mesh.definition;
    this.access = new AccountAccess(this, 'Access', {
      place, kinds: participant.kinds, administrators: administratorsOf(access),
      deployedInto: participant.kinds.includes('platform') ? others(participant, participants(mesh, environment)) : [],
      administratorSets: access?.identityCenter?.admins === undefined ? [] : [personaName(place, 'admin')],
    });
    if (participant.kinds.includes('platform') && access?.identityCenter !== undefined) {
      new PermissionSets(this, 'PermissionSets', { instance: access.identityCenter.instance, assignments: assignments(mesh, environment) });
    }
    tagged(this, participant);
  }
}

function others({ account: own }: Participant, all: readonly Participant[]): string[] {
  return [...new Set(all.map(({ account }) => account))].filter((account) => account !== own).sort();
}

/** The groups of mesh.yaml, in the accounts where they work. */
function assignments(mesh: Mesh, environment: string): Assignment[] {
  const { admins, auditors, domains = {} } = mesh.definition.access?.identityCenter ?? {};
  return participants(mesh, environment).flatMap((participant) => {
    const groups: Partial<Record<Persona, string>> = { admin: admins, auditor: auditors, ...(participant.kinds.includes('domain') ? domains[participant.name] : {}) };
    return (Object.entries(groups) as [Persona, string | undefined][])
      .flatMap(([persona, group]) => (group === undefined ? [] : [{ place: placeIn(mesh, environment, participant), persona, group }]));
  });
}

/** All of an environment: the platform's last where it assigns permission sets, which name policies of the others. */
export function accessStacks(scope: Construct, mesh: Mesh, environment: string): AccessStack[] {
  const all = participants(mesh, environment).map((participant) => new AccessStack(scope, { mesh, environment, participant }));
  const [platform, ...others] = all;
  if (mesh.definition.access?.identityCenter !== undefined) {
    for (const other of others) platform.addStackDependency(other, 'a permission set names policies of the accounts that it is assigned to');
  }
  return all;
}
