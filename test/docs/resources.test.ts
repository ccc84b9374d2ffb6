import { fixtureMesh, type FixtureMesh } from '../stacks/fixture-mesh';
import { listedResources } from '../support/listed-resources';

describe('the page of resources', () => {
  let mesh: FixtureMesh;
  beforeAll(() => { mesh = fixtureMesh(); }, 180_000);

  const made = (stacks: RegExp): string[] => [...new Set(mesh.stacks.map(({ stackName }) => stackName).filter((name) => stacks.test(name))
    .flatMap((name) => Object.values(mesh.template(name).Resources).map(({ Type }) => Type)))].sort();

  test.each([['A product', /-v\d+$/], ['A foundation', /-foundation$/], ['Governance', /^(dev-)?governance$/], ['Access', /^(dev-)?access-/], ['Grants', /-grants$/], ['Consumer', /-(roles|consumption)$/], ['Observability', /^(dev-)?observability/], ['Policy', /-policy$/]])('names each type of %s, with its reason, and no other', (heading, stacks) => {
    expect(listedResources(heading)).toEqual(made(stacks));
  });
});
