import { DataZoneClient } from '@aws-sdk/client-datazone';
import { RAMClient } from '@aws-sdk/client-ram';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { assumedRole } from '../../handlers/assumed-role';
import { client } from '../../handlers/clients';
import { customResource } from '../../handlers/custom-resource';
import { domainNames } from '../../domain/naming';
import { servedDomain } from '../../handlers/product-request';
import { CatalogueWordsResource } from './catalogue-words-resource';
import { type Outside } from './outside';
import { ProjectResource } from './project-resource';
import { ShareResource } from './share-resource';

let outside: Outside | undefined;

async function datazoneAs(roleArn: string): Promise<DataZoneClient> {
  return client(DataZoneClient, { credentials: await assumedRole(client(STSClient), roleArn, domainNames.handler(servedDomain(), 'governance')) });
}

/** Called by CloudFormation for what governance needs and no resource of its own does: waiting for shares, and words in the catalogue. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  switch (event.ResourceType) {
    case 'Custom::MeshShare': return customResource(() => new ShareResource(outside ??= connect()))(event, context);
    case 'Custom::MeshPlatformProject':
    case 'Custom::MeshConsumerProject': return customResource(() => new ProjectResource(outside ??= connect()))(event, context);
    default: return customResource(() => new CatalogueWordsResource(outside ??= connect()))(event, context);
  }
}

function connect(): Outside {
  return { served: servedDomain(), datazone: client(DataZoneClient), datazoneAs, ram: client(RAMClient), s3: client(S3Client), pause: (ms) => sleep(ms) };
}
