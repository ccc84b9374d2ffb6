import * as fs from 'node:fs';
import * as path from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import * as yaml from 'js-yaml';
import { editorSchemas } from '../../lib/plan/schemas';
import { MESH, PIPELINE, SMALLEST } from './mesh-folder';

const repository = path.join(__dirname, '..', '..');
const schemas = editorSchemas();
const ajv = new Ajv2020({ strict: false, validateFormats: false, code: { optimize: false } });

function accepts(name: string, document: unknown): boolean {
  const validate = ajv.getSchema(name) ?? ajv.addSchema(schemas[name], name).getSchema(name)!;
  return validate(document) as boolean;
}

function examples(kind: string): string[] {
  const folder = path.join(repository, 'contracts');
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(`.${kind}.yaml`)).map((name) => path.join(folder, name));
}

describe('the JSON Schemas for editors', () => {
  test.each(Object.keys(schemas))('schemas/%s is what the model says (else: node tools/schemas.js)', (name) => {
    const written = fs.readFileSync(path.join(repository, 'schemas', name), 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(schemas[name])));
  });

  test.each(Object.keys(schemas))('%s is a schema that a validator compiles', (name) => {
    expect(() => accepts(name, {})).not.toThrow();
    expect(accepts(name, { nonsense: true })).toBe(false);
  });

  test.each(['contract', 'pipeline', 'tests'])('accept every %s of the example mesh', (kind) => {
    const files = examples(kind);
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) expect([file, accepts(`${kind}.schema.json`, yaml.load(fs.readFileSync(file, 'utf8')))]).toEqual([file, true]);
  });

  test('accept the mesh of the examples, and the smallest files', () => {
    expect(accepts('mesh.schema.json', yaml.load(fs.readFileSync(path.join(repository, 'mesh.yaml'), 'utf8')))).toBe(true);
    expect(accepts('vocabulary.schema.json', yaml.load(fs.readFileSync(path.join(repository, 'contracts', 'vocabulary.yaml'), 'utf8')))).toBe(true);
    expect(accepts('mesh.schema.json', yaml.load(MESH))).toBe(true);
    expect(accepts('contract.schema.json', yaml.load(SMALLEST))).toBe(true);
    expect(accepts('pipeline.schema.json', yaml.load(PIPELINE))).toBe(true);
  });

  test.each([
    ['a rule that does not exist', PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{trimm: [a]}]}')],
    ['two rules in one entry', PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{trim: [a], lower: [a]}]}')],
    ['a layer that does not exist', PIPELINE.replace('bronze', 'tin')],
    ['a field that does not exist', PIPELINE.replace('format: csv', 'format: csv, delimitter: ";"')],
  ])('refuse a pipeline with %s', (_, text) => {
    expect(accepts('pipeline.schema.json', yaml.load(text))).toBe(false);
  });

  test('accept the golden plan, and refuse it with a rule that jobs do not know', () => {
    const plan = JSON.parse(fs.readFileSync(path.join(__dirname, 'smallest.plan.json'), 'utf8')) as { tables: { rules: object[] }[] };
    expect(accepts('plan.schema.json', plan)).toBe(true);
    plan.tables[0].rules.push({ kind: 'shuffle', id: 'x' });
    expect(accepts('plan.schema.json', plan)).toBe(false);
  });
});
