import { parseMesh } from '../../lib/plan/mesh/mesh';
import { OWNED_MESH } from './mesh-folder';

const DIGEST = 'ab'.repeat(32);

/** What is wrong with a mesh that says this of its domain and of itself. */
function problems(domain: string, mesh: string): string[] {
  const read = parseMesh(`${OWNED_MESH.replace('domains: {sales: {', `domains: {sales: {${domain}`)}${mesh}`, 'mesh.yaml');
  return read.ok ? [] : read.problems.map(({ id, message, received, expected, path }) => `${id} at ${path}: ${message}; received ${received ?? 'nothing'}, expected ${expected}`);
}

describe('code that jobs may and may not run, in mesh.yaml', () => {
  test('is told by digests, and what is refused with a reason', () => {
    expect(problems(`acceptedCode: ["${DIGEST}"], `, `refusedCode:\n  "${DIGEST}": CVE-2030-1, in a library that it brings\n  ${'cd'.repeat(32)}: it hashes with the wrong key\n`)).toEqual([]);
  });

  test.each<[what: string, domain: string, mesh: string, found: string]>([
    ['accepted by its name', 'acceptedCode: [glue.py], ', '', 'mesh/pattern at domains.sales.acceptedCode[0]: `acceptedCode[0]` is not written correctly; received "glue.py", expected a SHA-256 in 64 lower-case hex digits, as sha256sum prints it'],
    ['refused by its name', '', 'refusedCode: {glue.py: it is old}\n', 'mesh/key at refusedCode["glue.py"]: `glue.py` is not a valid field name here; received nothing, expected a SHA-256 in 64 lower-case hex digits, as sha256sum prints it'],
    ['refused without a reason', '', `refusedCode: {${DIGEST}: ""}\n`, `mesh/pattern at refusedCode.${DIGEST}`],
    ['refused for reasons that fill a page', '', `refusedCode: {${DIGEST}: "${'x'.repeat(201)}"}\n`, 'expected one line of at most 200 characters'],
    ['refused in two lines', '', `refusedCode: {${DIGEST}: "a\\nb"}\n`, 'expected one line of at most 200 characters'],
    ['accepted for the whole mesh', '', `acceptedCode: [${DIGEST}]\n`, 'mesh/unknown-field at acceptedCode'],
  ])('is not taken %s', (_, domain, mesh, found) => {
    expect(problems(domain, mesh)).toEqual([expect.stringContaining(found)]);
  });
});
