import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { HandlerFunction } from '../handlers/handler-function';
import { readPlans } from '../handlers/read-plans';

/** What the handler of the catalogue is made from. */
export interface CatalogueHandlerProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly runTable: dynamodb.ITable;
}

/**
 * Keeps the products of a domain in the platform's catalogue. It holds no right to DataZone: it assumes the domain's publisher role in the
 * platform's account, which trusts it.
 */
export class CatalogueHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: CatalogueHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'catalogue', key, description: `The products of ${place.domain} in the platform's catalogue`, environment: { MESH_PLACE: JSON.stringify(place) },
    });
    const products = `dp_${place.domain}_*`;
    const leading = (...keys: string[]): Record<string, Record<string, string | string[]>> => ({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys }, Null: { 'dynamodb:LeadingKeys': 'false' },
    });
    this.handler.policy.addStatements(
      new iam.PolicyStatement({ sid: 'Publisher', actions: ['sts:AssumeRole'], resources: [domainNames.cataloguePublisherRoleArn(place)] }),
      new iam.PolicyStatement({ sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [runTable.tableArn], conditions: leading(products, `catalogue#${products}`) }),
      new iam.PolicyStatement({ sid: 'Remembered', actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'], resources: [runTable.tableArn], conditions: leading(`catalogue#${products}`) }),
      new iam.PolicyStatement({ sid: 'Holders', actions: ['dynamodb:UpdateItem'], resources: [runTable.tableArn], conditions: leading(`holders#${products}`) }),
    );
    readPlans(this.handler, place);
  }
}
