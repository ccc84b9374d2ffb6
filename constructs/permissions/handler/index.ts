import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { customResource } from '../../handlers/custom-resource';
import { Holders } from '../../handlers/holders';
import { servedDomain } from '../../handlers/product-request';
import { domainNames } from '../../domain/naming';
import { ProductPermissionsResource } from './product-permissions-resource';

const served = servedDomain();
const settings = { region: served.region, maxAttempts: 5, requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true } };

/** Custom::MeshPermissions. */
export const handler = customResource(new ProductPermissionsResource({
  served,
  lakeFormation: new LakeFormationClient(settings),
  glue: new GlueClient(settings),
  s3: new S3Client(settings),
  holders: new Holders(new DynamoDBClient(settings), domainNames.runTable(served)),
  sleep: (ms) => sleep(ms),
}));
