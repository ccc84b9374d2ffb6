import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type DomainPlace } from '../domain/naming';
import { bindingsTable } from '../grants/binding';

/** What the table of bindings is made from. */
export interface BindingsTableProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** Who has which access shape of which product, where an owner has approved it: constructs/grants/binding.ts says how an item lies in it. */
export class BindingsTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { place, key }: BindingsTableProps) {
    super(scope, id);
    this.table = new dynamodb.Table(this, 'Resource', {
      tableName: bindingsTable(place),
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5']) {
      Validations.of(this.table).acknowledge({ id: `${pack}::${pack}-DynamoDBInBackupPlan`, reason: 'it can be taken back to any second of the last 35 days; what was granted when is in the trail' });
    }
  }
}
