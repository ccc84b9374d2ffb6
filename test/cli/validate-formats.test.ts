import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const POLICY = '{id: custom, rule: shoply/cost-centre, of: product, must: {customProperties.costCentre: {present: true}}, message: say who pays, remedy: "100 %, or none: ask finance"}';
const CONTRACT = 'contracts/sales/orders.contract.yaml';
const sound = folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: SMALLEST });
const faulty = folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: [${POLICY}, {id: require-support, severity: warning}]\n`, [CONTRACT]: SMALLEST });

test('github: one workflow command a problem, escaped, and a summary', async () => {
  const { code, out, err } = await mesh(['validate', '--format', 'github'], faulty);
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/^✖ 2 files, 1 error, \d warnings?\n$/) as string });
  expect(out.split('\n')).toContain(`::error file=${CONTRACT},line=1,col=1,title=shoply/cost-centre::say who pays: the contract (expected \`customProperties.costCentre\` is written); 100 %25, or none: ask finance`);
  expect(out).toMatch(/^::warning file=contracts\/sales\/orders\.contract\.yaml,line=\d+,col=\d+,title=policy\/require-support::/m);
  expect((await mesh(['validate', '--format', 'github'], sound)).out).toBe('✔ 2 files, no errors\n');
});

test('junit: a suite a file, a failed case an error, and XML that a parser reads', async () => {
  const { code, out } = await mesh(['validate', '--format', 'junit'], faulty);
  expect(code).toBe(1);
  const read = spawnSync(path.resolve(__dirname, '../../.venv/bin/python'), ['-c', `
import sys, json, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([dict(root.attrib), [[s.get('name'), [[c.get('name'), [f.get('message') for f in c]] for c in s.findall('testcase')], len(s.findall('system-out'))] for s in root]]))
`], { input: out, encoding: 'utf8' });
  expect(JSON.parse(read.stdout)).toEqual([
    { name: 'mesh validate', tests: '2', failures: '1', errors: '0' },
    [
      [CONTRACT, [['shoply/cost-centre at customProperties (1:1)', ['say who pays: the contract (expected `customProperties.costCentre` is written); 100 %, or none: ask finance']]], 1],
      ['mesh.yaml', [['has no errors', []]], 0],
    ],
  ]);
});

test('sarif: rules of ours and of the mesh are described', async () => {
  const { code, out } = await mesh(['validate', '--format', 'sarif'], faulty);
  const { runs: [run] } = JSON.parse(out) as { runs: { tool: { driver: { rules: { id: string; shortDescription: { text: string } }[] } }; results: { ruleId: string; level: string; ruleIndex: number }[] }[] };
  expect(code).toBe(1);
  expect(run.tool.driver.rules).toContainEqual({ id: 'shoply/cost-centre', shortDescription: { text: 'say who pays' } });
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
  expect(run.results.map(({ level }) => level).filter((level) => level === 'error')).toHaveLength(1);
  expect((JSON.parse((await mesh(['validate', '--format', 'sarif'], sound)).out) as { runs: { results: unknown[] }[] }).runs[0].results).toEqual([]);
});

test('json is the same by either option', async () => {
  expect(await mesh(['validate', '--format', 'json'], faulty)).toEqual(await mesh(['validate', '--json'], faulty));
});
