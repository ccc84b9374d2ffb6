import { Construct } from 'constructs';
import { type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { onPartitions } from '../domain/run-table';
import { deployedAssets } from '../handlers/deployed-assets';
import { type DomainHandlerProps, HandlerFunction } from '../handlers/handler-function';
import { SEES_WHO } from '../handlers/trail-reading';
import { NAMESPACE } from '../monitoring/metrics';
import { ownCode } from './accepted-code';

/** What a domain's publisher is made from. */
export interface PublisherProps extends DomainHandlerProps {
  /**
   * SHA-256, in hex, of further files that jobs may run: of the release before, until every product is deployed with this one, or of a
   * zip of wheels of your own.
   * @default - what this package brings
   */
  readonly acceptedCode?: readonly string[];
}

/** The one function of a domain that may point a published table at something else; it does so for what the released jobs have certified. */
export class Publisher extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable, acceptedCode = [] }: PublisherProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'publisher', key, description: `Publishes what the products of ${place.domain} have certified`,
      environment: { ACCEPTED_CODE: [...ownCode(), ...acceptedCode].join(',') },
    });
    this.handler.askedByPlatform();
    this.handler.allow(...work(place, runTable.tableArn, deployedAssets(this, place, '*')));
  }
}

function work(place: DomainPlace, runTable: string, deployed: string): Statement[] {
  const { jobs, topics, objects, alarms } = productArns(place);
  const database = domainNames.publishedDatabase(place);
  const products = 'products come and go; the pattern is that of their names';
  return [
    {
      sid: 'Pointers', actions: ['glue:GetTable', 'glue:UpdateTable'], why: products,
      resources: [arnIn(place, 'glue', 'catalog'), arnIn(place, 'glue', `database/${database}`), arnIn(place, 'glue', `table/${database}/*`)],
    },
    { sid: 'Jobs', actions: ['glue:GetJob', 'glue:GetJobRuns', 'glue:BatchStopJobRun'], resources: [jobs], why: products },
    {
      sid: 'WhatWasDeployed', actions: ['s3:GetObject'], resources: [deployed],
      why: 'assets are named by their content, which a product knows when it is deployed; the publisher checks their digests',
    },
    {
      sid: 'Metadata', actions: ['s3:GetObject'], resources: [objects('curated', 'tables/*/metadata/*.metadata.json')],
      why: `metadata of tables, which names rows and shows none; ${products}`,
    },
    {
      sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'],
      resources: [runTable], conditions: onPartitions([`dp_${place.domain}_*`, 'releases']),
    },
    { sid: 'Bus', actions: ['events:PutEvents'], resources: [domainNames.eventBusArn(place)] },
    { sid: 'Catalogue', actions: ['lambda:InvokeFunction'], resources: [domainNames.handlerArn(place, 'catalogue')] },
    { sid: 'Alarms', actions: ['cloudwatch:DescribeAlarms'], resources: [alarms], why: products },
    SEES_WHO,
    { sid: 'Owners', actions: ['sns:Publish'], resources: [topics], why: products },
    {
      sid: 'Measures', actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
      why: 'CloudWatch takes no resource for metrics; the condition names their namespace',
    },
  ];
}
