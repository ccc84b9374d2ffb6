import { Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { HandlerFunction } from '../handlers/handler-function';
import { readPlans } from '../handlers/read-plans';

/** What the handler of tables is made from. */
export interface TablesHandlerProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly runTable: dynamodb.ITable;
}

/**
 * Makes and changes the tables of a domain's products. It writes metadata alone and reads no row: what Glue and Lake Formation ask for
 * beside these statements, CREATE_TABLE, ALTER, DROP and DATA_LOCATION_ACCESS, the permissions of each product give it first.
 */
export class TablesHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: TablesHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'tables', key, description: `Tables of the products of ${place.domain}`, environment: { MESH_PLACE: JSON.stringify(place) },
    });
    const { policy } = this.handler;
    const databases = [domainNames.publishedDatabase(place), domainNames.internalDatabase(place)];
    const tables = databases.map((database) => arnIn(place, 'glue', `table/${database}/*`));
    const metadata = productArns(place).objects('curated', 'tables/*/metadata/*.metadata.json');
    policy.addStatements(
      new iam.PolicyStatement({
        sid: 'Catalogue', actions: ['glue:GetTable', 'glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'],
        resources: [arnIn(place, 'glue', 'catalog'), ...databases.map((database) => arnIn(place, 'glue', `database/${database}`)), ...tables],
      }),
      new iam.PolicyStatement({ sid: 'Metadata', actions: ['s3:GetObject', 's3:PutObject'], resources: [metadata] }),
      // A transaction is allowed by what is in it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
      new iam.PolicyStatement({
        sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'], resources: [runTable.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`dp_${place.domain}_*`, 'holders#*'] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
      }),
    );
    readPlans(this.handler, place);
    const products = 'products and their tables come and go; the pattern is that of their names';
    for (const [resource, reason] of [...tables.map((table) => [table, products]), [metadata, `metadata of tables, which names columns and shows no row; ${products}`]]) {
      Validations.of(policy).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason });
    }
  }
}
