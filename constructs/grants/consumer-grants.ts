import { type CfnResource, CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { jsonFile } from '../data-product/plan-file';
import { identityOf } from '../domain/identity';
import { domainNames, type ProductPlace } from '../domain/naming';
import { type Binding } from './binding';
import { clearanceFor, contractBindings, shownTo } from './desired-access';
import { type ProductAccess } from './product-access';

/** What the grants of a product are made from. */
export interface ConsumerGrantsProps {
  readonly place: ProductPlace;
  readonly access: ProductAccess;
}

/** Asks the domain's foundation to put in force what consumers may see of a product: by its contract now, by approved subscriptions whenever they come. */
export class ConsumerGrants extends Construct {
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { place, access }: ConsumerGrantsProps) {
    super(scope, id);
    const file = jsonFile(this, place, 'access', access);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshGrants',
      serviceToken: domainNames.handlerArn(place, 'grants'),
      properties: {
        ...identityOf(place), AccessUrl: file.url, AccessDigest: file.digest, Tables: [...access.tables],
      },
    });
    // For the mesh's policy, and for who reads the template: what each consumer sees by the contract alone.
    (this.resource.node.defaultChild as CfnResource).addMetadata('mesh:grant', contractBindings(access).flatMap((binding) => noteOf(access, binding)));
  }
}

/** What `mesh:grant` says of a binding: its clearance, and the class of each column that it shows. */
interface GrantNote {
  readonly role: string;
  readonly consumer: string;
  readonly clearance: string;
  readonly columns: Readonly<Record<string, string>>;
}

function noteOf({ shapes, consumers, closed }: ProductAccess, { role, consumer: name }: Binding): GrantNote[] {
  const shape = shapes.find((each) => each.role === role);
  const consumer = consumers.find((each) => each.name === name);
  if (closed !== null || shape === undefined || consumer === undefined) return [];
  const clearance = clearanceFor(shape, consumer);
  const seen = shownTo(shape, clearance).flatMap(({ table, columns }) => columns.map(({ name: column, classification }) => [`${table}.${column}`, classification] as const));
  return seen.length === 0 ? [] : [{ role, consumer: name, clearance, columns: Object.fromEntries(seen) }];
}
