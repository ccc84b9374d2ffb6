import { Annotations } from 'aws-cdk-lib';
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
   * SHA-256, in hex, of further files that jobs may run.
   * @default - what this package brings, and of each product what was accepted before
   */
  readonly acceptedCode?: readonly string[];
  /**
   * Why a file may not be run, by its SHA-256, whatever accepts it.
   * @default - none is refused
   */
  readonly refusedCode?: Readonly<Record<string, string>>;
}

/** Bytes of the 4 KB that Lambda takes for all settings of a function, less its place: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_LISTS = 3000;

/** The one function of a domain that may point a published table at something else; it does so for what the released jobs have certified. */
export class Publisher extends Construct {
  readonly handler: HandlerFunction;

  /** @throws when the lists of code are longer than a function's settings may be */
  constructor(scope: Construct, id: string, { place, key, runTable, acceptedCode = [], refusedCode = {} }: PublisherProps) {
    super(scope, id);
    const own = ownCode();
    for (const digest of own.filter((one) => Object.hasOwn(refusedCode, one))) {
      Annotations.of(this).addWarningV2('cdk-data-mesh:own-code-refused', `\`refusedCode\` names ${digest}, which is of this package itself: no product of ${place.domain} can be deployed with it or publish, until its foundation is of another version of the library`);
    }
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'publisher', key, description: `Publishes what the products of ${place.domain} have certified`,
      environment: listed([...own, ...acceptedCode], refusedCode),
    });
    this.handler.askedByPlatform();
    this.handler.allow(...work(place, runTable.tableArn, deployedAssets(this, place, '*')));
  }
}

/** As the function reads them. */
function listed(accepted: readonly string[], refused: Readonly<Record<string, string>>): Record<string, string> {
  const lists = { ACCEPTED_CODE: accepted.join(','), ...(Object.keys(refused).length === 0 ? {} : { REFUSED_CODE: JSON.stringify(refused) }) };
  const size = Buffer.byteLength(JSON.stringify(lists));
  if (size > LONGEST_LISTS) {
    throw new Error(`\`acceptedCode\` and \`refusedCode\` must have at most ${LONGEST_LISTS} bytes together, got ${size}; shorten reasons, and leave out files that no product was ever deployed with: of a release, its wheel is enough`);
  }
  return lists;
}

function work(place: DomainPlace, runTable: string, deployed: string): Statement[] {
  const { jobs, topics, buckets: [, curated], objects, alarms } = productArns(place);
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
      sid: 'Snapshots', actions: ['s3:ListBucket'], resources: [curated], conditions: { StringLike: { 's3:prefix': 'tables/*/metadata/snap-*' } },
      why: `whether a snapshot is there that is gone back to; ${products}`,
    },
    {
      sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'],
      resources: [runTable], conditions: onPartitions([`dp_${place.domain}_*`, 'releases']),
    },
    { sid: 'Bus', actions: ['events:PutEvents'], resources: [domainNames.eventBusArn(place)] },
    { sid: 'Catalogue', actions: ['lambda:InvokeFunction'], resources: [domainNames.handlerArn(place, 'catalogue')] },
    // Asks for what follows from contract and bindings, and says nothing of who gets what.
    { sid: 'Grants', actions: ['lambda:InvokeFunction'], resources: [domainNames.handlerArn(place, 'grants')] },
    { sid: 'Alarms', actions: ['cloudwatch:DescribeAlarms'], resources: [alarms], why: products },
    SEES_WHO,
    { sid: 'Owners', actions: ['sns:Publish'], resources: [topics], why: products },
    {
      sid: 'Measures', actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
      why: 'CloudWatch takes no resource for metrics; the condition names their namespace',
    },
  ];
}
