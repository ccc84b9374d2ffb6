import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { handler, type HookAnswer, type HookRequest } from '../../../constructs/policy/handler';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { participants } from '../../../lib/plan/mesh/mesh-accounts';
import { PolicyStack } from '../../../lib/stacks/policy-stack';
import { removeFolders } from '../../plan/mesh-folder';
import { meshOf, PLATFORM_MESH } from '../../stacks/platform-mesh';
import { ACCOUNT, smallMesh, templatesOf } from './good-mesh';
import { addPacks } from '../../support/findings';

afterAll(removeFolders);
afterEach(() => { jest.restoreAllMocks(); });

const ADDRESS = 'https://s3.example/template?X-Amz-Signature=secret';
let said: string;

/** What CloudFormation is told of a template, which it has put where `answer` says. */
async function asked(answer: () => Promise<Response>, at: HookRequest['actionInvocationPoint'] | null = 'UPDATE_PRE_PROVISION'): Promise<HookAnswer> {
  jest.spyOn(globalThis, 'fetch').mockImplementation((address) => (address === ADDRESS ? answer() : Promise.reject(new Error('another address'))));
  said = '';
  jest.spyOn(console, 'log').mockImplementation((line: string) => { said += line; });
  return handler({ clientRequestToken: 'token', awsAccountId: ACCOUNT, ...(at === null ? {} : { actionInvocationPoint: at }), requestData: { targetLogicalId: 'sales-orders-v1', payload: ADDRESS } });
}

const of = (template: string): (() => Promise<Response>) => () => Promise.resolve(Response.json({ template, previousTemplate: '' }));

const product = templatesOf(smallMesh()).find(({ name }) => name === 'sales-orders-v1')!.body;
const changed = (change: (body: typeof product) => void): string => {
  const body = structuredClone(product);
  change(body);
  return JSON.stringify(body);
};

describe('the hook', () => {
  test('lets a product through that keeps to the policy', async () => {
    expect(await asked(of(JSON.stringify(product)))).toEqual({ hookStatus: 'SUCCESS', message: 'the mesh\'s policy has nothing against it', clientRequestToken: 'token' });
  });

  test('refuses one that does not, with the rule, where it is broken and what to do', async () => {
    const open = changed(({ Resources }) => {
      Resources.Open = { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] } } };
      Resources.Share = { Type: 'AWS::RAM::ResourceShare', Properties: { Name: 'all' } };
    });
    const { hookStatus, errorCode, message } = await asked(of(open));
    expect([hookStatus, errorCode]).toEqual(['FAILED', 'NonCompliant']);
    expect(message).toContain('MESH-IAM-1 at Open (Properties/PolicyDocument/Statement/0): A policy allows actions by a pattern → write each action by its name');
    expect(message).toContain('MESH-LAKE-9 at Share');
  });

  test('refuses what is no product, or says that it is none: rules of products would not be held against it', async () => {
    const parameter = JSON.stringify({ Resources: { Any: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'x' } } } });
    const disguised = changed((body) => { body.Metadata = { ...body.Metadata, 'mesh:stack': 'grants' }; });
    for (const template of [parameter, disguised]) expect(await asked(of(template))).toMatchObject({ errorCode: 'NonCompliant', message: expect.stringContaining('the stack is not a product\'s') as string });
  });

  test('lets data go that was asked to go twice, which a synth has looked at', async () => {
    const going = changed(({ Resources }) => {
      for (const resource of Object.values(Resources).filter(({ Type }) => Type === 'AWS::S3::Bucket')) resource.DeletionPolicy = 'Delete';
    });
    expect((await asked(of(going))).hookStatus).toBe('SUCCESS');
  });

  test('says no more than CloudFormation shows', async () => {
    const many = changed(({ Resources }) => {
      for (let n = 0; n < 60; n += 1) Resources[`Queue${n}`] = { Type: 'AWS::SQS::Queue', Properties: {} };
    });
    const { message } = await asked(of(many));
    expect([message.length, message.endsWith(' …')]).toEqual([4096, true]);
  });

  test.each([
    ['cannot be fetched', () => Promise.resolve(new Response('', { status: 403 })), 'S3 said 403'],
    ['does not come', () => Promise.reject(Object.assign(new Error(`${ADDRESS} timed out`), { name: 'TimeoutError' })), 'TimeoutError'],
    ['is not there', of(''), 'no template'],
  ])('lets nothing through whose template %s, and never tells its address', async (_what, answer, why) => {
    const { hookStatus, errorCode, message } = await asked(answer);
    expect([hookStatus, errorCode]).toEqual(['FAILED', 'InternalFailure']);
    expect(message).toContain(why);
    expect(message + said).not.toContain('Signature');
  });

  test('looks at a change set as at a stack', async () => {
    expect((await asked(of(JSON.stringify(product)), null)).hookStatus).toBe('SUCCESS');
    expect((await asked(of(changed(({ Resources }) => { Resources.Queue = { Type: 'AWS::SQS::Queue', Properties: {} }; })), null)).errorCode).toBe('NonCompliant');
  });

  test('lets a stack go', async () => {
    expect((await asked(of(''), 'DELETE_PRE_PROVISION')).hookStatus).toBe('SUCCESS');
  });

  test('refuses a template that is not JSON', async () => {
    expect(await asked(of('Resources: {}'))).toMatchObject({ errorCode: 'NonCompliant', message: 'the template is not JSON: deploy it with the CDK, as all stacks of products are' });
  });
});

describe('the stack of the hook', () => {
  const app = new App({ treeMetadata: false });
  addPacks(app, new MeshPolicy());
  const mesh = meshOf(PLATFORM_MESH);
  const stacks = ['prod', 'dev'].map((environment) => new PolicyStack(app, { mesh, environment, participant: participants(mesh, environment).find(({ name }) => name === 'web_shop')! }));
  const [production] = stacks;

  test('asks before a stack is created or updated with the role of the domain\'s products, and stops what it cannot ask about', () => {
    Template.fromStack(production).hasResourceProperties('AWS::CloudFormation::LambdaHook', {
      Alias: 'Mesh::Policy::WebShop', FailureMode: 'FAIL', HookStatus: 'ENABLED', TargetOperations: ['STACK', 'CHANGE_SET'], TargetFilters: { Actions: ['CREATE', 'UPDATE'] },
      StackFilters: { FilteringCriteria: 'ALL', StackRoles: { Include: ['arn:aws:iam::333333333333:role/mesh-platform/web_shop/mesh-web-shop-product-exec'] } },
      LambdaFunction: { 'Fn::GetAtt': [Match.stringLikeRegexp('Handler'), 'Arn'] },
    });
    Template.fromStack(stacks[1]).hasResourceProperties('AWS::CloudFormation::LambdaHook', { Alias: 'Mesh::Policy::DevWebShop' });
  });

  test('is as it was, and no pack has a finding', () => {
    expect(() => app.synth()).not.toThrow();
    expect([production.stackName, stacks[1].stackName]).toEqual(['web-shop-policy', 'dev-web-shop-policy']);
    expect(Template.fromStack(production).toJSON()).toMatchSnapshot();
  });
});
