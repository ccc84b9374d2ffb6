import {
  AcceptSubscriptionRequestCommand, DataZoneClient, GetSubscriptionCommand, GetSubscriptionRequestDetailsCommand, ListProjectsCommand, ListSubscriptionGrantsCommand,
  RejectSubscriptionRequestCommand, RevokeSubscriptionCommand, UpdateSubscriptionGrantStatusCommand,
} from '@aws-sdk/client-datazone';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RunTable } from '../../../constructs/run-log/run-table';
import { type DomainPlace, type ProductPlace } from '../../../constructs/domain/naming';
import { type Judgement } from '../../../constructs/grants/answers';
import { Bindings } from '../../../constructs/subscriptions/handler/bindings';
import { Subscriptions } from '../../../constructs/subscriptions/handler/subscriptions';
import { happeningOf, type SubscriptionEvent } from '../../../constructs/subscriptions/subscription-event';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';

const datazone = strictMock(DataZoneClient, 'datazone');
const dynamo = strictMock(DynamoDBClient, 'dynamodb');

const domain = (name: string, account: string): DomainPlace => ({ mesh: 'shop', environment: null, domain: name, account, region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1' });
const DOMAINS = [domain('sales', '222222222222'), domain('crm', '333333333333')];
const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const NEW: Judgement = { status: 'active', roles: ['analyst', 'investigator'], role: 'investigator', covered: false, refused: null, clearance: 'confidential' };
const at = new Date('2026-11-28T00:00:00Z');

/** A subscription as DataZone knows it, with its request and the grants that it wants to hear of. */
interface Known { product: string; owner: string; project: string; reason: string; form?: string; request: 'PENDING' | 'ACCEPTED' | 'REJECTED'; status: 'APPROVED' | 'REVOKED' | 'CANCELLED'; grants: string[]; comment?: string }

let known: Known;
let table: MemoryDynamoDb;
let judgement: Judgement;
/** What the handler of grants was asked, in the order in which it was. */
let asked: string[];
let subscriptions: Subscriptions;

beforeEach(fresh);

function fresh(): void {
  for (const mock of [datazone, dynamo]) mock.reset();
  known = { product: 'sales/orders v1', owner: 'project-mesh-sales', project: 'mesh-fraud', reason: 'Chasing fraud.\nRole: investigator', request: 'PENDING', status: 'APPROVED', grants: [] };
  judgement = NEW;
  asked = [];
  table = new MemoryDynamoDb('mesh-bindings');
  table.answer(dynamo);
  const listing = () => ({ id: 'listing1', name: known.product, description: '', ownerProjectId: known.owner, item: { productListing: {} } });
  const principal = () => ({ project: { id: `project-${known.project}`, name: known.project } });
  const common = { createdBy: 'u', domainId: 'dzd_1', createdAt: at, updatedAt: at };
  datazone.on(ListProjectsCommand).callsFake(({ name }: { name: string }) => ({ items: [{ domainId: 'dzd_1', id: `project-${name}`, name, createdBy: 'u' }] }));
  datazone.on(GetSubscriptionRequestDetailsCommand).callsFake(() => ({
    ...common, id: 'request1', status: known.request, requestReason: known.reason, subscribedPrincipals: [principal()], subscribedListings: [listing()], reviewerId: 'orders-owner',
    ...(known.form !== undefined && { metadataForms: [{ formName: 'MeshAccess', typeName: 'MeshAccessForm', content: known.form }] }),
  }));
  const decided = (request: Known['request']) => ({ decisionComment }: { decisionComment?: string }) => {
    Object.assign(known, { request, comment: decisionComment });
    return { ...common, id: 'request1', status: request, requestReason: known.reason, subscribedPrincipals: [principal()], subscribedListings: [listing()] };
  };
  datazone.on(AcceptSubscriptionRequestCommand).callsFake(decided('ACCEPTED'));
  datazone.on(RejectSubscriptionRequestCommand).callsFake(decided('REJECTED'));
  const subscription = () => ({ ...common, id: 'subscription1', status: known.status, subscribedPrincipal: principal(), subscribedListing: listing(), subscriptionRequestId: 'request1' });
  datazone.on(GetSubscriptionCommand).callsFake(subscription);
  datazone.on(RevokeSubscriptionCommand).callsFake(() => {
    known.status = 'REVOKED';
    return subscription();
  });
  datazone.on(ListSubscriptionGrantsCommand).callsFake(() => ({ items: known.grants.map((status, n) => ({
    ...common, id: `grant${n}`, subscriptionTargetId: 'target1', grantedEntity: { listing: { id: 'listing1', revision: '1' } }, status: 'IN_PROGRESS', assets: [{ assetId: `asset${n}`, assetRevision: '1', status }],
  })) }));
  datazone.on(UpdateSubscriptionGrantStatusCommand).callsFake(({ identifier, status }: { identifier: string; status: string }) => {
    known.grants[Number(identifier.at(-1))] = status;
    return { ...common, id: identifier, subscriptionTargetId: 'target1', grantedEntity: { listing: { id: 'listing1', revision: '1' } }, status: 'COMPLETED' };
  });
  subscriptions = made();
}

function made(): Subscriptions {
  const shown = ({ domain: of, entity, major }: ProductPlace): string => `${of}/${entity} v${major}`;
  return new Subscriptions({
    domains: DOMAINS, consumers: { 'mesh-fraud': 'fraud', 'mesh-reporting': 'reporting' }, bindings: new Bindings(new RunTable(new DynamoDBClient(settings), 'mesh-bindings')), now: () => at.toISOString(),
    platform: (of) => Promise.resolve({ datazone: new DataZoneClient(settings), domainIdentifier: 'dzd_1', projectProfile: undefined, domainUnit: undefined, publisherRoleArn: `arn:aws:iam::111111111111:role/${of.domain}` }),
    grants: {
      judge: (place, consumer, role) => {
        asked.push(`may ${consumer} have ${role ?? 'any role'} of ${shown(place)}`);
        return Promise.resolve(judgement);
      },
      reconcile: (place) => {
        asked.push(`reconcile ${shown(place)} with ${bindings().filter((binding) => !binding.includes('ended')).join() || 'no binding'}`);
        return Promise.resolve({ granted: 9, revoked: 9, grants: [], waiting: [], refused: [], drift: [] });
      },
    },
  });
}

/** What is in the table: `fraud#investigator by subscription1`, with how it ended. */
function bindings(): string[] {
  return table.all().map(({ sk, subscription, endedBecause, inForceAt }) => `${sk.S?.replace('binding#', '')} by ${subscription.S}${inForceAt === undefined ? '' : ', in force'}${endedBecause === undefined ? '' : `, ended: ${endedBecause.S}`}`);
}

const event = (type: string, id: string, listing: object): SubscriptionEvent => ({ 'detail-type': type, 'detail': { metadata: { id, domain: 'dzd_1' }, data: listing } });
const hear = (type: 'Subscription Request Created' | 'Subscription Created' | 'Subscription Revoked' | 'Subscription Cancelled'): Promise<string> => {
  const listing = { id: 'listing1', ownerProjectId: known.owner, version: '1' };
  return subscriptions.hear(happeningOf(event(type, type.includes('Request') ? 'request1' : 'subscription1', type.includes('Request') ? { subscribedListings: [listing] } : { subscribedListing: listing }))!);
};

describe('a consumer asks', () => {
  test.each<[what: string, change: Partial<Known>, judged: Partial<Judgement>, becomes: Known['request'], comment: string | undefined]>([
    ['for what the contract gives it: it is accepted by rule', {}, { covered: true }, 'ACCEPTED', 'The contract of sales/orders v1 gives investigator to fraud.'],
    ['for anything else: its owner decides', {}, {}, 'PENDING', undefined],
    ['for what policy does not allow: it is rejected, and told why', {}, { refused: 'the data stays in eu-west-1, and fraud reads in us-east-1' }, 'REJECTED', 'investigator of sales/orders v1 cannot be given to fraud: the data stays in eu-west-1, and fraud reads in us-east-1.'],
    ['for what is deprecated: it is rejected', {}, { status: 'deprecated' }, 'REJECTED', 'sales/orders v1 is deprecated: it takes no new subscriptions.'],
    ['for what is deprecated and the contract gives it: it is accepted', {}, { status: 'deprecated', covered: true }, 'ACCEPTED', 'The contract of sales/orders v1 gives investigator to fraud.'],
    ['and does not say for which role: it is told how', { reason: 'Please' }, { role: null }, 'REJECTED', 'Say which role is asked for, in a line of the reason: role: analyst. sales/orders v1 has analyst, investigator.'],
    ['and is no consumer of the mesh: it is told whom to ask', { project: 'skunkworks' }, {}, 'REJECTED', 'No consumer of the mesh has the project skunkworks. Ask the platform team to add one to mesh.yaml.'],
    ['a second time, when it is decided: nothing more happens', { request: 'REJECTED' }, { covered: true }, 'REJECTED', undefined],
    ['for something that is no data product of the domain: it is not ours', { product: 'a spreadsheet' }, {}, 'PENDING', undefined],
    ['for a product in another environment: it is not ours', { product: 'sales/orders v1 (dev)' }, {}, 'PENDING', undefined],
    ['for what another project calls like a product of the domain: it is not ours', { owner: 'project-impostor' }, { covered: true }, 'PENDING', undefined],
  ])('%s', async (_what, change, judged, becomes, comment) => {
    Object.assign(known, change);
    judgement = { ...NEW, ...judged };
    await hear('Subscription Request Created');
    expect([known.request, known.comment]).toEqual([becomes, comment]);
    expect(bindings()).toEqual([]);
  });

  test.each<[what: string, change: Partial<Known>, role: string]>([
    ['in a line of the reason', {}, 'investigator'],
    ['in the form of the mesh, which counts before the reason', { form: '{"role": "analyst"}' }, 'analyst'],
    ['nowhere: the only one that there is', { reason: 'Please' }, 'any role'],
  ])('the role is named %s', async (_what, change, role) => {
    Object.assign(known, change);
    await hear('Subscription Request Created');
    expect(asked).toEqual([`may fraud have ${role} of sales/orders v1`]);
  });
});

describe('a subscription is approved', () => {
  test('it becomes a binding, the grants follow, and then DataZone hears of it', async () => {
    known.grants = ['GRANT_PENDING', 'GRANT_IN_PROGRESS', 'GRANTED', 'GRANT_FAILED'];
    await hear('Subscription Created');
    expect(asked.at(-1)).toBe('reconcile sales/orders v1 with fraud#investigator by subscription1');
    expect(bindings()).toEqual(['fraud#investigator by subscription1, in force']);
    expect(known.grants).toEqual(['GRANTED', 'GRANTED', 'GRANTED', 'GRANT_FAILED']);
    expect(table.get('sales/dp_sales_orders#v1', 'binding#fraud#investigator')).toMatchObject({ approvedBy: { S: 'orders-owner' }, approvedAt: { S: at.toISOString() } });
  });

  test('of what the contract gives, it needs no binding', async () => {
    judgement = { ...NEW, covered: true };
    await hear('Subscription Created');
    expect([bindings(), asked.at(-1)]).toEqual([[], 'reconcile sales/orders v1 with no binding']);
  });

  test.each<[string, Partial<Judgement>]>([['deprecated', { status: 'deprecated' }], ['not allowed by policy', { refused: 'the data stays in eu-west-1' }]])('although it is %s: it is revoked, and gives nothing', async (_what, judged) => {
    judgement = { ...NEW, ...judged };
    await hear('Subscription Created');
    expect([known.status, bindings(), asked.filter((each) => each.startsWith('reconcile'))]).toEqual(['REVOKED', [], []]);
  });

  test('and revoked before it is heard of: it gives nothing', async () => {
    known.status = 'REVOKED';
    await hear('Subscription Created');
    expect(bindings()).toEqual([]);
  });

  test('and revoked while it becomes a binding: the binding ends', async () => {
    const answers = ['APPROVED', 'REVOKED'];
    datazone.on(GetSubscriptionCommand).callsFake(() => ({
      createdBy: 'u', domainId: 'dzd_1', createdAt: at, updatedAt: at, id: 'subscription1', status: answers.shift(), subscriptionRequestId: 'request1',
      subscribedPrincipal: { project: { id: 'p', name: 'mesh-fraud' } }, subscribedListing: { id: 'l', name: known.product, description: '', ownerProjectId: known.owner, item: { productListing: {} } },
    }));
    await hear('Subscription Created');
    expect(bindings()).toEqual(['fraud#investigator by subscription1, ended: ended while it was granted']);
  });
});

describe('a subscription ends', () => {
  test.each<['Subscription Revoked' | 'Subscription Cancelled', Known['status']]>([['Subscription Revoked', 'REVOKED'], ['Subscription Cancelled', 'CANCELLED']])('%s: its binding ends, the grants go, and it stays as history', async (type, status) => {
    await hear('Subscription Created');
    Object.assign(known, { status, grants: ['REVOKE_PENDING', 'GRANTED'] });
    await hear(type);
    expect(bindings()).toEqual([`fraud#investigator by subscription1, in force, ended: ${status.toLowerCase()}`]);
    expect(asked.at(-1)).toBe('reconcile sales/orders v1 with no binding');
    expect(known.grants).toEqual(['REVOKED', 'GRANTED']);
  });

  test('a later one of the same consumer for the same role is not ended by the end of the first', async () => {
    await hear('Subscription Created');
    const second = subscriptions.hear({ kind: 'approved', subscriptionId: 'subscription2', ownerProjectId: known.owner });
    await second;
    known.status = 'REVOKED';
    await hear('Subscription Revoked');
    expect(bindings()).toEqual(['fraud#investigator by subscription2, in force']);
  });
});

test('an event that is of something else, or says too little, is nothing to do', () => {
  expect(happeningOf(event('Project Creation Succeeded', 'p', {}))).toBeUndefined();
  expect(happeningOf(event('Subscription Created', 's', {}))).toBeUndefined();
});

test('a call fails: heard again, it ends as if nothing had happened', async () => {
  const faults = await faultAtEveryCall(async (during) => {
    fresh();
    known.grants = ['GRANT_PENDING'];
    await during(() => hear('Subscription Created')).catch(() => undefined);
    await hear('Subscription Created');
    expect([bindings(), known.grants]).toEqual([['fraud#investigator by subscription1, in force'], ['GRANTED']]);
    subscriptions = made();
    Object.assign(known, { status: 'REVOKED', grants: ['REVOKE_PENDING'] });
    await hear('Subscription Revoked');
    expect([bindings(), known.grants]).toEqual([['fraud#investigator by subscription1, in force, ended: revoked'], ['REVOKED']]);
  });
  expect(faults).toBeGreaterThan(12);
});
