import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { type DomainPlace } from '../../../constructs/domain/naming';
import { ownCode } from '../../../constructs/publishing/accepted-code';
import { Publisher, type PublisherProps } from '../../../constructs/publishing/publisher';
import { askedBy } from '../../support/asked-actions';
import { addPacks } from '../../support/findings';

const root = path.resolve(__dirname, '../../..');
const PLACE: DomainPlace = {
  mesh: 'shoply', environment: null, domain: 'sales', account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-central-1',
};

function publisher(code: Pick<PublisherProps, 'acceptedCode' | 'refusedCode'>, app = new App()): Stack {
  const stack = new Stack(app, 'foundation', { env: { account: PLACE.account, region: PLACE.region } });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:222222222222:key/00000000-0000-0000-0000-000000000000');
  new Publisher(stack, 'Publisher', { place: PLACE, key, runTable: dynamodb.Table.fromTableName(stack, 'Runs', 'mesh-sales-runs'), ...code });
  return stack;
}

function foundation(app = new App()): Template {
  return Template.fromStack(publisher({ acceptedCode: ['f'.repeat(64)] }, app));
}

/** What the function is told. */
function settings(stack: Stack): Record<string, string> {
  const [made] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')) as { Properties: { Environment: { Variables: Record<string, string> } } }[];
  return made.Properties.Environment.Variables;
}

interface Statement { Sid?: string; Action: string | string[]; Resource: unknown; Condition?: unknown }

function statements(): Statement[] {
  const policies = Object.values(foundation().findResources('AWS::IAM::ManagedPolicy')) as { Properties: { PolicyDocument: { Statement: Statement[] } } }[];
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** Where IAM calls it otherwise than the API: a transaction needs the action of each of its parts. */
const IN_IAM: Readonly<Record<string, string[]>> = {
  's3:ListObjectsV2': ['s3:ListBucket'], 'lambda:Invoke': ['lambda:InvokeFunction'], 'sns:Publish': ['sns:Publish'], 'eventbridge:PutEvents': ['events:PutEvents'],
  'dynamodb:TransactWriteItems': ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
};

describe('the publisher', () => {
  test('may do what its code asks for, and beside that only use its own log, queue and key', () => {
    const allowed = [...new Set(statements().flatMap(({ Action }) => Action))].sort();
    const beside = ['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
    const asked = askedBy('constructs/publishing/handler/index.ts').flatMap((call) => IN_IAM[call] ?? [call]);
    expect(allowed).toEqual([...new Set([...asked, ...beside])].sort());
  });

  test('moves pointers of the published database alone', () => {
    expect(statements().find(({ Action }) => [Action].flat().includes('glue:UpdateTable'))?.Resource).toEqual([
      'arn:aws:glue:eu-west-1:222222222222:catalog', 'arn:aws:glue:eu-west-1:222222222222:database/sales', 'arn:aws:glue:eu-west-1:222222222222:table/sales/*',
    ]);
  });

  test('reads metadata of tables and no rows of raw buckets, and writes no object', () => {
    const s3 = statements().filter(({ Action }) => [Action].flat().some((action) => action.startsWith('s3:')));
    expect(s3.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['s3:GetObject', 'arn:aws:s3:::cdk-hnb659fds-assets-222222222222-eu-west-1/*'], ['s3:GetObject', 'arn:aws:s3:::shoply-222222222222-eu-west-1-sales-*-v*-curated/tables/*/metadata/*.metadata.json'],
      ['s3:ListBucket', 'arn:aws:s3:::shoply-222222222222-eu-west-1-sales-*-v*-curated'],
    ]);
    expect(s3.map(({ Condition }) => Condition)).toEqual([undefined, undefined, { StringLike: { 's3:prefix': 'tables/*/metadata/snap-*' } }]);
  });

  test('tells the bus in the platform\'s region', () => {
    expect(statements().find(({ Action }) => Action === 'events:PutEvents')?.Resource).toBe('arn:aws:events:eu-central-1:111111111111:event-bus/mesh');
  });

  test('accepts what the package brings, and what the platform adds', () => {
    const { ACCEPTED_CODE, ...others } = settings(publisher({ acceptedCode: ['f'.repeat(64)] }));
    expect(Object.keys(others)).toEqual(['MESH_PLACE']);
    const accepted = ACCEPTED_CODE.split(',');
    expect(accepted.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
    expect(accepted.at(-1)).toBe('f'.repeat(64));
    expect(accepted.length).toBe(fs.readdirSync(path.join(root, 'dist/jobs')).length + 1);
  });

  test('is told what the platform refuses, each with its reason', () => {
    const refusedCode = { ['a'.repeat(64)]: 'it says "no"', ['b'.repeat(64)]: 'it writes e-mail addresses into its log' };
    expect(JSON.parse(settings(publisher({ refusedCode })).REFUSED_CODE)).toEqual(refusedCode);
  });

  test('takes no more of either than a function\'s settings hold', () => {
    const refused = (many: number): Record<string, string> => Object.fromEntries(Array.from({ length: many }, (_, n) => [n.toString(16).padStart(64, '0'), 'x'.repeat(200)]));
    expect(Buffer.byteLength(JSON.stringify(settings(publisher({ refusedCode: refused(10) }))))).toBeLessThan(4096);
    expect(() => publisher({ refusedCode: refused(11) })).toThrow(/^`acceptedCode` and `refusedCode` must have at most 3000 bytes together, got 3\d{3}; shorten reasons, and leave out files that no product was ever deployed with/);
    expect(() => publisher({ acceptedCode: Array.from({ length: 60 }, () => 'f'.repeat(64)) })).toThrow('must have at most 3000 bytes together');
  });

  test('warns where what it brings itself is refused, and nothing else', () => {
    const [own] = ownCode();
    const warned = (refusedCode: Record<string, string>): unknown[] => Annotations.fromStack(publisher({ refusedCode })).findWarning('*', Match.stringLikeRegexp('refusedCode')).map(({ entry }) => entry.data);
    expect(warned({ [own]: 'it is dangerous' })).toEqual([expect.stringContaining(`\`refusedCode\` names ${own}, which is of this package itself: no product of sales can be deployed with it or publish`)]);
    expect(warned({ ['a'.repeat(64)]: 'it is dangerous' })).toEqual([]);
  });

  test('has no finding of any pack that is not acknowledged', () => {
    expect(() => foundation(addPacks(new App()))).not.toThrow();
  });
});
