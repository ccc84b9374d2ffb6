import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { planChangesShape, slaShape, verifyShape } from '../../lib/cli/json-shapes';
import { type HeldRole } from '../../lib/plan/inspection';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh, type Ended } from './in-process';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/orders.contract.yaml';
const ACTIVE = `${SMALLEST.replace('status: draft', 'status: active')}roles:\n  - {role: analyst, description: reads}\n`;
const TRAIL = 'CloudTrail of 222222222222 in eu-west-1, which keeps 90 days';
const BY_HAND = { at: '2026-11-27T10:00:00.000Z', event: 'RevokePermissions', principal: 'arn:aws:sts::222222222222:assumed-role/Admin/jane', sourceIdentity: 'jane@shoply.example' };
const FINE = {
  grants: { version: '1.0.0', closed: null, grants: ['analyst reads orders_v1'], differences: [], waiting: [], refused: [], drift: [], trail: TRAIL },
  catalogue: { version: '1.0.0', listed: true, unlisted: null, differences: [], trail: TRAIL },
  publisher: { version: '1.0.0', alarms: 9, differences: [], trail: TRAIL },
};
type Answers = Partial<Record<keyof typeof FINE, object>>;

/** Stands for the AWS CLI: answers as the handlers would, keeps what it was asked, and refuses what it should not be asked. */
function awsCli(answers: Record<string, object>): string {
  const folder = folderWith({
    ...Object.fromEntries(Object.entries(answers).map(([question, answer]) => [`${question}.json`, JSON.stringify(answer)])),
    aws: String.raw`#!/bin/sh
[ "$1 $2 $3 $5 $6 $7" = 'lambda invoke --function-name --region eu-west-1 --payload' ] || exit 3
if [ -n "$NO_SESSION" ]; then printf '\nThe SSO session has expired\n' >&2; exit 255; fi
here=$(dirname "$0")
handler=$(echo "$4" | sed 's/.*-//')
asked=$(sed 's/^{//' "$(echo "$8" | sed 's/^fileb:..//')")
action=$(echo "$asked" | sed 's/.*"action":"\([a-z]*\)".*/\1/')
echo "{\"function\":\"$4\",$asked" >> "$here/asked.jsonl"
shift 12
cp "$here/$handler $action.json" "$1"
grep -q errorMessage "$1" && echo '{"StatusCode": 200, "FunctionError": "Unhandled"}' || echo '{"StatusCode": 200}'
`,
  });
  fs.chmodSync(path.join(folder, 'aws'), 0o755);
  return folder;
}

/** What the plan of a contract says of it, which is what was deployed unless the file has changed since. */
async function digestIn(cwd: string): Promise<string> {
  const { digests } = JSON.parse((await mesh(['plan', 'sales/orders', '--json'], cwd)).out) as { digests: { contract: string } };
  return digests.contract;
}

interface Verified extends Ended { readonly asked: Record<string, unknown>[] }

async function verified(args: readonly string[], answers: Answers, { contract = ACTIVE, env = {} }: { contract?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Verified> {
  const cwd = folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: contract });
  const digest = await digestIn(cwd);
  const inspections = Object.entries(FINE).map(([handler, fine]) => [`${handler} inspect`, { contract: digest, ...fine, ...answers[handler as keyof typeof FINE] }]);
  const aws = awsCli({ ...Object.fromEntries(inspections) as Record<string, object>, 'grants reconcile': { granted: 3, revoked: 1, grants: [], refused: [], drift: [] }, 'catalogue repair': { listed: true, missingTerms: [] } });
  const ended = await mesh(['verify', ...args], cwd, { PATH: `${aws}:${process.env.PATH}`, ...env });
  const log = path.join(aws, 'asked.jsonl');
  return { ...ended, asked: fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : [] };
}

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ');
const lineOf = (text: string): string => `${CONTRACT}:${ACTIVE.split('\n').findIndex((line) => line.includes(text)) + 1}`;

describe('what is deployed is verified', () => {
  test('all is as it should be: it says so, and has changed nothing', async () => {
    const { code, out, asked } = await verified([], {});
    expect([code, out]).toEqual([0, '✔ sales/orders  1 grant by contracts and subscriptions, listed, 9 alarms\n']);
    const product = { InterfaceVersion: '1', Domain: 'sales', Environment: '', Entity: 'orders', Major: '1', action: 'inspect' };
    expect(asked.sort((a, b) => (String(a.function) < String(b.function) ? -1 : 1))).toEqual(['catalogue', 'grants', 'publisher'].map((handler) => ({ function: `arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-${handler}`, ...product })));
  });

  test.each<[what: string, answers: Answers, line: string]>([
    ['a grant that is missing', { grants: { differences: [{ what: 'bi lacks SELECT on sales.orders_v1', part: 'roles.analyst', by: BY_HAND }] } },
      `✖ bi lacks SELECT on sales.orders_v1 ${lineOf('role: analyst')}; RevokePermissions by ${BY_HAND.principal} (jane@shoply.example) at 2026-11-27T10:00:00Z`],
    ['a grant by hand', { grants: { drift: [{ what: 'intern has SELECT on sales.orders_v1', part: null, by: null }] } },
      `✖ intern has SELECT on sales.orders_v1, and neither contract nor binding says so nobody known: ${TRAIL}, has no record of it`],
    ['a product that is not listed', { catalogue: { listed: false, differences: [{ what: 'sales/orders v1 is not listed', part: 'status', by: null }] } }, `, not listed, 9 alarms ✖ sales/orders v1 is not listed ${lineOf('status: active')}; nobody known`],
    ['an alarm by hand', { publisher: { differences: [{ what: 'the alarm a has the threshold 50 instead of 99.5', part: 'slaProperties[0]', by: null }] } }, `✖ the alarm a has the threshold 50 instead of 99.5 ${lineOf('freshness')}; nobody known`],
    ['a contract that has changed since', { grants: { contract: 'sha256:another', version: '0.9.0' } }, '✖ grants come from another contract, version 0.9.0, and the file has 1.0.0: deploy its stack of grants'],
  ])('%s is told, where the contract says otherwise, and who it was', async (_what, answers, line) => {
    const { code, out } = await verified([], answers);
    expect([code, inOneLine(out)]).toEqual([1, expect.stringContaining(line)]);
  });

  test('it says what to do next: a repair for what handlers keep, the stack for alarms', async () => {
    const alarm = { publisher: { differences: [{ what: 'the alarm a is gone', part: 'id', by: null }] } };
    const { out } = await verified([], alarm);
    expect(inOneLine(out)).toContain('next: alarms are put right by their stack: npx cdk deploy sales-orders-v1 --revert-drift');
    expect(out).not.toContain('--repair');
    expect((await verified([], { catalogue: { differences: [{ what: 'gone', part: null, by: null }] } })).out).toContain('mesh verify --repair');
  });

  test('what is shown to fewer until a run has masked it is told and is no fault', async () => {
    const { code, out } = await verified([], { grants: { waiting: ['orders_v1.customer_email is not masked yet where it is published'] } });
    expect([code, out]).toEqual([0, expect.stringContaining('  waiting: orders_v1.customer_email is not masked yet where it is published\n')]);
  });

  test('what is not given, and why, is told and is no fault', async () => {
    const { code, out } = await verified([], { grants: { refused: ['auditor to fraud by subscription s-1: the contract has no role auditor'] } });
    expect([code, out]).toEqual([0, expect.stringContaining('  not given: auditor to fraud by subscription s-1: the contract has no role auditor')]);
  });

  test('a repair is done by the handlers, and looked at afterwards', async () => {
    const { code, out, asked } = await verified(['sales/orders', '--repair'], {});
    expect([code, out]).toEqual([0, '✔ sales/orders  1 grant by contracts and subscriptions, listed, 9 alarms\n  put right: 3 granted, 1 taken away\n']);
    expect(asked.slice(0, 2).map(({ action, repair }) => `${String(action)} ${String(repair)}`).sort()).toEqual(['reconcile true', 'repair undefined']);
    expect(asked.slice(2).map(({ action }) => action)).toEqual(['inspect', 'inspect', 'inspect']);
  });

  test('a machine gets the same', async () => {
    const { code, out } = await verified(['--json'], { grants: { drift: [{ what: 'intern has SELECT on sales.orders_v1', part: null, by: BY_HAND }] } });
    expect([code, verifyShape.parse(JSON.parse(out)).products[0]]).toMatchObject([1, {
      product: 'sales/orders', ok: false, listed: true, alarms: 9, drift: [{ of: 'grants', what: 'intern has SELECT on sales.orders_v1', where: null, by: BY_HAND }], repaired: null,
    }]);
  });

  test('what is not deployed, as a draft in production, is passed over', async () => {
    expect(await verified(['--json'], {}, { contract: SMALLEST })).toMatchObject({ code: 0, out: expect.stringContaining('"products": []') as string, asked: [] });
  });
});

describe('what a deployment would change of what is deployed', () => {
  const git = (cwd: string, ...args: string[]): void => void execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@shoply.com', ...args], { cwd });

  /** What a deployment knows of a product: who answers for the catalogue, who has which role, and what the contract became since. */
  interface Known {
    readonly catalogue?: (digest: string) => object;
    readonly roles?: readonly Partial<HeldRole>[];
    readonly after?: (contract: string) => string;
  }

  /** Where a contract was deployed two commits ago, and its digest then. */
  let deployed: { readonly cwd: string; readonly digest: string };
  beforeAll(async () => {
    const cwd = folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: ACTIVE });
    git(cwd, 'init', '-q');
    for (const version of ['1.0.0', '1.0.1']) {
      fs.writeFileSync(path.join(cwd, CONTRACT), ACTIVE.replace('1.0.0', version));
      git(cwd, 'add', '-A');
      git(cwd, 'commit', '-qm', 'orders');
      if (version === '1.0.0') deployed = { cwd, digest: await digestIn(cwd) };
    }
  });

  /** What is told of a change of it since. */
  async function planned({ catalogue = (contract) => ({ ...FINE.catalogue, contract }), roles = [], after = noted }: Known, ...args: string[]): Promise<Ended> {
    const { cwd, digest } = deployed;
    fs.writeFileSync(path.join(cwd, CONTRACT), after(ACTIVE.replace('1.0.0', '1.1.0')));
    const held = roles.map((role) => ({ consumer: 'reporting', role: 'analyst', subscribed: true, columns: ['orders.order_id', 'orders.total_amount', 'orders.customer_email'], rowFilter: null, refused: null, ...role }));
    return mesh(['plan', '--target', 'aws', ...args], cwd, { PATH: `${awsCli({ 'catalogue inspect': catalogue(digest), 'grants list': { roles: held } })}:${process.env.PATH}` });
  }
  const noted = (contract: string): string => contract.replace('slaProperties', '      - {name: note, logicalType: string}\nslaProperties');

  test('is found in the history by the digest that the handler says', async () => {
    const { code, out } = await planned({}, '--json');
    expect([code, planChangesShape.parse(JSON.parse(out))]).toMatchObject([0, { against: 'aws', changes: [{
      product: 'dp_sales_orders', version: { before: '1.0.0', after: '1.1.0' }, tables: [{ table: 'sales.orders_v1', change: 'evolved', columns: [{ column: 'note', change: 'added' }] }],
    }] }]);
  });

  test('is everything of a product that is not deployed', async () => {
    const { code, out } = await planned({ catalogue: () => ({ errorMessage: 'sales/orders v1 was not deployed with a catalogue' }) });
    expect([code, out]).toEqual([0, expect.stringMatching(/^dp_sales_orders v1 {2}1\.1\.0, new[^]*1 version of products changes in aws\n$/)]);
  });

  describe('under a consumer that subscribed', () => {
    test('is what its role loses and gains, and it is hit', async () => {
      const known: Known = { roles: [{ rowFilter: "order_id > '7'" }], after: (contract) => noted(contract).replace('description: reads', 'customProperties: [{property: mesh.columns, value: [order_id, note]}]') };
      const lines = ['  grants', "    ~ reporting, analyst (subscribed): + orders.note, - orders.total_amount, - orders.customer_email, rows: order_id > '7' → every", '  hits reporting (subscribed)'];
      expect((await planned(known)).out).toContain(lines.join('\n'));
      const { changes: [{ grants, consumers }] } = planChangesShape.parse(JSON.parse((await planned(known, '--json')).out));
      expect([grants, consumers]).toEqual([[{
        consumer: 'reporting', role: 'analyst', change: 'changes', subscribed: true, gained: ['orders.note'], lost: ['orders.total_amount', 'orders.customer_email'], rows: { before: "order_id > '7'", after: null }, because: null,
      }], [{ consumer: 'reporting', subscribed: true }]]);
    });

    test.each<[what: string, after: (contract: string) => string, line: string]>([
      ['a role that is gone', (contract) => contract.replace('role: analyst', 'role: reader'), '- reporting loses analyst (subscribed): the contract has no role analyst; it has reader'],
      ['a product that is retired', (contract) => contract.replace('status: active', 'status: retired').replace('unit: h}]', 'unit: h}, {property: endOfLife, value: "2020-01-31"}]'), '- reporting loses analyst (subscribed): the product is retired, and only what is active or deprecated is granted'],
      ['data that stays elsewhere', (contract) => `${contract}customProperties: [{property: mesh.residency, value: [us-east-1]}]\n`, '- reporting loses analyst (subscribed): the data stays in us-east-1, and reporting reads in eu-west-1'],
    ])('is everything with %s, and why', async (_what, after, line) => {
      const { out } = await planned({ roles: [{}], after });
      expect([inOneLine(out), out]).toEqual([expect.stringContaining(line), expect.stringContaining('hits reporting (subscribed)')]);
    });

    test('is a column of another type under it, though its role shows the same', async () => {
      const { out } = await planned({ roles: [{}], after: (contract) => contract.replace('decimal(12,2)', 'decimal(14,2)') });
      expect(out).not.toContain('  grants');
      expect(out).toContain('hits reporting (subscribed)');
    });

    test('is nothing for whom it is refused, before and after', async () => {
      const refused = { columns: [], refused: 'mesh.yaml has no consumer lens here' };
      expect((await planned({ roles: [{ ...refused, consumer: 'lens' }] })).out).not.toMatch(/grants|lens/);
    });

    test('is nothing where its role shows the same of what stays as it is', async () => {
      expect(await planned({ roles: [{}], after: (contract) => contract })).toMatchObject({ code: 0, out: '✔ nothing that is deployed changes in aws\n' });
    });
  });

  test('names who read it in the commit that was deployed, though it is at fault by now', async () => {
    const rois = ACTIVE.replace('dp_sales_orders', 'dp_marketing_rois').replace('domain: sales', 'domain: marketing').replace('name: orders\n', 'name: rois\n');
    const cwd = folderWith({
      'mesh.yaml': OWNED_MESH.replace('domains: {', 'domains: {marketing: {account: "333333333333", owner: marketing@shoply.com, costCentre: CC-2}, '), [CONTRACT]: ACTIVE,
      'contracts/marketing/rois.contract.yaml': rois, 'contracts/marketing/rois.pipeline.yaml': `sources: {orders: {product: dp_sales_orders}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  rois: {layer: gold, from: [orders_raw], rules: [{filter: {where: "total_amount > 0", reason: nothing was paid}}]}
`,
    });
    git(cwd, 'init', '-q');
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-qm', 'both');
    const digest = await digestIn(cwd);
    fs.writeFileSync(path.join(cwd, CONTRACT), ACTIVE.replace('total_amount', 'total'));
    const aws = awsCli({ 'catalogue inspect': { ...FINE.catalogue, contract: digest }, 'grants list': { roles: [] } });
    const { out } = await mesh(['plan', 'sales/orders', '--target', 'aws', '--json'], cwd, { PATH: `${aws}:${process.env.PATH}` });
    expect(planChangesShape.parse(JSON.parse(out)).changes[0].hit).toEqual([{ product: 'dp_marketing_rois', major: 1, uses: ['columns', 'rows'], columns: ['rois.total_amount'] }]);
  });

  test.each<[what: string, answer: object, args: string[], code: number, says: string]>([
    ['a contract that nobody has committed', { ...FINE.catalogue, contract: 'sha256:another' }, [], 1, 'was deployed with a contract of version 1.0.0 that no commit here has'],
    ['another fault of the handler', { errorMessage: 'the run log is closed' }, [], 1, 'the run log is closed'],
    ['a commit as well', FINE.catalogue, ['--against', 'HEAD'], 2, 'neither --against nor --out'],
  ])('cannot be said of %s', async (_what, answer, args, code, says) => {
    expect(await planned({ catalogue: () => answer }, ...args)).toMatchObject({ code, err: expect.stringContaining(says) as string });
  });
});

describe('a month of what is deployed', () => {
  const one = { title: 'Orders', domain: 'sales', entity: 'orders', major: 1, environment: null, owner: 'orders-owner@shoply.com', status: 'active', freshnessSeconds: 21_600, availabilityPercent: 99, feedback: [], supersededBy: null, endOfLife: null };
  const review = { product: 'dp_sales_orders', ...one, month: '2026-10', until: '2026-11-01T00:00:00.000Z', verdict: 'kept', freshness: { publications: 31, late: 0, percent: 100, oldestSeconds: 60 }, availability: { percent: 99.9, kept: true }, quality: { least: 98, mean: 99, provisional: 0 }, rollbacks: 0, incidents: [], usage: null, daysLeft: null };
  const report = { mesh: 'shoply', month: '2026-10', generatedAt: '2026-11-02T04:00:00.000Z', products: [review, { ...review, environment: 'dev' }] };

  async function shown(...args: string[]): Promise<Ended & { readonly asked: string }> {
    const aws = awsCli({ 'review show': report });
    const ended = await mesh(['sla', ...args], folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: ACTIVE }), { PATH: `${aws}:${process.env.PATH}` });
    const log = path.join(aws, 'asked.jsonl');
    return { ...ended, asked: fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim() : '' };
  }

  test('is the platform\'s review, of the products of the environment, and nothing is stored or told', async () => {
    const { code, out, asked } = await shown('--platform', '--month', '2026-10', '--json');
    expect([code, slaShape.parse(JSON.parse(out)).products]).toEqual([0, [review]]);
    expect(JSON.parse(asked)).toEqual({ function: 'arn:aws:lambda:eu-west-1:111111111111:function:mesh-platform-review', action: 'show', month: '2026-10' });
  });

  test.each<[what: string, args: string[], says: string]>([
    ['two places', ['--platform', '--report', 'sla.json'], '--report and --platform are two places to take a report from'], ['another time', ['--platform', '--now', '2026-10-01T00:00:00Z'], '--now is for the runs of this machine'],
    ['a product that it does not have', ['sales/returns', '--platform'], 'the platform\'s review has no product "sales/returns"'],
  ])('cannot be of %s', async (_what, args, says) => {
    expect(await shown(...args)).toMatchObject({ code: 2, err: expect.stringContaining(says) as string });
  });
});

describe('it cannot be verified', () => {
  test('without a session, and it says what is needed', async () => {
    const { code, err } = await verified([], {}, { env: { NO_SESSION: '1' } });
    expect([code, err]).toEqual([1, expect.stringMatching(/could not be asked: The SSO session has expired\n {2}→ you need lambda:InvokeFunction/)]);
  });

  test('where the handler has an answer of its own to that', async () => {
    const { code, err } = await verified([], { grants: { errorMessage: 'no grants of sales/orders v1 are deployed → deploy the product\'s stack of grants' } });
    expect([code, err]).toEqual([1, expect.stringContaining('no grants of sales/orders v1 are deployed')]);
  });

  test('without a mesh', async () => {
    expect(await mesh(['verify'], folderWith({ [CONTRACT]: ACTIVE }))).toMatchObject({ code: 2, err: expect.stringContaining('there is no mesh.yaml') as string });
  });
});
