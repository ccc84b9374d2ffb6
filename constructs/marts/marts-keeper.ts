import { CustomResource, Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { asDomain, consumerArn, consumerNames, type ConsumerPlace } from '../consumer/naming';
import { jsonFile } from '../data-product/plan-file';
import { type DomainPlace } from '../domain/naming';
import { noticesRole } from '../domain/notices';
import { FailedCallsNotice } from '../handlers/failed-calls';
import { HandlerFunction } from '../handlers/handler-function';
import { ADMIN_NAME, type Mart, MARTS_VERSION, type WantedMarts } from './mart';

/** What keeps a consumer's marts, and by what. */
export interface MartsKeeperProps {
  readonly place: ConsumerPlace;
  /** Encrypts its log, its queue of failed calls and the administrator's secret. */
  readonly key: kms.IKey;
  /** ARNs of the namespace and the workgroup. */
  readonly namespaceArn: string;
  readonly workgroupArn: string;
  /** Databases of the account's catalogue that are queried from the warehouse. */
  readonly databases: readonly string[];
  readonly marts: readonly Mart[];
  readonly refreshHours: number;
  /** RPU-hours a month. */
  readonly monthlyLimit: number;
  /** Domains whose databases they are: their handlers of grants end marts before they take a grant away. */
  readonly domains: readonly Pick<DomainPlace, 'domain' | 'account'>[];
}

/**
 * Keeps the marts of a consumer as contracts and grants say: when it is deployed, every few hours, and at once when a domain takes a grant
 * away. All three go the same way, so that it does not matter which comes first.
 */
export class MartsKeeper extends Construct {
  readonly handler: HandlerFunction;
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: MartsKeeperProps) {
    super(scope, id);
    const { place, key, namespaceArn, workgroupArn, monthlyLimit, refreshHours, domains } = props;
    const served = asDomain(place);
    const warehouse = consumerNames.warehouse(place);
    const role = consumerNames.roleArn(place, 'warehouse');
    const wanted: WantedMarts = { martsVersion: MARTS_VERSION, role, databases: props.databases, marts: props.marts };
    const { url, digest, arn } = jsonFile(this, served, 'marts', wanted);
    this.handler = new HandlerFunction(this, 'Handler', {
      place: served, handler: 'marts', key, description: `Marts of the consumer ${place.consumer}`, environment: { WAREHOUSE: warehouse },
    });
    this.handler.allow(
      { sid: 'Wanted', actions: ['s3:GetObject'], resources: [arn] },
      { sid: 'Statements', actions: ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'], resources: [workgroupArn] },
      { sid: 'Answers', actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'], resources: ['*'], why: 'they take no resource; Redshift answers who has asked alone' },
      { sid: 'Namespace', actions: ['redshift-serverless:GetNamespace'], resources: [namespaceArn] },
      { sid: 'Workgroup', actions: ['redshift-serverless:GetWorkgroup'], resources: [workgroupArn] },
      {
        sid: 'UsageLimit', actions: ['redshift-serverless:CreateUsageLimit', 'redshift-serverless:ListUsageLimits', 'redshift-serverless:UpdateUsageLimit'], resources: ['*'],
        why: 'they take no resource; a limit of another workgroup is left alone by its code',
      },
      {
        sid: 'Administrator', actions: ['secretsmanager:GetSecretValue'], resources: [consumerArn(place, 'secretsmanager', `secret:redshift!${warehouse}-${ADMIN_NAME}-*`)],
        why: 'Secrets Manager adds six characters to the name that Redshift gives',
      },
    );
    for (const { domain, account } of domains) {
      // A permission is for all that a function takes: by the alias that it was called by, the handler knows whose marts it may end, and takes nothing else.
      const alias = new lambda.Alias(this, `Domain-${domain}`, { aliasName: domain, version: this.handler.function.latestVersion, description: `Ends marts of ${domain}` });
      if (account !== place.account) alias.addPermission('Ends', { principal: new iam.AccountPrincipal(account), action: 'lambda:InvokeFunction' });
    }
    new events.Rule(this, 'Refresh', {
      ruleName: `${consumerNames.martsHandler(place)}-refresh`, description: `Brings marts of ${place.consumer} up to date, and ends those whose grant has ended`,
      schedule: events.Schedule.rate(Duration.hours(refreshHours)),
      targets: [new targets.LambdaFunction(this.handler.function, {
        event: events.RuleTargetInput.fromObject({ action: 'refresh', WantedUrl: url, WantedDigest: digest }), deadLetterQueue: this.handler.failed, retryAttempts: 2,
      })],
    });
    const told = noticesRole(this, 'Notices', served, `${consumerNames.martsHandler(place)}-notices`);
    new FailedCallsNotice(this, 'FailedCalls', { place: served, name: `${consumerNames.martsHandler(place)}-failed-calls-told`, handlers: ['marts'], roleArn: told.roleArn });
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshMarts', serviceToken: this.handler.function.functionArn,
      properties: { Warehouse: warehouse, Role: role, WantedUrl: url, WantedDigest: digest, MonthlyLimit: String(monthlyLimit) },
    });
  }
}
