import * as fs from 'node:fs';
import * as path from 'node:path';
import fc from 'fast-check';
import { initShape } from '../../lib/cli/json-shapes';
import { identifierOf, nameFault, singular, titleOf } from '../../lib/cli/init/names';
import { freshFolder, write } from './built-mesh';
import { meshHere } from './in-process';

const files = (folder: string): string[] => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => fs.statSync(path.join(folder, name)).isFile()).sort();

describe('mesh init', () => {
  test('writes contract, pipeline, tests, query and sample, and says what next', async () => {
    const cwd = freshFolder();
    const { code, out: stdout, err: stderr } = await meshHere(['init', 'sales', 'orders', '--owner', 'orders-owner@shoply.example'], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('mesh validate');
    expect(files(cwd)).toEqual(['orders.contract.yaml', 'orders.pipeline.yaml', 'orders.tests.yaml', 'samples/orders.csv', 'sql/orders.sql'].map((name) => `contracts/sales/${name}`));
    expect(fs.readFileSync(path.join(cwd, 'contracts/sales/orders.contract.yaml'), 'utf8')).toContain('orders-owner@shoply.example');
  });

  test('finds the root of the mesh from a folder inside', async () => {
    const cwd = freshFolder();
    write(cwd, { 'mesh.yaml': 'name: shoply\n', 'contracts/sales/notes.md': '' });
    const { out: stdout } = await meshHere(['init', 'sales', 'orders', '--json'], path.join(cwd, 'contracts', 'sales'));
    const { product, files: written } = initShape.parse(JSON.parse(stdout));
    expect(product).toBe('dp_sales_orders');
    expect(written.every((file) => fs.existsSync(path.join(cwd, file)))).toBe(true);
  });

  test('never overwrites: nothing at all is written where one file exists', async () => {
    const cwd = freshFolder();
    write(cwd, { 'contracts/sales/sql/orders.sql': 'SELECT 1' });
    const { code, err: stderr } = await meshHere(['init', 'sales', 'orders'], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(/nothing was written: contracts\/sales\/sql\/orders.sql already exists/);
    expect(files(cwd)).toEqual(['contracts/sales/sql/orders.sql']);
    expect(fs.readFileSync(path.join(cwd, 'contracts/sales/sql/orders.sql'), 'utf8')).toBe('SELECT 1');
  });

  test.each([['Sales', 'orders'], ['sales', '../orders'], ['sales', 'or ders'], ['1st', 'orders'], ['sales', 'o'.repeat(41)], ['null', 'orders']])('refuses the names %s and %s', async (domain, entity) => {
    const cwd = freshFolder();
    const { code, err: stderr } = await meshHere(['init', domain, entity], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(/name has at most 40 lower-case letters, digits and _/);
    expect(files(cwd)).toEqual([]);
  });

  test('without a terminal it asks nothing and says what is missing', async () => {
    const { code, err: stderr } = await meshHere(['init'], freshFolder());
    expect(code).toBe(2);
    expect(stderr).toContain('mesh init sales orders');
  });

  test('says which folder cannot be written', async () => {
    const cwd = freshFolder();
    write(cwd, { contracts: 'a file where a folder should be' });
    const { code, err: stderr } = await meshHere(['init', 'sales', 'orders'], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(/contracts\/sales\/orders.contract.yaml cannot be written/);
  });

  test('whatever it scaffolds can be planned', async () => {
    const cwd = freshFolder();
    for (const entity of ['orders', 'status', 'gold_daily', 'a', 'select', 'categories']) {
      expect(await meshHere(['init', 'sales', entity], cwd)).toMatchObject({ code: 0 });
      expect(await meshHere(['plan', `sales/${entity}`], cwd)).toMatchObject({ code: 0, err: '' });
    }
  });
});

describe('names', () => {
  test.each([['orders', 'order'], ['categories', 'category'], ['boxes', 'box'], ['address', 'address'], ['status', 'status'], ['gold_daily', 'gold_daily']])('one of %s is a %s', (many, one) => {
    expect(singular(many)).toBe(one);
  });

  test.each([['Order ID', 'order_id'], ['customerEmail', 'customer_email'], ['Größe (cm)', 'grosse_cm'], ['Łódź, Ærø', 'lodz_aero'], ['Ciudad Año', 'ciudad_ano'], ['2nd', 'nd'], ['von–bis', 'von_bis'], ['%', undefined]])('%s becomes %s', (text, name) => {
    expect(identifierOf(text)).toBe(name);
  });

  test('a made name is always one that is allowed', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const name = identifierOf(text);
      expect(name === undefined || nameFault('entity', name) === undefined || ['true', 'false', 'null'].includes(name)).toBe(true);
    }));
  });

  test('titles read like a name', () => expect(titleOf('gold_daily')).toBe('Gold daily'));
});
