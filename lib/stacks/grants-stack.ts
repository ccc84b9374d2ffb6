import { Annotations, Stack, Tags } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { attributesIn } from '../../constructs/domain/data-domain';
import { type ProductPlace } from '../../constructs/domain/naming';
import { accessOf } from '../../constructs/grants/access-of';
import { ConsumerGrants } from '../../constructs/grants/consumer-grants';
import { desiredAccess } from '../../constructs/grants/desired-access';
import { stackName } from '../contract/names';
import { type DataContract } from '../plan/data-contract';
import { type Mesh } from '../plan/mesh/mesh';

/** Whose grants a stack makes. */
export interface GrantsStackProps {
  readonly mesh: Mesh;
  /** Read for the environment. */
  readonly contract: DataContract;
  readonly environment: string;
  /** Products that import this one. */
  readonly importers: readonly ProductPlace[];
}

/** `[env-]<domain>-<entity>-v<major>-grants`: what consumers may see of one product, deployed by the platform into the domain's account. */
export class GrantsStack extends Stack {
  readonly grants: ConsumerGrants;

  constructor(scope: Construct, { mesh, contract, environment, importers }: GrantsStackProps) {
    const attributes = attributesIn(mesh, contract.domain, environment);
    const { account, region, domainName: domain } = attributes;
    const place = {
      ...attributes, domain, mesh: mesh.name, environment: attributes.environment ?? null, platformRegion: attributes.platformRegion ?? region,
      entity: contract.entity, major: contract.majorVersion,
    };
    const name = `${stackName({ domain, environment: place.environment, entity: place.entity, major: place.major })}-grants`;
    super(scope, name, {
      stackName: name, env: { account, region },
      description: `What consumers may see of the data product ${contract.productId}, version ${contract.majorVersion}`,
    });
    // Says to the mesh's policy that grants belong here.
    this.templateOptions.metadata = { 'mesh:stack': 'grants' };
    const { access, warnings } = accessOf(contract, mesh, environment, importers);
    // A sign-off that ends is for the handler to watch: a synth turns on no clock.
    const { refused } = desiredAccess({ ...access, closes: null }, [], '1970-01-01T00:00:00Z');
    const bound = new Set(access.shapes.flatMap(({ consumers }) => consumers));
    const unread = importers.filter(({ domain: of }) => !bound.has(of))
      .map((of) => `${contract._lineOf('roles')}: ${of.domain}/${of.entity} v${of.major} imports it and is given nothing: give a role of it to the consumer ${of.domain} (mesh.consumers), or have it subscribe`);
    for (const warning of [...warnings, ...unread, ...refused.map((text) => `${contract._lineOf('roles')}: not granted: ${text}`)]) Annotations.of(this).addWarningV2('cdk-data-mesh:grants', warning);
    this.grants = new ConsumerGrants(this, 'Grants', { place, access });
    const tags = { 'mesh:domain': domain, 'mesh:product': `${domain}/${place.entity}-v${place.major}`, 'owner': attributes.owner, 'cost-centre': attributes.costCentre };
    for (const [tag, value] of Object.entries(tags)) if (value !== undefined) Tags.of(this).add(tag, value);
  }
}
