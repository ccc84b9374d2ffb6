import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { domainNames, productNames, type ProductPlace } from '../../../constructs/domain/naming';
import { grantsBeforeTables, grantsOnTables, internalPrefix, productRoles, tablesLocation, tablesOf, type Grant } from '../../../constructs/permissions/grants';
import { compileProduct } from '../../../lib/plan/compile-product';
import { type Plan } from '../../../lib/plan/plan-schema';
import { Workspace } from '../../../lib/plan/workspace';

const word = fc.stringMatching(/^[a-z](_?[a-z0-9]){0,8}$/);
const account = fc.stringMatching(/^[0-9]{12}$/);
const places: fc.Arbitrary<ProductPlace> = fc.record({
  mesh: word, environment: fc.option(word), domain: word, entity: word, major: fc.nat(20), account, region: fc.constantFrom('eu-west-1', 'cn-north-1', 'us-gov-west-1'),
  platformAccount: account, platformRegion: fc.constant('eu-west-1'),
});
const smallest = JSON.parse(fs.readFileSync(path.join(__dirname, '../../plan/smallest.plan.json'), 'utf8')) as Plan;

/** A plan as somebody would write it who wants more than is his: any names at all for its tables and databases. */
const plans = (place: ProductPlace): fc.Arbitrary<Plan> => fc.array(fc.record({
  published: fc.boolean(), database: fc.oneof(word, fc.constant(domainNames.publishedDatabase(place))), table: fc.string(), quarantine: fc.string(), tombstones: fc.string(),
}), { maxLength: 6 }).map((tables) => ({
  ...smallest, databases: { published: domainNames.publishedDatabase(place), internal: domainNames.internalDatabase(place) },
  tables: tables.map((table) => ({ ...smallest.tables[0], ...table })),
}));

const of = (place: ProductPlace, plan: Plan): Grant[] => [...grantsBeforeTables(place), ...grantsOnTables(place, tablesOf(plan))];
const attempts = places.chain((place) => plans(place).map((plan) => ({ place, plan })));

describe('whatever a plan says', () => {
  test('only the product\'s job and the domain\'s own handlers are granted anything, all of them in the account', () => {
    fc.assert(fc.property(attempts, ({ place, plan }) => {
      const named = [productNames.roleArn(place, 'job'), domainNames.handlerRoleArn(place, 'tables'), domainNames.handlerRoleArn(place, 'publisher')];
      for (const { principal } of of(place, plan)) {
        expect(named).toContain(principal);
        expect(principal.split(':')[4]).toBe(place.account);
      }
    }));
  });

  test('a grant is on the domain\'s two databases, their tables, or the product\'s own place in S3', () => {
    fc.assert(fc.property(attempts, ({ place, plan }) => {
      const databases = [domainNames.publishedDatabase(place), domainNames.internalDatabase(place)];
      for (const { target } of of(place, plan)) {
        if (target.kind === 'location') expect(target.arn).toBe(tablesLocation(place));
        else expect(databases).toContain(target.database);
      }
    }));
  });

  test('the product\'s job never has all tables of a database, never changes a published one, and makes none', () => {
    fc.assert(fc.property(attempts, ({ place, plan }) => {
      for (const { principal, target, permissions } of of(place, plan)) {
        if (!productRoles(place).includes(principal)) continue;
        expect(target.kind).not.toBe('tables');
        if (target.kind === 'table' && target.database === domainNames.publishedDatabase(place)) expect(permissions).toEqual(['DESCRIBE', 'SELECT']);
        if (target.kind === 'database' && target.database === domainNames.publishedDatabase(place)) expect(permissions).toEqual(['DESCRIBE']);
      }
    }));
  });

  test('handlers are given no data', () => {
    fc.assert(fc.property(attempts, ({ place, plan }) => {
      const others = of(place, plan).filter(({ principal }) => !productRoles(place).includes(principal));
      expect(others.flatMap(({ permissions }) => permissions).filter((permission) => ['SELECT', 'INSERT', 'DELETE'].includes(permission))).toEqual([]);
    }));
  });
});

test('what is internal of a product is told from another product\'s by its name', () => {
  fc.assert(fc.property(places, places, (one, other) => {
    fc.pre(one.entity !== other.entity || one.major !== other.major);
    expect(`${internalPrefix(other)}any`.startsWith(internalPrefix(one))).toBe(false);
  }));
});

test('every internal table of a plan is told so, also where an object is called otherwise than its product', () => {
  const root = path.resolve(__dirname, '../../..');
  const workspace = new Workspace(root, root);
  let otherwise = 0;
  for (const file of workspace.contractFiles()) {
    const compiled = compileProduct(workspace, file);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const { product, tables } = compiled.plan;
    const names = tables.flatMap(({ published, table, quarantine, tombstones }) => [quarantine, tombstones, ...(published ? [] : [table])]);
    expect(names.filter((name) => !name.startsWith(internalPrefix(product as unknown as ProductPlace)))).toEqual([]);
    otherwise += tables.filter(({ published, name }) => published && name !== product.entity).length;
  }
  expect(otherwise).toBeGreaterThan(1);
});
