import { DefaultStackSynthesizer, Stack, Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { arnIn, domainNames, s3Arn, type DomainPlace } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { HandlerFunction } from '../handlers/handler-function';
import { NAMESPACE } from '../monitoring/metrics';
import { ownCode } from './accepted-code';

/** What a domain's publisher is made from. */
export interface PublisherProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly runTable: dynamodb.ITable;
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
      environment: { MESH_PLACE: JSON.stringify(place), ACCEPTED_CODE: [...ownCode(), ...acceptedCode].join(',') },
    });
    const { policy } = this.handler;
    const { statements, patterns } = this.statements(place, runTable.tableArn);
    policy.addStatements(...statements);
    for (const [resource, reason] of Object.entries(patterns)) Validations.of(policy).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }

  /** Its statements, and why a resource of theirs is a pattern. */
  private statements(place: DomainPlace, runTable: string): { statements: iam.PolicyStatement[]; patterns: Record<string, string> } {
    const { jobs, topics, objects } = productArns(place);
    const database = domainNames.publishedDatabase(place);
    const tables = arnIn(place, 'glue', `table/${database}/*`);
    const catalogue = [arnIn(place, 'glue', 'catalog'), arnIn(place, 'glue', `database/${database}`), tables];
    const qualifier = Stack.of(this).synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const deployed = s3Arn(place, `cdk-${qualifier}-assets-${place.account}-${place.region}/*`);
    const metadata = objects('curated', 'tables/*/metadata/*.metadata.json');
    const allow = (sid: string, actions: string[], resources: string[], conditions?: Record<string, Record<string, string | string[]>>): iam.PolicyStatement =>
      new iam.PolicyStatement({ sid, actions, resources, conditions });
    const products = 'products come and go; the pattern is that of their names';
    return {
      statements: [
        allow('Pointers', ['glue:GetTable', 'glue:UpdateTable'], catalogue),
        allow('Jobs', ['glue:GetJob', 'glue:GetJobRuns', 'glue:BatchStopJobRun'], [jobs]),
        allow('WhatWasDeployed', ['s3:GetObject'], [deployed]),
        allow('Metadata', ['s3:GetObject'], [metadata]),
        allow('Runs', ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'], [runTable], {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`dp_${place.domain}_*`, 'releases'] }, Null: { 'dynamodb:LeadingKeys': 'false' },
        }),
        allow('Bus', ['events:PutEvents'], [domainNames.eventBusArn(place)]),
        allow('Catalogue', ['lambda:InvokeFunction'], [domainNames.handlerArn(place, 'catalogue')]),
        allow('Owners', ['sns:Publish'], [topics]),
        allow('Measures', ['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': NAMESPACE } }),
      ],
      patterns: {
        [jobs]: products, [topics]: products, [tables]: products, [metadata]: `metadata of tables, which names rows and shows none; ${products}`,
        [deployed]: 'assets are named by their content, which a product knows when it is deployed; the publisher checks their digests',
        '*': 'CloudWatch takes no resource for metrics; the condition names their namespace',
      },
    };
  }
}
