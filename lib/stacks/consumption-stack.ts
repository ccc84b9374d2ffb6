import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { consumerPlaceIn } from '../../constructs/consumer/consumer-place';
import { Consumption } from '../../constructs/consumer/consumption';
import { consumerNames } from '../../constructs/consumer/naming';
import { productNames, type ProductPlace } from '../../constructs/domain/naming';
import { suggest } from '../contract/suggest';
import { type Mesh } from '../plan/mesh';
import { participants } from '../plan/mesh-accounts';
import { CONSUMER_ROLES, scannedPerQuery } from '../plan/mesh-consumers';
import { placeIn, tagged } from './participant-place';

/** Who queries, and what of. */
export interface ConsumptionStackProps {
  readonly mesh: Mesh;
  readonly consumer: string;
  readonly environment: string;
  /** Domains with a contract that names the consumer. */
  readonly granting: ReadonlySet<string>;
  /** Products of a domain that is a consumer too, as far as they import others. */
  readonly importers: readonly ProductPlace[];
}

/** `[env-]<consumer>-consumption`: what a consumer queries products with, deployed by the platform into its account after the grants. */
export class ConsumptionStack extends Stack {
  readonly consumption: Consumption;

  /** @throws when the consumer has no account in the environment, or mesh.yaml names a domain that there is none of */
  constructor(scope: Construct, { mesh, consumer, environment, granting, importers }: ConsumptionStackProps) {
    const place = consumerPlaceIn(mesh, consumer, environment);
    if (place === undefined) throw new Error(`${mesh.file} has no account of the consumer ${consumer} in ${environment}`);
    const stackName = consumerNames.stack(place, 'consumption');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: `What the consumer ${consumer} queries products with`,
    });
    // Says to the mesh's policy that its roles may be shown links here.
    this.templateOptions.metadata = { 'mesh:stack': 'consumption' };
    const described = mesh.consumers()[consumer];
    const { roles = CONSUMER_ROLES, domains: written = [] } = described;
    const all = participants(mesh, environment);
    const domains = all.filter(({ kinds }) => kinds.includes('domain'));
    const unknown = written.find((name) => !domains.some((domain) => domain.name === name));
    if (unknown !== undefined) {
      const near = suggest(unknown, domains.map(({ name }) => name));
      throw new Error(`${mesh.file} has no domain ${unknown} in ${environment}, which the consumer ${consumer} may subscribe to; ${near === undefined ? 'take it out' : `did you mean ${near}?`}`);
    }
    this.consumption = new Consumption(this, 'Consumption', {
      place, roles, scannedPerQuery: scannedPerQuery(described), readers: importers.map((importer) => productNames.roleArn(importer, 'import')),
      domains: domains.filter(({ name }) => written.includes(name) || granting.has(name)).map((domain) => placeIn(mesh, environment, domain)),
    });
    tagged(this, all.find(({ name }) => name === consumer)!);
  }
}
