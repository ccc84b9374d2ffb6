import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { client } from '../../handlers/clients';
import { customResource } from '../../handlers/custom-resource';
import { Holders } from '../../handlers/holders';
import { servedDomain } from '../../handlers/product-request';
import { domainNames } from '../../domain/naming';
import { ProductPermissionsResource } from './product-permissions-resource';

/** Custom::MeshPermissions. */
export const handler = customResource(() => new ProductPermissionsResource({
  served: servedDomain(),
  lakeFormation: client(LakeFormationClient),
  glue: client(GlueClient),
  s3: client(S3Client),
  holders: new Holders(client(DynamoDBClient), domainNames.runTable(servedDomain())),
  sleep: (ms) => sleep(ms),
}));
