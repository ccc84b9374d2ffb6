import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { onPartitions } from '../domain/run-table';
import { bindingPartitions, bindingsTable } from '../grants/binding';
import { platformNames } from '../governance/platform-names';
import { HandlerFunction } from '../handlers/handler-function';
import { EVENTS } from './subscription-event';

/** What subscriptions are decided with. */
export interface SubscriptionsProps {
  /** Of the platform. */
  readonly place: DomainPlace;
  /** The platform's key, which the table of bindings is encrypted with. */
  readonly key: kms.IKey;
  readonly domains: readonly DomainPlace[];
  /** Consumers of mesh.yaml by the names of their projects in the catalogue. */
  readonly consumers: Readonly<Record<string, string>>;
}

/**
 * What becomes of subscriptions, in the platform's account: a function hears of them, decides by contract and policy, and keeps what owners
 * approve as bindings. Each domain reads its own by a role of its own.
 */
export class Subscriptions extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, domains, consumers }: SubscriptionsProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'subscriptions', key, description: 'Subscriptions of consumers to products of the mesh', failuresTopic: platformNames.topicArn(place, 'incidents'),
      environment: { DOMAINS: JSON.stringify(domains), CONSUMERS: JSON.stringify(consumers) },
    });
    const table = arnIn(place, 'dynamodb', `table/${bindingsTable(place)}`);
    this.handler.allow(
      { sid: 'Bindings', actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], resources: [table] },
      { sid: 'Publishers', actions: ['sts:AssumeRole'], resources: domains.map((domain) => domainNames.cataloguePublisherRoleArn(domain)) },
      { sid: 'Grants', actions: ['lambda:InvokeFunction'], resources: domains.map((domain) => domainNames.handlerArn(domain, 'grants')) },
    );
    for (const domain of domains) this.reader(domain, table, place);
    new events.Rule(this, 'Rule', {
      ruleName: domainNames.handler(place, 'subscriptions'), description: 'What DataZone tells of subscriptions',
      eventPattern: { source: ['aws.datazone'], detailType: Object.keys(EVENTS) },
      targets: [new targets.LambdaFunction(this.handler.function, { deadLetterQueue: this.handler.failed, maxEventAge: Duration.hours(6), retryAttempts: 20 })],
    });
  }

  /** Trusts the handler of grants in the domain's account, which may come later: by a condition, since a principal would have to be there. */
  private reader(domain: DomainPlace, table: string, place: DomainPlace): void {
    const arn = domainNames.bindingsReaderRoleArn(domain);
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    const role = new iam.Role(this, `Reader-${domain.domain}`, {
      roleName: name, path: domainNames.platformPath(domain), description: `Reads the bindings of the products of ${domain.domain}`, maxSessionDuration: Duration.hours(1),
      assumedBy: new iam.AccountPrincipal(domain.account).withConditions({ ArnEquals: { 'aws:PrincipalArn': domainNames.handlerRoleArn(domain, 'grants') } }),
    });
    exactPolicy(this, `Reader-${domain.domain}-Policy`, {
      place: domain, name, roles: [role], description: `Bindings of the products of ${domain.domain}`,
      statements: [
        { sid: 'Bindings', actions: ['dynamodb:Query'], resources: [table], conditions: onPartitions([bindingPartitions(domain)]) },
        platformKey(place),
      ],
    });
  }
}

/** The key of the table, which has no name that could be computed. */
function platformKey(place: DomainPlace): Statement {
  return {
    sid: 'Key', actions: ['kms:Decrypt'], resources: [arnIn(place, 'kms', 'key/*')], why: 'a key has no name that could be computed; the condition names its alias',
    conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': platformNames.keyAlias(place) }, 'StringEquals': { 'kms:ViaService': `dynamodb.${place.region}.amazonaws.com` } },
  };
}
