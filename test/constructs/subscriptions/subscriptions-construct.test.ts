import { App, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { type DomainPlace } from '../../../constructs/domain/naming';
import { CatalogueRoles } from '../../../constructs/governance/catalogue-roles';
import { platformOf } from '../../../constructs/governance/platform-names';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { Subscriptions } from '../../../constructs/subscriptions/subscriptions';
import { askedBy } from '../../support/asked-actions';
import { addPacks } from '../../support/findings';

const domain = (name: string, account: string): DomainPlace => ({ mesh: 'shop', environment: null, domain: name, account, region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1' });
const domains = [domain('sales', '222222222222'), domain('crm', '333333333333')];
const place = platformOf(domains[0]);

const app = new App({ treeMetadata: false });
const stack = new Stack(app, 'governance', { env: { account: place.account, region: place.region } });
const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000');
new Subscriptions(stack, 'Subscriptions', { place, key, domains, consumers: { 'mesh-reporting': 'reporting' } });
const roles = new CatalogueRoles(stack, 'Roles', { place: domains[0], key });
for (const tag of ['owner', 'cost-centre']) Tags.of(stack).add(tag, 'platform');
addPacks(app, new MeshPolicy());
const template = Template.fromStack(stack);

interface Statement { Sid?: string; Action: string | string[]; Resource: string | string[]; Condition?: unknown }
function statementsOf(policy: string): Statement[] {
  const all = Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as { Properties: { ManagedPolicyName: string; PolicyDocument: { Statement: Statement[] } } }[];
  return all.filter(({ Properties }) => Properties.ManagedPolicyName === policy).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('the function that hears of subscriptions', () => {
  test('asks what it, or the publisher of a domain that it speaks as, may do', () => {
    const own = statementsOf('mesh-platform-subscriptions').flatMap(({ Action }) => Action);
    const publisher = statementsOf('mesh-sales-catalogue-publisher').flatMap(({ Action }) => Action);
    // Transactions are allowed by what is in them; the clients of other handlers' files bring the rest.
    const asked = askedBy('constructs/subscriptions/handler/index.ts').filter((action) => !['dynamodb:TransactWriteItems', 'dynamodb:DeleteItem', 'lambda:Invoke', 's3:GetObject'].includes(action));
    expect(asked.filter((action) => !own.includes(action) && !publisher.includes(action))).toEqual([]);
    expect(own.filter((action) => action.startsWith('datazone:'))).toEqual([]);
  });

  test('writes bindings, speaks as publishers, and asks for grants: of the mesh\'s domains alone', () => {
    const statements = new Map(statementsOf('mesh-platform-subscriptions').map(({ Sid, Resource }) => [Sid, Resource]));
    expect(statements.get('Bindings')).toBe('arn:aws:dynamodb:eu-west-1:111111111111:table/mesh-bindings');
    expect(statements.get('Publishers')).toEqual(['sales', 'crm'].map((name) => `arn:aws:iam::111111111111:role/mesh-platform/${name}/mesh-${name}-catalogue-publisher`));
    expect(statements.get('Grants')).toEqual(['arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-grants', 'arn:aws:lambda:eu-west-1:333333333333:function:mesh-crm-grants']);
  });

  test('hears of requests, approvals and ends, again where it fails, and what fails for good is kept', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'source': ['aws.datazone'], 'detail-type': ['Subscription Request Created', 'Subscription Created', 'Subscription Revoked', 'Subscription Cancelled'] },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() }, RetryPolicy: { MaximumRetryAttempts: 20, MaximumEventAgeInSeconds: 21_600 } })],
    });
  });

  test('is trusted by the publishers beside the handlers of their domain', () => {
    const trust = stack.resolve(roles.publisher.assumeRolePolicy) as { Statement: { Principal: unknown; Condition: { ArnEquals: Record<string, string | string[]> } }[] };
    expect(trust.Statement.flatMap(({ Condition }) => Condition.ArnEquals['aws:PrincipalArn'])).toContain('arn:aws:iam::111111111111:role/mesh-platform/platform/mesh-platform-subscriptions');
  });
});

describe('the bindings of a domain', () => {
  test('are read by its handler of grants, and no others by it', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'mesh-sales-bindings', Path: '/mesh-platform/sales/',
      AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Condition: { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/mesh-platform/sales/mesh-sales-grants' } } })] },
    });
    const [bindings, used] = statementsOf('mesh-sales-bindings');
    expect(bindings).toMatchObject({ Action: 'dynamodb:Query', Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['sales/dp_sales_*#v*'] } } });
    expect(used).toMatchObject({ Action: 'kms:Decrypt', Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/mesh-platform' } } });
  });
});

test('no finding of the mesh\'s policy, or of a pack, is without an answer', () => {
  expect(() => app.synth()).not.toThrow();
});
