import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Problem } from '../../../lib/contract/problem';
import { compileProduct } from '../../../lib/plan/compile-product';
import { type Plan } from '../../../lib/plan/plan-schema';
import { signoffStates } from '../../../lib/plan/signoff/check-signoffs';
import { signedDigest } from '../../../lib/plan/signoff/signed-content';
import { loadSignoffs, signoffText } from '../../../lib/plan/signoff/signoff-file';
import { type Signoffs } from '../../../lib/plan/signoff/signoff-model';
import { type SignoffPart } from '../../../lib/plan/signoff/signoff-parts';
import { type Statement } from '../../../lib/plan/signoff/statement';
import { validatePaths } from '../../../lib/plan/validate';
import { Workspace } from '../../../lib/plan/workspace';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST, TrustingChecker } from '../mesh-folder';
import { KmsSigner, SshSigner } from './signers';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/orders.contract.yaml';
const SIGNOFF = 'contracts/sales/orders.signoff.yaml';
const NOW = new Date('2026-06-15T12:00:00Z');
const olga = new SshSigner(1);
const sam = new SshSigner(2);
const kim = new KmsSigner();
const ACTIVE = SMALLEST.replace('status: draft', 'status: active');
const GUARDED = `${OWNED_MESH.replace('{production: true}', '{production: true, signoffs: [owner, security]}')}signers:
  olga: {roles: [owner], keys: ["${olga.publicKey}"]}
  sam: {roles: [security], domains: [sales], keys: ["${sam.publicKey}"]}
  kim: {roles: [owner, platform], keys: [{kms: "${kim.arn}", publicKey: ${kim.publicKey}}]}
`;

class Signed {
  readonly root: string;
  mesh = GUARDED;
  private readonly signoffs: Signoffs = {};

  constructor(readonly contract = ACTIVE) {
    this.root = folderWith({ 'mesh.yaml': GUARDED, [CONTRACT]: contract });
  }

  statement(part: SignoffPart, signer: string, more: Partial<Statement> = {}): Statement {
    const workspace = new Workspace(this.root);
    const loaded = workspace.contract(path.join(this.root, CONTRACT));
    if (!loaded.ok) throw new Error('the contract of the test is wrong');
    return { product: 'dp_sales_orders', major: 1, part, digest: signedDigest(loaded.contract, part, workspace.surroundings()), signer, signedAt: '2026-06-01T08:00:00Z', ...more };
  }

  put(signoffs: Signoffs): this {
    fs.writeFileSync(path.join(this.root, SIGNOFF), signoffText(Object.assign(this.signoffs, signoffs)));
    return this;
  }

  signed(more: Partial<Statement> = {}): this {
    return this.put({ owner: olga.signoff(this.statement('owner', 'olga', more)), security: sam.signoff(this.statement('security', 'sam', more)) });
  }

  write(file: string, edit: (text: string) => string): this {
    const name = path.join(this.root, file);
    const text = fs.readFileSync(name, 'utf8');
    expect(edit(text)).not.toBe(text);
    fs.writeFileSync(name, edit(text));
    return this;
  }

  problems(requireSignoffs = true): Problem[] {
    return validatePaths([], { cwd: this.root, root: this.root, sqlChecker: new TrustingChecker(), requireSignoffs, now: NOW }).files.flatMap(({ problems }) => problems);
  }

  found(): [string, string, string][] {
    return this.problems().map(({ id, file, path: at }) => [id, path.basename(file), at]);
  }

  plan(): Plan['signoff'] {
    const compiled = compileProduct(new Workspace(this.root, this.root, { now: NOW, sqlChecker: new TrustingChecker() }), path.join(this.root, CONTRACT), { environment: 'prod' });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    return compiled.plan.signoff;
  }
}

test('signed by those who must, a contract passes the gate, and its certificate may be more than provisional', () => {
  const signed = new Signed().signed();
  expect(signed.problems()).toEqual([]);
  expect(signed.plan()).toEqual({ required: ['owner', 'security'], valid: ['owner', 'security'], problems: [] });
});

test('a plan knows when sign-offs end, so that a later certificate does', () => {
  const signed = new Signed().signed({ until: '2026-12-31' }).write('mesh.yaml', (text) => `${text}policies: [{id: require-signoff, parts: [security], maxAge: 30d}]\n`);
  expect(signed.plan()).toEqual({ required: ['owner', 'security'], valid: ['owner', 'security'], problems: [], ends: [{ part: 'owner', at: '2027-01-01T00:00:00.000Z' }, { part: 'security', at: '2026-07-01T08:00:00.000Z' }] });
});

test('how each part stands is known, asked for or not: who signed, the last day on which it counts, and why it does not', () => {
  const signed = new Signed().signed({ until: '2026-12-31' }).write(CONTRACT, (text) => text.replace('classification: confidential', 'classification: restricted'));
  const workspace = new Workspace(signed.root, signed.root, { now: NOW });
  const loaded = workspace.contract(path.join(signed.root, CONTRACT));
  const by = (signer: string): object => ({ signer, signedAt: '2026-06-01T08:00:00Z', until: '2026-12-31' });
  expect(loaded.ok && signoffStates(workspace, loaded.contract, path.join(signed.root, SIGNOFF), 'prod')).toEqual([
    { part: 'owner', required: true, signed: by('olga'), fault: undefined },
    { part: 'security', required: true, signed: by('sam'), fault: 'what security answers for has changed since sam signed it on 2026-06-01' },
    { part: 'platform', required: false, signed: undefined, fault: undefined },
  ]);
});

test('a KMS key signs as well as an SSH key', () => {
  const signed = new Signed().signed();
  expect(signed.put({ owner: kim.signoff(signed.statement('owner', 'kim')) }).plan().valid).toEqual(['owner', 'security']);
});

test('without a file each sign-off is missing, which only the gate takes for an error', () => {
  const signed = new Signed();
  expect(signed.found()).toEqual([['signoff/unsigned', 'orders.contract.yaml', 'id'], ['signoff/unsigned', 'orders.contract.yaml', 'id']]);
  expect(signed.problems(false)).toEqual([]);
  expect(signed.plan()).toEqual({ required: ['owner', 'security'], valid: [], problems: ['the sign-off of owner is missing', 'the sign-off of security is missing'] });
});

test.each<[SignoffPart, string, (text: string) => string]>([
  ['owner', 'a type', (text) => text.replace('decimal(12,2)', 'decimal(14,2)')],
  ['security', 'a class', (text) => text.replace('classification: confidential', 'classification: restricted')],
])('of %s, a change of %s makes that sign-off void and leaves the other', (part, _what, edit) => {
  const signed = new Signed().signed().write(CONTRACT, edit);
  expect(signed.found()).toEqual([['signoff/changed', 'orders.signoff.yaml', part]]);
  expect(signed.plan().valid).toEqual([part === 'owner' ? 'security' : 'owner']);
  expect(signed.plan().problems[0]).toMatch(/has changed since (olga|sam) signed it on 2026-06-01/);
});

test('what is void is told without the gate too, as a warning', () => {
  const found = new Signed().signed().write(CONTRACT, (text) => text.replace('decimal(12,2)', 'decimal(14,2)')).problems(false);
  expect(found.map(({ id, severity }) => [id, severity])).toEqual([['signoff/changed', 'warning']]);
});

describe('a sign-off does not count', () => {
  const why = (signed: Signed): string[] => signed.problems().map(({ id, message }) => `${id}: ${message}`);
  const owner = (signed: Signed, signoff: Signoffs['owner']): string[] => why(signed.put({ owner: signoff }));

  test('whose statement was changed by hand: forged', () => {
    const signed = new Signed().signed().write(SIGNOFF, (text) => text.replace('2026-06-01', '2026-06-02'));
    expect(why(signed)).toEqual(['signoff/forged: the sign-off of owner by olga is forged, or was changed by hand: its signature does not match what it says']);
  });

  test('whose digest was put in after the contract changed: forged', () => {
    const signed = new Signed().signed();
    const { digest } = signed.statement('owner', 'olga');
    signed.write(CONTRACT, (text) => text.replace('decimal(12,2)', 'decimal(14,2)'));
    expect(why(signed.write(SIGNOFF, (text) => text.replace(digest, signed.statement('owner', 'olga').digest)))[0]).toMatch(/^signoff\/forged/);
  });

  test('with a signature that is none, of either kind', () => {
    const signed = new Signed().signed();
    const statement = signed.statement('owner', 'olga');
    expect(owner(signed, { statement, signature: '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----' })[0]).toMatch(/^signoff\/forged.*not from an ssh-ed25519 key/);
    expect(owner(signed, { statement, signature: 'AAAA' })[0]).toMatch(/^signoff\/forged/);
    expect(owner(signed, { statement: signed.statement('owner', 'kim'), signature: 'AAAA' })[0]).toMatch(/^signoff\/forged/);
  });

  test('of an unknown signer, of one with another role, of one in another domain, by another\'s key: foreign', () => {
    const signed = new Signed().signed();
    expect(owner(signed, olga.signoff(signed.statement('owner', 'nobody')))).toEqual(['signoff/foreign: the sign-off of owner by nobody does not count: mesh.yaml has no such signer']);
    expect(owner(signed, olga.signoff(signed.statement('owner', 'toString')))[0]).toMatch(/^signoff\/foreign/);
    expect(owner(signed, sam.signoff(signed.statement('owner', 'sam')))).toEqual(['signoff/foreign: the sign-off of owner by sam does not count: mesh.yaml only lets them sign for `security`']);
    expect(owner(signed, sam.signoff(signed.statement('owner', 'olga')))).toEqual(['signoff/foreign: the sign-off of owner by olga was made with a key that mesh.yaml does not list for them']);
    signed.signed().write('mesh.yaml', (text) => text.replace('domains: [sales]', 'domains: [marketing]').replace('domains: {sales:', 'domains: {marketing: {account: "222222222222", owner: a@shoply.com, costCentre: CC-2}, sales:'));
    expect(why(signed)).toContain('signoff/foreign: the sign-off of security by sam does not count: mesh.yaml only lets them sign in `marketing`');
  });

  test('of a signer whose key the mesh has taken away: foreign', () => {
    expect(why(new Signed().signed().write('mesh.yaml', (text) => text.replace(olga.publicKey, new SshSigner(9).publicKey)))[0]).toMatch(/^signoff\/foreign/);
  });

  test('of another product, version or part, or made for git: replayed', () => {
    const signed = new Signed().signed();
    for (const other of [{ product: 'dp_sales_returns' }, { major: 2 }]) expect(owner(signed, olga.signoff(signed.statement('owner', 'olga', other)))[0]).toMatch(/^signoff\/replayed: .* was given for owner of dp_sales_(returns v1|orders v2)/);
    expect(owner(signed, kim.signoff(signed.statement('platform', 'kim')))[0]).toMatch(/^signoff\/replayed: .* was given for platform/);
    expect(owner(signed, olga.signoff(signed.statement('owner', 'olga'), 'git'))).toEqual(['signoff/replayed: the sign-off of owner by olga was made for something else: its namespace is `git`']);
  });

  test('after its last day, before its day, or older than the mesh lets it be: expired', () => {
    const signed = new Signed().signed();
    expect(owner(signed, olga.signoff(signed.statement('owner', 'olga', { until: '2026-06-14' })))).toEqual(['signoff/expired: the sign-off of owner by olga ended on 2026-06-14']);
    expect(owner(signed, olga.signoff(signed.statement('owner', 'olga', { until: '2026-06-15' })))).toEqual([]);
    expect(owner(signed, olga.signoff(signed.statement('owner', 'olga', { signedAt: '2027-01-01T00:00:00Z' })))[0]).toMatch(/dated in the future/);
    signed.signed().write('mesh.yaml', (text) => `${text}policies: [{id: require-signoff, parts: [security], maxAge: 10d}, {id: require-signoff, parts: [owner], maxAge: 1y}]\n`);
    expect(why(signed)).toEqual(['signoff/expired: the sign-off of security by sam of 2026-06-01 is older than mesh.yaml allows']);
  });

  test('in a file that cannot be read, and the plan is still made', () => {
    const signed = new Signed().signed().write(SIGNOFF, (text) => text.replace('digest:', 'digset:'));
    expect(signed.found().map(([id]) => id)).toEqual(['signoff/unsigned', 'signoff/unsigned', 'signoff/missing', 'signoff/unknown-field']);
    expect(signed.plan().problems).toHaveLength(2);
  });
});

describe('the gate', () => {
  test('asks for nothing of a draft, nor of a product that is retired, but the plan of a draft says what is missing', () => {
    const ended = SMALLEST.replace('unit: h}]', 'unit: h}, {property: endOfLife, value: "2020-01-31"}]');
    for (const status of ['proposed', 'draft', 'retired']) expect(new Signed(ended.replace('status: draft', `status: ${status}`)).problems()).toEqual([]);
    expect(new Signed(SMALLEST).plan().required).toEqual(['owner', 'security']);
  });

  test('asks the owner of one that was retired by force, and nobody else', () => {
    const forced = `${SMALLEST.replace('status: draft', 'status: retired')}customProperties:\n  - {property: mesh.ignoredChanges, value: [{rule: diff/status-retired, path: status, reason: "it holds data that we may not keep", until: "2026-08-01"}]}\n`;
    const missing = ['the sign-off of owner is missing'];
    expect(new Signed(forced).problems().map(({ message }) => message)).toEqual(missing);
    const byPolicy = (parts: string) => (text: string): string => `${text.replace(', signoffs: [owner, security]', '')}policies: [{id: require-signoff, statuses: [active], parts: [${parts}]}]\n`;
    expect(new Signed(forced).write('mesh.yaml', byPolicy('owner, platform')).problems().map(({ message }) => message)).toEqual(missing);
    expect(new Signed(forced).write('mesh.yaml', byPolicy('platform')).problems()).toEqual([]);
    expect(new Signed(forced).signed().problems()).toEqual([]);
  });

  test('asks for what a policy asks for, by tier and status', () => {
    const mesh = (text: string): string => `${text.replace(', signoffs: [owner, security]', '')}policies: [{id: require-signoff, tiers: [edge], statuses: [draft], parts: [platform]}]\n`;
    const atTheEdge = `${SMALLEST}customProperties: [{property: mesh.tier, value: edge}]\n`;
    expect(new Signed(atTheEdge).write('mesh.yaml', mesh).problems().map(({ message }) => message)).toEqual(['the sign-off of platform is missing']);
    expect(new Signed(atTheEdge).write('mesh.yaml', mesh).plan().required).toEqual(['platform']);
    expect(new Signed(SMALLEST).write('mesh.yaml', mesh).problems()).toEqual([]);
  });

  test('that has nobody to ask is an error, not a pass', () => {
    const nobody = new Signed().write('mesh.yaml', (text) => text.replace(', signoffs: [owner, security]', ''));
    expect(nobody.problems().map(({ id, severity }) => [id, severity])).toEqual([['signoff/unasked', 'error']]);
    fs.rmSync(path.join(nobody.root, 'mesh.yaml'));
    expect(nobody.found()).toEqual([['signoff/unasked', 'mesh.yaml', 'environments']]);
  });
});

test('keys of mesh.yaml that nobody could sign with are found', () => {
  const signed = new Signed(SMALLEST).write('mesh.yaml', (text) => text.replace(olga.publicKey, 'ssh-ed25519 AAAA').replace(kim.publicKey, 'AAAA'));
  expect(signed.problems(false).map(({ id, path: at }) => [id, at])).toEqual([['mesh/signer-key', 'signers.olga.keys[0]'], ['mesh/signer-key', 'signers.kim.keys[0].publicKey']]);
});

test('a sign-off file is read as it was written', () => {
  const signed = new Signed().signed({ until: '2027-01-01' });
  const loaded = loadSignoffs(path.join(signed.root, SIGNOFF));
  expect(loaded.ok && loaded.signoffs.owner?.statement).toEqual(signed.statement('owner', 'olga', { until: '2027-01-01' }));
  expect(loaded.ok && signoffText(loaded.signoffs)).toBe(fs.readFileSync(path.join(signed.root, SIGNOFF), 'utf8'));
});
