import { Construct } from 'constructs';
import { domainNames } from '../domain/naming';
import { onPartitions } from '../domain/run-table';
import { readsPlans } from '../handlers/deployed-assets';
import { type DomainHandlerProps, HandlerFunction } from '../handlers/handler-function';

/**
 * Keeps the products of a domain in the platform's catalogue. It holds no right to DataZone: it assumes the domain's publisher role in the
 * platform's account, which trusts it.
 */
export class CatalogueHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: DomainHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', { place, handler: 'catalogue', key, description: `The products of ${place.domain} in the platform's catalogue` });
    this.handler.askedByPlatform();
    const runs = `dp_${place.domain}_*`, remembered = `catalogue#${runs}`;
    const resources = [runTable.tableArn];
    this.handler.allow(
      { sid: 'Publisher', actions: ['sts:AssumeRole'], resources: [domainNames.cataloguePublisherRoleArn(place)] },
      { sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources, conditions: onPartitions([runs, remembered]) },
      { sid: 'Remembered', actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'], resources, conditions: onPartitions([remembered]) },
      { sid: 'Holders', actions: ['dynamodb:UpdateItem'], resources, conditions: onPartitions([`holders#${runs}`]) },
      readsPlans(this, place),
    );
  }
}
