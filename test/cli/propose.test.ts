import * as fs from 'node:fs';
import * as path from 'node:path';
import { Interrupted, UsageError } from '../../lib/cli/failure';
import { proposeShape } from '../../lib/cli/json-shapes';
import { propose } from '../../lib/cli/propose';
import { openTerminal } from '../../lib/cli/terminal/terminal';
import { type Prompts } from '../../lib/cli/terminal/prompts';
import { type Session } from '../../lib/cli/verb';
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
  expect(await mesh(['propose', 'sales', 'returns'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('returns.rfc.md already exists') as string });
  const contract = read(cwd, CONTRACT);
  fs.rmSync(path.join(cwd, RFC));
  expect(await mesh(['propose', 'sales', 'returns', '--grain', 'one row per parcel'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('--grain would change') as string });
  expect((await mesh(['propose', 'sales', 'returns'], cwd)).code).toBe(0);
  expect(read(cwd, CONTRACT)).toBe(contract);
  fs.rmSync(path.join(cwd, RFC));
  fs.writeFileSync(path.join(cwd, CONTRACT), contract.replace('status: proposed', 'status: draft'));
  expect(await mesh(['propose', 'sales', 'returns'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('it is no longer a proposal') as string });
});

test.each<[string[], RegExp]>([
  [[], /name a domain and an entity/], [['sales', 'Returns'], /an entity name has/], [['sales', 'returns', '--columns', 'a b c d'], /"a b c d" is not a column/],
  [['sales', 'returns', '--columns', '1x string'], /is not a column/], [['sales', 'returns', '--tier', 'gold'], /gold/],
  [['sales', 'returns', '--columns', 'id string, id int'], /"id" is there twice/], [['sales', 'returns', '--columns', 'id moneyy'], /has no type/], [['sales', 'returns', '--columns', 'id string secret'], /has no class: one of public/],
  [['sales', 'returns', '--freshness', 'soon'], /--freshness: a duration is a number and a unit, as in 6h/], [['sales', 'returns', '--notice', '0d'], /--notice: a duration/],
  [['sales', 'returns', '--availability', '120'], /--availability: a share of the time is a percentage up to 100/], [['sales', 'returns', '--owner', 'no one'], /--owner: an owner is/],
])('refuses %j', async (args, said) => {
  const cwd = here();
  expect(await mesh(['propose', ...args], cwd)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) as string });
  expect(fs.existsSync(path.join(cwd, CONTRACT))).toBe(false);
});

describe('on a terminal', () => {
  /** A person who answers in this order; what a question refuses is answered again. */
  function person(...answers: readonly (string | readonly string[])[]): { readonly prompts: Prompts; readonly asked: string[]; readonly faults: string[] } {
    const left = [...answers];
    const [asked, faults]: string[][] = [[], []];
    const next = (message: string): string | readonly string[] => {
      asked.push(message);
      const answer = left.shift();
      if (answer === undefined) throw new Interrupted('nothing was written');
      return answer;
    };
    const text: Prompts['text'] = (question) => {
      const answer = next(question.message) as string;
      if (answer === '' && question.otherwise !== undefined) return Promise.resolve(question.otherwise);
      const fault = question.fault(answer);
      if (fault === undefined) return Promise.resolve(answer);
      faults.push(fault);
      return text(question);
    };
    const prompts: Prompts = {
      begin: () => undefined, end: () => undefined, text,
      choose: (message, options) => {
        const wanted = next(message);
        return Promise.resolve(options.find(({ value }) => value === wanted)!.value);
      },
      several: (message, options) => {
        const chosen = next(message);
        return Promise.resolve(options.map(({ value }) => value).filter((value) => chosen.includes(value)));
      },
    };
    return { prompts, asked, faults };
  }

  function sessionIn(cwd: string): Session {
    const stream = { write: () => true, isTTY: true, columns: 120 };
    return { terminal: openTerminal({ stdin: { isTTY: true }, stdout: stream, stderr: stream }, {}), cwd, env: {} };
  }

  const answering = (cwd: string, { prompts }: { readonly prompts: Prompts }, given: Parameters<typeof propose>[3] = {}, ...names: string[]): Promise<number> => (
    propose(sessionIn(cwd), names[0], names[1], given, () => Promise.resolve(prompts))
  );

  test('it asks for everything, refuses what cannot be, and writes what the flags would', async () => {
    const [asked, flagged] = [here(), here()];
    const olga = person(
      'sales', 'Returns', 'returns', 'olga at shoply', 'olga@shoply.example', 'What came back: and why', '', '', 'amount moneyy', 'amount decimal(12,2)', 'amount string', 'email string', '', ['email'],
      'soon', '6h', '120', '99.5', 'domain', '90d', ['reporting'], 'shop system, CRM export',
    );
    expect(await answering(asked, olga)).toBe(0);
    expect(olga.faults).toEqual([
      expect.stringMatching(/^an entity name has/), expect.stringMatching(/^an owner is/), expect.stringMatching(/has no type/), '"amount" is already there', expect.stringMatching(/^a duration is/), expect.stringMatching(/^a share of the time/),
    ]);
    expect((await mesh(FULL, flagged)).code).toBe(0);
    for (const file of [CONTRACT, RFC]) expect(read(asked, file)).toBe(read(flagged, file));
  });

  test('what a flag says is not asked, Enter leaves the rest open, and who gives up has written nothing', async () => {
    const cwd = here();
    const given = { owner: 'olga', columns: 'return_id string', tier: 'edge', consumers: 'reporting', freshness: '1d' };
    const leaving = person('');
    await expect(answering(cwd, leaving, given, 'sales', 'returns')).rejects.toThrow(Interrupted);
    expect(fs.existsSync(path.join(cwd, CONTRACT))).toBe(false);
    const brief = person('', '', '', '', '');
    expect(await answering(cwd, brief, given, 'sales', 'returns')).toBe(0);
    expect(brief.asked).toEqual(['What is it for?', 'What is one row?', 'How much of the time is it that fresh, in percent?', 'How long before its end do you announce it?', 'What is it built from, in words?']);
    expect(read(cwd, RFC)).toContain('Nobody has said yet what it is for.');
  });

  test('of a contract that is there only its name is asked, and --yes asks nothing', async () => {
    const cwd = here();
    expect(await answering(cwd, person(), { yes: true }, 'sales', 'returns')).toBe(0);
    fs.rmSync(path.join(cwd, RFC));
    const olga = person('sales', 'returns');
    expect(await answering(cwd, olga)).toBe(0);
    expect(olga.asked).toHaveLength(2);
    await expect(answering(cwd, person(), { yes: true })).rejects.toThrow(UsageError);
  });
});
