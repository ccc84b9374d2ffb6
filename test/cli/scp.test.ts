import * as fs from 'node:fs';
import * as path from 'node:path';
import { scpShape } from '../../lib/cli/json-shapes';
import { LONGEST_SCP } from '../../lib/plan/mesh/service-control-policies';
import { folderWith, MESH, removeFolders } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

test('policies are printed as one JSON array, and written as AWS Organizations takes them', async () => {
  const cwd = folderWith({ 'mesh.yaml': MESH });
  const { code, out } = await mesh(['scp'], cwd);
  const policies = scpShape.parse(JSON.parse(out));
  expect([code, policies.map(({ name, file }) => [name, file])]).toEqual([0, [['mesh-roles', null], ['mesh-data', null], ['mesh-watch', null]]]);
  expect(await mesh(['scp', '--out', 'policies'], cwd)).toEqual({ code: 0, err: '', out: policies.map(({ name, description }) => `✔ policies/${name}.json  ${description}\n`).join('') });
  for (const { name, document } of policies) {
    const text = fs.readFileSync(path.join(cwd, 'policies', `${name}.json`), 'utf8');
    expect([JSON.parse(text), text.length <= LONGEST_SCP]).toEqual([document, true]);
  }
  expect(scpShape.parse(JSON.parse((await mesh(['scp', '--out', 'policies', '--json'], cwd)).out))[0].file).toBe('policies/mesh-roles.json');
});

test('whom mesh.yaml lets administer is let; too many are refused before AWS does', async () => {
  const access = (arns: readonly string[]): string => `${MESH}access: {administrators: [${arns.map((arn) => `"${arn}"`).join(', ')}]}\n`;
  const named = await mesh(['scp'], folderWith({ 'mesh.yaml': access(['arn:aws:iam::*:role/PlatformTeam']) }));
  expect(named.out).toContain('arn:*:iam::*:role/PlatformTeam');
  expect(named.out).not.toContain('OrganizationAccountAccessRole');
  const many = Array.from({ length: 60 }, (_, n) => `arn:aws:iam::*:role/administrators-of-department-${n}`);
  expect(await mesh(['scp'], folderWith({ 'mesh.yaml': access(many) }))).toMatchObject({ code: 1, err: expect.stringMatching(/mesh-roles has \d+ characters, AWS Organizations allows 5120/) as string });
});

test('without a mesh, or with a wrong one, it says so', async () => {
  expect(await mesh(['scp'], folderWith({ 'contracts/keep': '' }))).toMatchObject({ code: 2, err: expect.stringContaining('there is no mesh.yaml') as string });
  expect(await mesh(['scp'], folderWith({ 'mesh.yaml': `${MESH}access: {administrator: x}\n` }))).toMatchObject({ code: 1, err: expect.stringContaining('mesh/unknown-field') as string });
});
