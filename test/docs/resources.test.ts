import * as fs from 'node:fs';
import * as path from 'node:path';
import { remove, synthesise, type Synthesised } from '../stacks/mesh-app';

const PAGE = path.resolve(__dirname, '../../docs/resources.md');

/** Types that the tables below a heading list. */
function listed(heading: string): string[] {
  const section = fs.readFileSync(PAGE, 'utf8').split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `([A-Za-z]+::[A-Za-z0-9:]+)` \| [^|]+ \| [^|]{10,} \|$/gm)].map((match) => match[1]).sort();
}

describe('the page of resources', () => {
  let mesh: Synthesised;
  beforeAll(() => { mesh = synthesise(); }, 120_000);
  afterAll(() => remove(mesh));

  const made = (stacks: RegExp): string[] => [...new Set(mesh.stacks.map(({ stackName }) => stackName).filter((name) => stacks.test(name))
    .flatMap((name) => Object.values(mesh.template(name).Resources).map(({ Type }) => Type)))].sort();

  test.each([['A product', /-v\d+$/], ['A foundation', /-foundation$/], ['Governance', /^(dev-)?governance$/], ['Access', /^(dev-)?access-/], ['Grants', /-grants$/], ['Consumer', /-(roles|consumption)$/], ['Policy', /-policy$/]])('names each type of %s, with its reason, and no other', (heading, stacks) => {
    expect(listed(heading)).toEqual(made(stacks));
  });
});
