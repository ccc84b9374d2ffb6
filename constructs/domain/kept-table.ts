import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { type Construct } from 'constructs';

/** What a table that must not be lost is made from. */
export interface KeptTable {
  readonly tableName: string;
  readonly encryptionKey: kms.IKey;
  /** Why it needs no plan of backups beside its recovery to a point in time. */
  readonly why: string;
}

/** A table by the keys `pk` and `sk`, as the child `Resource`: encrypted, taken back to any second, and deleted by nobody. */
export function keptTable(scope: Construct, { tableName, encryptionKey, why }: KeptTable): dynamodb.Table {
  const table = new dynamodb.Table(scope, 'Resource', {
    tableName,
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const pack of ['HIPAA.Security', 'NIST.800.53.R5']) Validations.of(table).acknowledge({ id: `${pack}::${pack}-DynamoDBInBackupPlan`, reason: why });
  return table;
}
