import * as fs from 'node:fs';
import * as path from 'node:path';
import { compileProduct } from '../../lib/plan/compile-product';
import { Workspace } from '../../lib/plan/workspace';

const ROOT = path.join(__dirname, '..', '..');
const FIXTURE = path.join(ROOT, 'glue-jobs', 'tests', 'fixtures', 'checks', 'aviation.json');

test('the checks that the jobs count scans with are those of the aviation contracts', () => {
  const workspace = new Workspace(ROOT, ROOT);
  const plans = ['operations/airports', 'operations/flights', 'safety/bird_strikes'].map((file) => {
    const compiled = compileProduct(workspace, path.join(ROOT, 'contracts', `${file}.contract.yaml`));
    if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join('; '));
    const { product, tables } = compiled.plan;
    return [product.id, tables.filter(({ published }) => published).map(({ name, primaryKey, columns, checks }) => ({
      name, primaryKey, columns: Object.fromEntries((columns ?? []).map((column) => [column.name, column.type])), checks,
    }))];
  });
  expect(JSON.parse(fs.readFileSync(FIXTURE, 'utf8'))).toEqual(Object.fromEntries(plans));
});
