import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { type DomainPlace } from '../../../constructs/domain/naming';
import { onPartitions } from '../../../constructs/domain/run-table';
import { HandlerFunction } from '../../../constructs/handlers/handler-function';

const place: DomainPlace = {
  mesh: 'shoply', environment: null, domain: 'sales', account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-central-1',
};

function made(environment?: Record<string, string>): { readonly stack: Stack; readonly handler: HandlerFunction } {
  const stack = new Stack(new App(), 'foundation', { env: { account: place.account, region: place.region } });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:222222222222:key/00000000-0000-0000-0000-000000000000');
  return { stack, handler: new HandlerFunction(stack, 'Handler', { place, handler: 'tables', key, description: 'Tables', environment }) };
}

describe('a handler\'s function', () => {
  test('is told which domain it serves, and what is said beside', () => {
    const { stack } = made({ MORE: 'x' });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { MESH_PLACE: JSON.stringify(place), MORE: 'x' } } });
  });

  test('has an alarm that rings while its queue holds a call that failed whenever it was tried', () => {
    const { stack } = made();
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mesh-sales-tables-failed', MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('HandlerFailed'), 'QueueName'] } }],
    });
  });

  test('may do more as far as each statement names its resources, or says why not', () => {
    const { stack, handler } = made();
    const table = 'arn:aws:dynamodb:eu-west-1:222222222222:table/mesh-sales-runs';
    handler.allow({ sid: 'Runs', actions: ['dynamodb:GetItem'], resources: [table], conditions: onPartitions('dp_sales_*') });
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')) as { Properties: { PolicyDocument: { Statement: object[] } } }[];
    expect(policies.map(({ Properties }) => Properties.PolicyDocument.Statement.at(-1))).toEqual([{
      Sid: 'Runs', Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: table,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'dp_sales_*' }, 'Null': { 'dynamodb:LeadingKeys': 'false' } },
    }]);
  });

  test('may not do more by a pattern that nobody has given a reason for', () => {
    const { handler } = made();
    expect(() => handler.allow({ sid: 'All', actions: ['glue:GetTable'], resources: ['arn:aws:glue:eu-west-1:222222222222:table/sales/*'] }))
      .toThrow('the statement All of foundation/Handler/Policy allows arn:aws:glue:eu-west-1:222222222222:table/sales/* and does not say why it is a pattern');
  });
});
