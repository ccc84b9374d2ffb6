import { Construct } from 'constructs';
import { arnIn, domainNames } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { onPartitions } from '../domain/run-table';
import { readsPlans } from '../handlers/deployed-assets';
import { type DomainHandlerProps, HandlerFunction } from '../handlers/handler-function';

/**
 * Makes and changes the tables of a domain's products. It writes metadata alone and reads no row: what Glue and Lake Formation ask for
 * beside these statements, CREATE_TABLE, ALTER, DROP and DATA_LOCATION_ACCESS, the permissions of each product give it first.
 */
export class TablesHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: DomainHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', { place, handler: 'tables', key, description: `Tables of the products of ${place.domain}` });
    const databases = [domainNames.publishedDatabase(place), domainNames.internalDatabase(place)];
    const products = 'products and their tables come and go; the pattern is that of their names';
    this.handler.allow(
      {
        sid: 'Catalogue', actions: ['glue:GetTable', 'glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'], why: products,
        resources: [
          arnIn(place, 'glue', 'catalog'), ...databases.map((database) => arnIn(place, 'glue', `database/${database}`)), ...databases.map((database) => arnIn(place, 'glue', `table/${database}/*`)),
        ],
      },
      {
        sid: 'Metadata', actions: ['s3:GetObject', 's3:PutObject'], resources: [productArns(place).objects('curated', 'tables/*/metadata/*.metadata.json')],
        why: `metadata of tables, which names columns and shows no row; ${products}`,
      },
      {
        sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'], resources: [runTable.tableArn],
        conditions: onPartitions([`dp_${place.domain}_*`, 'holders#*']),
      },
      readsPlans(this, place),
    );
  }
}
