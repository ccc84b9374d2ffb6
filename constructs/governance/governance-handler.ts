import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type DomainPlace } from '../domain/naming';
import { catalogueRoleArn, platformNames } from './platform-names';
import { deployedAssets } from '../handlers/deployed-assets';
import { HandlerFunction } from '../handlers/handler-function';

/** What the handler of governance is made from. */
export interface GovernanceHandlerProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly catalogueKey: kms.IKey;
  /** Whose projects it makes, as the roles that speak for them. */
  readonly consumers: readonly DomainPlace[];
}

/** What the handler asks DataZone for; it decides by memberships of projects, and these actions take no resource. */
const DATAZONE = [
  'CreateProject', 'GetProject', 'ListProjects', 'GetFormType', 'CreateFormType', 'Search', 'CreateGlossary', 'CreateGlossaryTerm', 'UpdateGlossaryTerm',
].map((action) => `datazone:${action}`);

/** Does for governance what CloudFormation has no resource for: it waits for shares, and keeps the words of the catalogue. */
export class GovernanceHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, catalogueKey, consumers }: GovernanceHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'governance', key, description: 'Shares of the mesh, and the words of its catalogue', failuresTopic: platformNames.topicArn(place, 'incidents'),
    });
    this.handler.allow(
      { sid: 'Catalogue', actions: DATAZONE, resources: ['*'], why: 'DataZone decides by memberships of projects; these actions take no resource' },
      { sid: 'CatalogueKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [catalogueKey.keyArn] },
      { sid: 'Shares', actions: ['ram:GetResourceShareAssociations'], resources: ['*'], why: 'RAM takes no resource for it' },
      {
        sid: 'Words', actions: ['s3:GetObject'], resources: [deployedAssets(this, place, '*.json')],
        why: 'what was deployed is named by its content; the handler checks its digest',
      },
      ...(consumers.length === 0 ? [] : [{ sid: 'Subscribers', actions: ['sts:AssumeRole'], resources: consumers.map((consumer) => catalogueRoleArn(consumer, 'subscriber')) }]),
    );
  }
}
