import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { customResource } from '../../handlers/custom-resource';
import { servedDomain } from '../../handlers/product-request';
import { ProductTablesResource } from './product-tables-resource';

/** A call that hangs is given up, which has to be asked for, and tried again: the function has minutes, and every call is repeatable. */
const patient = { maxAttempts: 5, requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true } };

/** The Lambda function behind `Custom::MeshTables`. */
export const handler = customResource(new ProductTablesResource(servedDomain(), {
  glue: new GlueClient(patient), s3: new S3Client(patient), dynamo: new DynamoDBClient(patient),
}));
