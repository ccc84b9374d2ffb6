import { DataZoneClient } from '@aws-sdk/client-datazone';
import { RAMClient } from '@aws-sdk/client-ram';
import { S3Client } from '@aws-sdk/client-s3';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { client } from '../../handlers/clients';
import { customResource } from '../../handlers/custom-resource';
import { servedDomain } from '../../handlers/product-request';
import { CatalogueWordsResource } from './catalogue-words-resource';
import { type Outside } from './outside';
import { PlatformProjectResource } from './platform-project-resource';
import { ShareResource } from './share-resource';

let outside: Outside | undefined;

/** Called by CloudFormation for what governance needs and no resource of its own does: waiting for shares, and words in the catalogue. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  outside ??= { served: servedDomain(), datazone: client(DataZoneClient), ram: client(RAMClient), s3: client(S3Client), pause: (ms) => sleep(ms) };
  switch (event.ResourceType) {
    case 'Custom::MeshShare': return customResource(new ShareResource(outside))(event, context);
    case 'Custom::MeshPlatformProject': return customResource(new PlatformProjectResource(outside))(event, context);
    default: return customResource(new CatalogueWordsResource(outside))(event, context);
  }
}
