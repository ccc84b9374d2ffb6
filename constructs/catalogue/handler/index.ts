import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { client } from '../../handlers/clients';
import { customResource, HandlerError } from '../../handlers/custom-resource';
import { Holders } from '../../handlers/holders';
import { productPlace, servedDomain } from '../../handlers/product-request';
import { RunTable } from '../../run-log/run-table';
import { domainNames } from '../../domain/naming';
import { announced, type Publication } from './announced';
import { CatalogueProjectResource } from './catalogue-project-resource';
import { inspectListing } from './inspect-listing';
import { type Outside } from './outside';
import { ProductCatalogueResource } from './product-catalogue-resource';
import { repair } from './repair';

/** The identity of a product, and what is to be done. */
type Verification = Readonly<Record<string, unknown>> & { readonly action: 'inspect' | 'repair' };

let outside: Outside | undefined;

/** Called by CloudFormation for Custom::MeshCatalogueProject and Custom::MeshCatalogue, by the publisher of what it has published, and by `mesh verify`. */
export async function handler(event: CloudFormationCustomResourceEvent | Publication | Verification, context: Context): Promise<unknown> {
  if ('RequestType' in event) {
    const asked = event as CloudFormationCustomResourceEvent;
    return asked.ResourceType === 'Custom::MeshCatalogueProject'
      ? customResource(() => new CatalogueProjectResource(outside ??= connect()))(asked, context)
      : customResource(() => new ProductCatalogueResource(outside ??= connect()))(asked, context);
  }
  outside ??= connect();
  const { served } = outside;
  const remaining = (): number => context.getRemainingTimeInMillis();
  switch (event.action) {
    case 'published': return announced(outside, event, remaining);
    case 'inspect': return inspectListing(outside, productPlace(event, served));
    case 'repair': return repair(outside, productPlace(event, served), remaining);
    default: throw new HandlerError(`there is no action ${String((event as { action?: unknown }).action)}; there are published, inspect and repair`);
  }
}

function connect(): Outside {
  const served = servedDomain();
  const dynamodb = client(DynamoDBClient);
  return {
    served, s3: client(S3Client), sts: client(STSClient),
    table: new RunTable(dynamodb, domainNames.runTable(served)), holders: new Holders(dynamodb, domainNames.runTable(served)),
    pause: (ms) => sleep(ms),
  };
}
