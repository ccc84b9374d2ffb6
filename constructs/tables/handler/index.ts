import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { client } from '../../handlers/clients';
import { customResource } from '../../handlers/custom-resource';
import { servedDomain } from '../../handlers/product-request';
import { ProductTablesResource } from './product-tables-resource';

/** The Lambda function behind `Custom::MeshTables`. */
export const handler = customResource(() => new ProductTablesResource(servedDomain(), {
  glue: client(GlueClient), s3: client(S3Client), dynamo: client(DynamoDBClient),
}));
