import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type ProductParts } from '../data-product/product-parts';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, productNames } from '../domain/naming';
import { onLock } from '../domain/run-table';

/** What the role of a product's state machine is made from. */
export interface StatesRoleProps {
  readonly parts: ProductParts;
  readonly imports: boolean;
}

/** The role of a product's state machine: its jobs, its lock, the publisher, its owner's topic. It sees no data. */
export class StatesRole extends Construct {
  readonly role: iam.Role;
  /** Without it the state machine could not be made: whoever makes one with a log is asked for leave to deliver it. */
  readonly policy: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, { parts, imports }: StatesRoleProps) {
    super(scope, id);
    const { place, plan: { product } } = parts;
    const name = productNames.role(place, 'states');
    this.role = new iam.Role(this, 'Resource', {
      roleName: name, path: productNames.rolePath(place), description: `The state machine of ${product.id} v${place.major} runs with it`,
      // https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': place.account }, ArnLike: { 'aws:SourceArn': productNames.stateMachineArn(place) } },
      }),
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', domainNames.productBoundaryArn(place)),
    });
    this.policy = exactPolicy(this, 'Policy', {
      place, name, path: productNames.rolePath(place), roles: [this.role], description: `What the state machine of ${product.id} v${place.major} may do`,
      statements: [...work(parts), ...(imports ? [{ sid: 'Imports', actions: ['sts:AssumeRole'], resources: [productNames.roleArn(place, 'import')] }] : []), LOG],
    });
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
const LOG: Statement = {
  sid: 'Log', resources: ['*'], why: 'what hands logs to a group has no ARN',
  actions: [
    'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups',
  ],
};

function work({ place, domain }: ProductParts): Statement[] {
  return [
    {
      // Those of `.sync`: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
      sid: 'Jobs', actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resources: (['etl', 'quality'] as const).map((job) => arnIn(place, 'glue', `job/${productNames.job(place, job)}`)),
    },
    {
      sid: 'Lock', actions: ['dynamodb:UpdateItem'], resources: [arnIn(place, 'dynamodb', `table/${domainNames.runTable(place)}`)],
      // What it has not written it need not see.
      conditions: { ...onLock(productNames.runPartition(place), 'StringEquals'), StringEquals: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_NEW'] } },
    },
    { sid: 'Publisher', actions: ['lambda:InvokeFunction'], resources: [domainNames.handlerArn(place, 'publisher')] },
    { sid: 'Owner', actions: ['sns:Publish'], resources: [arnIn(place, 'sns', productNames.ownerTopic(place))] },
    { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [domain.key.keyArn] },
  ];
}
