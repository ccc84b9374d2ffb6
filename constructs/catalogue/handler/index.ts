import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { client } from '../../handlers/clients';
import { customResource } from '../../handlers/custom-resource';
import { Holders } from '../../handlers/holders';
import { servedDomain } from '../../handlers/product-request';
import { RunTable } from '../../run-log/run-table';
import { domainNames } from '../../domain/naming';
import { announced, type Publication } from './announced';
import { CatalogueProjectResource } from './catalogue-project-resource';
import { type Outside } from './outside';
import { ProductCatalogueResource } from './product-catalogue-resource';

let outside: Outside | undefined;

/** Called by CloudFormation for Custom::MeshCatalogueProject and Custom::MeshCatalogue, and by the publisher of what it has published. */
export async function handler(event: CloudFormationCustomResourceEvent | Publication, context: Context): Promise<unknown> {
  outside ??= connect();
  if ('RequestType' in event) {
    const asked = event as CloudFormationCustomResourceEvent;
    return asked.ResourceType === 'Custom::MeshCatalogueProject'
      ? customResource(new CatalogueProjectResource(outside))(asked, context)
      : customResource(new ProductCatalogueResource(outside))(asked, context);
  }
  return announced(outside, event, () => context.getRemainingTimeInMillis());
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
