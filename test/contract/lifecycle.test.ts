import * as fs from 'node:fs';
import * as path from 'node:path';
import { checkDeployable } from '../../constructs/data-product/deployable';
import { visibilityOf as listingOf } from '../../constructs/catalogue/handler/lifecycle';
import { type Certificate } from '../../constructs/catalogue/handler/certificate';
import { visibilityOf as tagOf } from '../../constructs/permissions/lf-tags';
import { type Role } from '../../lib/contract/contract';
import { consumersOf } from '../../lib/contract/ending';
import { hasConsumers, LIFECYCLE, mayBeDeployed, type Status, STATUSES } from '../../lib/contract/lifecycle';
import { type DataContract } from '../../lib/plan/data-contract';
import { endingNotice } from '../../lib/plan/ending-notice';
import { type Plan } from '../../lib/plan/plan-schema';

/** The table that people read: docs/guides/deploy.md. */
const guide = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'guides', 'deploy.md'), 'utf8');
const rows = [...guide.matchAll(/^\| (proposed|draft|active|deprecated|retired) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$/gm)]
  .map(([, status, deployed, runs, listed, grants]) => ({ status: status as Status, deployed, runs, listed, grants }));

const CERTIFIED = { verdict: 'certified' } as Certificate;
const plan = (status: Status): Plan => ({ product: { status }, signoff: { problems: [] }, catalogue: { supersededBy: '2.0.0', endOfLife: '2031-06-30' } }) as unknown as Plan;

/** Whether a construct takes a contract in a place. */
function deployable(status: Status, environment: string | null): boolean {
  const contract = { productId: 'dp_sales_orders', domain: 'sales', status, _plan: { environment }, _lineOf: (part: string) => part } as unknown as DataContract;
  const place = { mesh: 'shoply', environment, domain: 'sales', entity: 'orders', major: 1, account: '222222222222', region: 'eu-west-1', platformRegion: 'eu-west-1' };
  try {
    checkDeployable({ contract, place: place as never, deleteData: false, confirmDeletion: undefined });
    return true;
  } catch (error) {
    expect((error as Error).message).toMatch(/^dp_sales_orders must be (draft or later|active) to be deployed/);
    return false;
  }
}

test('the guide has every state, in the order of a life', () => {
  expect(rows.map(({ status }) => status)).toEqual(STATUSES);
});

describe.each(rows)('what is $status', ({ status, deployed, runs, listed, grants }) => {
  const where = { no: [false, false], 'not in production': [false, true], yes: [true, true], 'yes, its data is retained': [true, true] }[deployed];

  test(`is deployed: ${deployed}`, () => {
    expect([deployable(status, null), deployable(status, 'dev')]).toEqual(where);
    expect([mayBeDeployed(status, true), mayBeDeployed(status, false)]).toEqual(where);
  });

  test(`runs on its schedules: ${runs}`, () => {
    expect(LIFECYCLE[status].runs).toBe({ 'no, locally only': 'locally', yes: 'scheduled', no: 'no' }[runs]);
  });

  test(`is in the catalogue: ${listed}`, () => {
    const open = { no: false, unlisted: false, 'after its first certificate': true, 'marked, no new subscriptions': true }[listed];
    expect([listingOf(plan(status), CERTIFIED).listed, LIFECYCLE[status].listed]).toEqual([open, open]);
    expect(listingOf(plan(status), undefined).listed).toBe(false);
    expect(endingNotice(plan(status)) !== undefined).toBe(listed.startsWith('marked'));
  });

  test(`is granted: ${grants}`, () => {
    const tag = { none: 'draft', "the producer's own": 'draft', yes: 'published', kept: 'published', revoked: 'retired' }[grants];
    expect([tagOf(plan(status)), hasConsumers(status)]).toEqual([tag, tag === 'published']);
  });
});

test('a version that is deprecated says so, what to use, and until when', () => {
  expect(endingNotice(plan('deprecated'))).toBe('DEPRECATED: no new subscriptions. Use 2.0.0 instead. It is there until 2031-06-30.');
  const promises = [{ property: 'freshness', text: '6 h' }, { property: 'endOfSupport', text: '2031-03-31: fixes until then' }];
  expect(endingNotice({ ...plan('deprecated'), catalogue: { ...plan('deprecated').catalogue, promises } }))
    .toBe('DEPRECATED: no new subscriptions. Use 2.0.0 instead. Its support ends on 2031-03-31. It is there until 2031-06-30.');
  expect(endingNotice({ ...plan('deprecated'), catalogue: {} as never })).toBe('DEPRECATED: no new subscriptions.');
});

test('consumers of a role are names, whatever else somebody wrote there', () => {
  const role = (value: unknown): Role => ({ role: 'analyst', path: [], customProperties: [{ property: 'mesh.consumers', value, path: [] }] });
  expect([consumersOf(role(['reporting', { name: 'sales' }, 7, null])), consumersOf(role('reporting')), consumersOf({ ...role([]), customProperties: [] })]).toEqual([['reporting'], [], []]);
});
