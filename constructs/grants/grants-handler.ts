import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace, partition } from '../domain/naming';
import { onPartitions } from '../domain/run-table';
import { readsPlans } from '../handlers/deployed-assets';
import { SEES_WHO } from '../handlers/trail-reading';
import { type DomainHandlerProps, HandlerFunction } from '../handlers/handler-function';

/** Puts in force what consumers may see of a domain's products. Products cannot ask it: the platform's stacks and its subscriptions do. */
export class GrantsHandler extends Construct {
  readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, { place, key, runTable }: DomainHandlerProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', { place, handler: 'grants', key, description: `What consumers may see of the products of ${place.domain}` });
    const database = domainNames.publishedDatabase(place);
    this.handler.allow(
      {
        sid: 'Grants', resources: ['*'], why: 'actions of Lake Formation take no resource; what may be granted is for its being an administrator, and for its code',
        actions: [
          'lakeformation:ListPermissions', 'lakeformation:BatchGrantPermissions', 'lakeformation:BatchRevokePermissions',
          'lakeformation:ListDataCellsFilter', 'lakeformation:CreateDataCellsFilter', 'lakeformation:UpdateDataCellsFilter', 'lakeformation:DeleteDataCellsFilter',
        ],
      },
      {
        sid: 'Catalogue', actions: ['glue:GetDatabase', 'glue:GetTable'], why: 'products and their tables come and go; it reads their metadata',
        resources: [arnIn(place, 'glue', 'catalog'), arnIn(place, 'glue', `database/${database}`), arnIn(place, 'glue', `table/${database}/*`)],
      },
      ...sharing(place),
      SEES_WHO,
      { sid: 'Turns', actions: ['lambda:InvokeFunction'], resources: [domainNames.handlerArn(place, 'grants')] },
      {
        sid: 'Copies', actions: ['lambda:InvokeFunction'], resources: [`arn:${partition(place)}:lambda:*:*:function:mesh-*-marts:${place.domain}`],
        why: 'consumers come and go, each in its account; what keeps their marts has an alias for each domain that may end its own',
      },
      { sid: 'Bindings', actions: ['sts:AssumeRole'], resources: [domainNames.bindingsReaderRoleArn(place)] },
      { sid: 'Remembered', actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], resources: [runTable.tableArn], conditions: onPartitions(['grants'], 'StringEquals') },
      { sid: 'Holders', actions: ['dynamodb:UpdateItem'], resources: [runTable.tableArn], conditions: onPartitions([`holders#dp_${place.domain}_*`]) },
      { sid: 'Bus', actions: ['events:PutEvents'], resources: [domainNames.eventBusArn(place)] },
      readsPlans(this, place),
    );
    new events.Rule(this, 'Sweep', {
      ruleName: `${domainNames.handler(place, 'grants')}-sweep`, description: `Grants of the products of ${place.domain} once a day: sign-offs end, and hands are seen`,
      schedule: events.Schedule.rate(Duration.days(1)),
      targets: [new targets.LambdaFunction(this.handler.function, { event: events.RuleTargetInput.fromObject({ action: 'sweep' }), deadLetterQueue: this.handler.failed, retryAttempts: 2 })],
    });
    this.handler.askedByPlatform();
  }
}

/**
 * Lake Formation shares what is granted to another account through RAM, and as who grants it: the actions of
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLakeFormationCrossAccountManager.html, on its own shares.
 */
function sharing(place: DomainPlace): Statement[] {
  const own = { StringLike: { 'ram:ResourceShareName': 'LakeFormation*' } };
  const shares = arnIn(place, 'ram', 'resource-share/*');
  return [
    {
      sid: 'Share', actions: ['ram:CreateResourceShare'], resources: ['*'], why: 'a share that is yet to be made has no ARN; the condition says of what it may be',
      conditions: { StringEquals: { 'ram:RequestedResourceType': ['glue:Table', 'glue:Database', 'glue:Catalog'] } },
    },
    {
      sid: 'Shares', actions: ['ram:UpdateResourceShare', 'ram:DeleteResourceShare', 'ram:AssociateResourceShare', 'ram:DisassociateResourceShare'], resources: [shares],
      conditions: own, why: 'RAM gives shares ids of its own; the condition says whose they are',
    },
    {
      sid: 'SharePermissions', actions: ['ram:AssociateResourceSharePermission'], resources: [shares], why: 'RAM gives shares ids of its own; the condition says what they permit',
      conditions: { ArnLike: { 'ram:PermissionArn': `arn:${partition(place)}:ram::aws:permission/AWSRAMLFEnabled*` } },
    },
    {
      sid: 'SeesShares', actions: ['ram:GetResourceShares', 'ram:GetResourceShareAssociations', 'ram:GetResourcePolicies', 'ram:ListResources', 'organizations:DescribeOrganization'],
      resources: ['*'], why: 'they take no resource',
    },
    {
      sid: 'SharedCatalogue', actions: ['glue:PutResourcePolicy', 'glue:DeleteResourcePolicy'], resources: [arnIn(place, 'glue', 'catalog'), arnIn(place, 'glue', 'database/*'), arnIn(place, 'glue', 'table/*')],
      why: 'RAM writes the policy of the catalogue as who shares',
    },
  ];
}
