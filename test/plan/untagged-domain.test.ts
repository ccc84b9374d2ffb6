import { folderWith, MESH, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

afterAll(removeFolders);

const TAGS = ', owner: sales-data@shoply.example, costCentre: CC-1001';

/** What a mesh is told whose domain says this much of whose it is. */
function told(tags: string): string[] {
  const root = folderWith({ 'mesh.yaml': MESH.replace('{account: "222222222222"}', `{account: "222222222222"${tags}}`), 'contracts/sales/orders.contract.yaml': SMALLEST });
  return problemsIn(root).filter(({ id }) => id === 'mesh/untagged-domain').map(({ severity, path, message, remedy }) => `${severity} at ${path}: ${message} → ${remedy}`);
}

describe('a domain that is deployed', () => {
  test('says whose it is and who pays, and is told nothing', () => {
    expect(told(TAGS)).toEqual([]);
  });

  test.each([
    [', owner: sales-data@shoply.example', '`sales` has no `costCentre`: local runs need none, but `cdk synth` refuses to deploy what nobody pays for → write `costCentre: …`'],
    [', costCentre: CC-1001', '`sales` has no `owner`: local runs need none, but `cdk synth` refuses to deploy what nobody owns → write `owner: …`'],
    ['', '`sales` has no `owner` and no `costCentre`: local runs need none, but `cdk synth` refuses to deploy what nobody owns → write `owner: …` and `costCentre: …`'],
  ])('is warned of what the policy of templates would refuse, with %j', (tags, message) => {
    expect(told(tags)).toEqual([`warning at domains.sales: ${message}`]);
  });
});
