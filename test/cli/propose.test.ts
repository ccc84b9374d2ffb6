import * as fs from 'node:fs';
import * as path from 'node:path';
import { proposeShape } from '../../lib/cli/json-shapes';
import { folderWith, OWNED_MESH, removeFolders } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/returns.contract.yaml';
const RFC = 'contracts/sales/returns.rfc.md';
const here = (policies = '[]'): string => folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: ${policies}\n` });
const read = (cwd: string, file: string): string => fs.readFileSync(path.join(cwd, file), 'utf8');
const FULL = [
  'propose', 'sales', 'returns', '--purpose', 'What came back: and why', '--columns', 'return_id string, amount decimal(12,2), email string confidential', '--freshness', '6h',
  '--availability', '99.5', '--tier', 'domain', '--notice', '90d', '--consumers', 'reporting', '--sources', 'shop system, CRM export', '--owner', 'olga@shoply.example',
];

test('a proposal is a valid contract from which nothing is deployed, and a page that says all of it', async () => {
  const cwd = here();
  expect(await mesh(FULL, cwd)).toEqual({ code: 0, err: '', out: `✔ dp_sales_returns, proposed\n  ${CONTRACT}\n  ${RFC}\n` });
  expect((await mesh(['validate'], cwd)).code).toBe(0);
  expect(read(cwd, CONTRACT)).toContain('status: proposed');
  const page = read(cwd, RFC);
  for (const said of [
    '# Proposal: Returns', 'proposed for the domain sales by olga@shoply.example', 'What came back: and why', 'Grain: one row per return. Key: return_id.', '| amount | decimal(12,2) | internal | as it is |  |',
    '| email | string | confidential | masked: hash |  |', '- freshness: 6h', '- availability: 99.5 percent', '- notice before it ends: 90d', '- tier: domain', '- reader: reporting',
    'Confidential or restricted: email.', 'It lives in eu-west-1.', '- shop system\n- CRM export', 'At least $6.72 a month: 120 runs', '- [ ] agree on the contract, then write `status: draft`',
  ]) expect(page).toContain(said);
});

test('it is held against the policies of the mesh, as the draft that it would become', async () => {
  const cwd = here('[{id: require-sla, properties: [availability]}, {id: require-support, severity: warning}]');
  const { code, out } = await mesh(['propose', 'sales', 'returns', '--json'], cwd);
  const { open, files } = proposeShape.parse(JSON.parse(out));
  expect({ code, files, open: open.map(({ id }) => id).sort() }).toEqual({ code: 1, files: [CONTRACT, RFC], open: ['policy/require-sla', 'policy/require-support'] });
  expect(read(cwd, RFC)).toContain('- [ ] the contract does not promise `availability`: add `{property: availability, value: …, unit: …}` (`policy/require-sla`)');
  expect((await mesh(['validate'], cwd)).code).toBe(0);
});

test('of a contract that is there the page is written, and nothing is overwritten', async () => {
  const cwd = here();
  await mesh(FULL, cwd);
  expect(await mesh(['propose', 'sales', 'returns'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('returns.rfc.md is there already') as string });
  const contract = read(cwd, CONTRACT);
  fs.rmSync(path.join(cwd, RFC));
  expect(await mesh(['propose', 'sales', 'returns', '--grain', 'one row per parcel'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('--grain would change') as string });
  expect((await mesh(['propose', 'sales', 'returns'], cwd)).code).toBe(0);
  expect(read(cwd, CONTRACT)).toBe(contract);
  fs.rmSync(path.join(cwd, RFC));
  fs.writeFileSync(path.join(cwd, CONTRACT), contract.replace('status: proposed', 'status: draft'));
  expect(await mesh(['propose', 'sales', 'returns'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('it is proposed no longer') as string });
});

test.each<[string[], RegExp]>([
  [[], /name a domain and an entity/], [['sales', 'Returns'], /an entity is named|a entity is named/], [['sales', 'returns', '--columns', 'a b c d'], /"a b c d" is no column/],
  [['sales', 'returns', '--columns', '1x string'], /is no column/], [['sales', 'returns', '--tier', 'gold'], /gold/],
])('refuses %j', async (args, said) => {
  const cwd = here();
  expect(await mesh(['propose', ...args], cwd)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) as string });
  expect(fs.existsSync(path.join(cwd, CONTRACT))).toBe(false);
});
