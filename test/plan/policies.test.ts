import * as path from 'node:path';
import * as yaml from 'js-yaml';
import { ALL_RULES } from '../../lib/plan/all-rules';
import { compileProduct } from '../../lib/plan/compile-product';
import { OUR_PREFIXES } from '../../lib/plan/policies/policy-model';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, OWNED_MESH, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/orders.contract.yaml';

/** What a policy finds in a contract: ids, and where. `edit` changes the smallest contract. */
function found(policy: object, edit: (contract: Record<string, unknown>) => void = () => undefined): string[] {
  const contract = yaml.load(SMALLEST) as Record<string, unknown>;
  edit(contract);
  const root = folderWith({ 'mesh.yaml': JSON.stringify({ ...yaml.load(OWNED_MESH) as object, policies: [policy] }), [CONTRACT]: JSON.stringify(contract) });
  return problemsIn(root).map(({ id, path }) => `${id} ${path}`);
}

const columns = (contract: Record<string, unknown>): Record<string, unknown>[] => (contract.schema as { properties: Record<string, unknown>[] }[])[0].properties;
const tier = (value: string) => (contract: Record<string, unknown>): void => { contract.customProperties = [{ property: 'mesh.tier', value }]; };

describe('a policy is about', () => {
  const policy = { id: 'require-support' };
  test.each<[string, object, ((contract: Record<string, unknown>) => void) | undefined, number]>([
    ['every contract', {}, undefined, 1],
    ['its domains', { domains: ['sales'] }, undefined, 1],
    ['no other domain', { domains: ['marketing'] }, undefined, 0],
    ['its statuses', { statuses: ['active'] }, undefined, 0],
    ['its tiers', { tiers: ['enterprise'] }, tier('enterprise'), 1],
    ['no other tier', { tiers: ['enterprise'] }, tier('edge'), 0],
    ['the tier domain, where a contract says none', { tiers: ['domain'] }, undefined, 1],
  ])('%s', (_what, scope, edit, count) => {
    expect(found({ ...policy, ...scope }, edit).filter((each) => each.startsWith('policy/'))).toHaveLength(count);
  });
});

test('a policy may only warn, and say in its own words what to do', () => {
  const root = folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: [{id: require-support, severity: warning, remedy: 'ask #data-platform'}]\n`, [CONTRACT]: SMALLEST });
  expect(problemsIn(root)).toMatchObject([{ id: 'policy/require-support', severity: 'warning', remedy: 'ask #data-platform' }]);
});

describe('least-sla', () => {
  const sla = (...promises: object[]) => (contract: Record<string, unknown>): void => { contract.slaProperties = promises; };
  const freshness = { property: 'freshness', value: 6, unit: 'h' };
  test.each<[string, Record<string, unknown>, object[], string[]]>([
    ['less than the longest', { freshness: '6h' }, [freshness], []],
    ['more than the longest', { freshness: '5h' }, [freshness], ['policy/least-sla slaProperties[0].value']],
    ['the loosest of several promises', { freshness: '12h' }, [freshness, { property: 'freshness', value: 1, unit: 'd', element: 'orders' }], ['policy/least-sla slaProperties[1].value']],
    ['enough availability', { availability: 99.5 }, [freshness, { property: 'availability', value: 99.5, unit: 'percent' }], []],
    ['too little availability', { av: '99.9%' }, [freshness, { property: 'availability', value: 99.5, unit: 'percent' }], ['policy/least-sla slaProperties[1].value']],
    ['enough retention', { retention: '1y' }, [freshness, { property: 'retention', value: 5, unit: 'y' }], []],
    ['too little retention', { retention: '7y' }, [freshness, { property: 'retention', value: 5, unit: 'y' }], ['policy/least-sla slaProperties[1].value']],
    ['nothing promised', { timeToRepair: '4h' }, [freshness], ['policy/least-sla slaProperties']],
  ])('%s', (_what, promises, made, problems) => {
    expect(found({ id: 'least-sla', promises }, sla(...made)).filter((each) => !each.startsWith('lint/'))).toEqual(problems);
  });
});

describe('protect-pii', () => {
  const phone = (more: object, roles: object[] = []) => (contract: Record<string, unknown>): void => {
    columns(contract).push({ name: 'phone', logicalType: 'string', tags: ['PII'], ...more });
    contract.roles = roles;
  };
  const open = { classification: 'confidential', customProperties: [{ property: 'mesh.masking', value: 'none' }] };
  const role = (...customProperties: object[]): object => ({ role: 'caller', access: 'read', customProperties });
  const reads = { property: 'mesh.columns', value: ['order_id', 'phone'] };
  test.each<[string, object, object[], string[]]>([
    ['is masked by its class', { classification: 'confidential' }, [], []],
    ['is internal, so everybody sees it', {}, [], ['policy/protect-pii schema[0].properties[3].name']],
    ['is open, and read by nobody by name', open, [], []],
    ['is open, and read with a clearance', open, [role(reads, { property: 'mesh.clearance', value: 'restricted' })], []],
    ['is open, and read without one', open, [role(reads)], ['policy/protect-pii roles[0].customProperties[0].value']],
    ['is open, and read with one that is too low', open, [role(reads, { property: 'mesh.clearance', value: 'internal' })], ['policy/protect-pii roles[0].customProperties[0].value']],
    ['is of a table by name', open, [role({ property: 'mesh.columns', value: ['orders.phone'] })], ['policy/protect-pii roles[0].customProperties[0].value']],
  ])('a column that %s', (_what, more, roles, problems) => {
    expect(found({ id: 'protect-pii' }, phone(more, roles)).filter((each) => each.startsWith('policy/'))).toEqual(problems);
  });
});

describe('what is within a column', () => {
  const nested = (more: object, ...fields: object[]) => (contract: Record<string, unknown>): void => {
    columns(contract).push({ name: 'contact', logicalType: 'object', description: 'whom to write to', ...more, properties: fields });
  };
  const policies = (policy: object, edit: (contract: Record<string, unknown>) => void): string[] => found(policy, edit).filter((each) => /^(?:policy|shoply)/.test(each));
  const email = { name: 'email', logicalType: 'string', tags: ['pii'] };

  test('is about people where its tags say so, at any depth', () => {
    const pii = { id: 'protect-pii' };
    expect(policies(pii, nested({}, email))).toEqual(['policy/protect-pii schema[0].properties[3].properties[0].name']);
    expect(policies(pii, nested({}, { name: 'more', logicalType: 'object', properties: [email] }))).toEqual(['policy/protect-pii schema[0].properties[3].properties[0].properties[0].name']);
    expect(policies(pii, nested({}, { name: 'more', logicalType: 'array', items: { logicalType: 'string', tags: ['pii'] } }))).toEqual(['policy/protect-pii schema[0].properties[3].properties[0].items.tags']);
    expect(policies(pii, nested({ classification: 'confidential' }, email))).toEqual([]);
    expect(policies(pii, nested({}, { ...email, classification: 'restricted' }))).toEqual([]);
    const open = nested({ classification: 'confidential', customProperties: [{ property: 'mesh.masking', value: 'none' }] }, email);
    const reader = { role: 'caller', access: 'read', customProperties: [{ property: 'mesh.columns', value: ['order_id', 'contact'] }] };
    expect(policies(pii, (contract) => { open(contract); contract.roles = [reader]; })).toEqual(['policy/protect-pii roles[0].customProperties[0].value']);
  });

  test('is named, described and defined as columns are', () => {
    const edit = nested({}, { ...email, name: 'eMail' }, { name: 'lines', logicalType: 'array', description: 'each', items: { logicalType: 'string' } });
    const within = 'schema[0].properties[3].properties[0].name';
    expect(policies({ id: 'naming', of: 'columns', pattern: '[a-z_]+' }, edit)).toEqual([`policy/naming ${within}`]);
    expect(policies({ id: 'require-fields', of: 'columns', fields: ['description'] }, edit).slice(3)).toEqual([`policy/require-fields ${within}`]);
    expect(policies({ id: 'require-description', of: ['columns'] }, edit).slice(3)).toEqual([`policy/require-description ${within}`]);
  });

  test('is looked at by a policy of a team\'s own, with the class and masking of its column', () => {
    const own = (of: string, where: object, must: object): object => ({ id: 'custom', rule: 'shoply/own', of, where, must, message: 'shoply wants it so', remedy: 'do so' });
    const edit = nested({ classification: 'confidential' }, email, { name: 'note', logicalType: 'string', quality: [{ type: 'text', description: 'is short' }] });
    expect(policies(own('columns', { tags: 'pii' }, { description: { present: true } }), edit)).toEqual(['shoply/own schema[0].properties[3].properties[0].name']);
    expect(policies(own('columns', { tags: 'pii' }, { 'classification': 'confidential', 'mesh.masking': 'redact' }), edit)).toEqual([]);
    expect(policies(own('quality', {}, { dimension: { present: true } }), edit)).toEqual(['shoply/own schema[0].properties[3].properties[1].quality[0].name']);
  });

  test('is called what it is', () => {
    const root = folderWith({ 'mesh.yaml': JSON.stringify({ ...yaml.load(OWNED_MESH) as object, policies: [{ id: 'require-fields', of: 'columns', fields: ['description'] }, { id: 'protect-pii' }] }), [CONTRACT]: SMALLEST.replace('slaProperties', `      - ${JSON.stringify({ name: 'contact', logicalType: 'object', description: 'whom', properties: [email] })}\nslaProperties`) });
    const messages = problemsIn(root).map(({ message }) => message);
    expect(messages).toEqual(expect.arrayContaining(['the field `email` of `contact` has no `description`', '`contact` is tagged pii in its field `email` and internal: nothing masks it and everybody may see it']));
  });
});

describe('names and types', () => {
  test('a pattern is of the whole name', () => {
    expect(found({ id: 'naming', of: 'columns', pattern: 'order_id|total' })).toEqual(['policy/naming schema[0].properties[1].name', 'policy/naming schema[0].properties[2].name']);
    expect(found({ id: 'naming', of: 'tables', pattern: '[a-z]+' })).toEqual([]);
    expect(found({ id: 'naming', of: 'products', pattern: 'dp_sales_[a-z]{1,5}' })).toEqual(['policy/naming id']);
  });

  test('a type is forbidden at any depth', () => {
    const nested = (contract: Record<string, unknown>): void => { columns(contract).push({ name: 'scores', logicalType: 'array', items: { logicalType: 'number' } }); };
    expect(found({ id: 'forbidden-types', types: ['double'] }, nested)).toEqual(['policy/forbidden-types schema[0].properties[3].logicalType']);
    expect(found({ id: 'forbidden-types', types: ['double', 'float'] })).toEqual([]);
    expect(found({ id: 'forbidden-types', types: ['decimal'] })).toEqual(['policy/forbidden-types schema[0].properties[1].physicalType']);
    expect(found({ id: 'forbidden-types', types: ['array'] }, nested)).toEqual(['policy/forbidden-types schema[0].properties[3].logicalType']);
  });

  test('a type is forbidden by the word that contracts have for it, with or without a zone', () => {
    const times = (contract: Record<string, unknown>): void => { columns(contract).push({ name: 'at', logicalType: 'timestamp', physicalType: 'timestamp' }, { name: 'wall', logicalType: 'timestamp', physicalType: 'timestamp_ntz' }); };
    expect(found({ id: 'forbidden-types', types: ['timestamp'] }, times)).toEqual(['policy/forbidden-types schema[0].properties[3].physicalType']);
    expect(found({ id: 'forbidden-types', types: ['timestamp_ntz'] }, times)).toEqual(['policy/forbidden-types schema[0].properties[4].physicalType']);
    expect(found({ id: 'forbidden-types', types: ['decimal(10,2)', 'flaot'] })).toEqual(['mesh/policy-value policies[0].types[0]', 'mesh/policy-value policies[0].types[1]']);
  });
});

describe('a policy of a team\'s own', () => {
  const policy = (of: string, must: object, where?: object): object => ({ id: 'custom', rule: 'shoply/own', of, must, ...where && { where }, message: 'shoply wants it so', remedy: 'do so' });

  test('says its id, its message and its remedy', () => {
    const root = folderWith({ 'mesh.yaml': JSON.stringify({ ...yaml.load(OWNED_MESH) as object, policies: [policy('product', { 'customProperties.costCentre': { matches: 'CC-\\d{4}' } })] }), [CONTRACT]: SMALLEST });
    expect(problemsIn(root)).toMatchObject([{ id: 'shoply/own', severity: 'error', file: CONTRACT, message: 'shoply wants it so: the contract', expected: '`customProperties.costCentre` matches `CC-\\d{4}`', remedy: 'do so' }]);
  });

  test.each<[string, object, string[]]>([
    ['a field that is so', policy('product', { status: 'draft' }), []],
    ['a field that is not', policy('product', { status: 'active' }), ['shoply/own status']],
    ['fields of a list: any is so', policy('product', { 'team.members.role': 'owner' }), []],
    ['what is written', policy('product', { 'description.purpose': { present: true } }), ['shoply/own description']],
    ['what must not be', policy('product', { price: { present: false } }), []],
    ['one of several', policy('columns', { logicalType: { oneOf: ['string', 'number'] } }), []],
    ['each of a list', policy('columns', { logicalType: { oneOf: ['string'] } }), ['shoply/own schema[0].properties[1].logicalType']],
    ['none of several', policy('columns', { name: { noneOf: ['order_id'] } }), ['shoply/own schema[0].properties[0].name']],
    ['a length', policy('tables', { dataGranularityDescription: { minLength: 40 } }), ['shoply/own schema[0].dataGranularityDescription']],
    ['a number', policy('promises', { value: { atMost: 3 } }), ['shoply/own slaProperties[0].value']],
    ['a number that is enough', policy('promises', { value: { atLeast: 6 } }), []],
    ['only some, by where', policy('columns', { description: { present: true } }, { primaryKey: true }), ['shoply/own schema[0].properties[0].name']],
    ['classes as they come out', policy('columns', { description: { present: true } }, { classification: 'internal' }), ['shoply/own schema[0].properties[0].name', 'shoply/own schema[0].properties[1].name']],
    ['masking as it comes out', policy('columns', { 'mesh.masking': { noneOf: ['hash'] } }), ['shoply/own schema[0].properties[2].customProperties']],
    ['nothing, where there is nothing', policy('quality', { dimension: { present: true } }), []],
  ])('looks at %s', (_what, own, problems) => {
    expect(found(own)).toEqual(problems);
  });

  test('may not take an id of ours, and each of ours is known', () => {
    expect(found({ ...policy('product', {}), rule: 'lint/mine' })).toEqual(['mesh/value policies[0].rule']);
    expect(found({ ...policy('product', {}), rule: 'Mine' })).toEqual(['mesh/pattern policies[0].rule']);
    for (const { id } of ALL_RULES) expect(OUR_PREFIXES).toContain(id.split('/')[0]);
  });

  test.each<[what: string, of: string, field: string, remedy: string | undefined]>([
    ['is mistyped', 'product', 'stauts', 'did you mean `status`?'],
    ['is mistyped within another', 'product', 'description.purpsoe', 'did you mean `purpose`?'],
    ['is mistyped far within another', 'product', 'team.members.rol', 'did you mean `role`?'],
    ['is mistyped among limits', 'columns', 'logicalTypeOptions.maxLenght', 'did you mean `maxLength`?'],
    ['is another thing\'s', 'roles', 'classification', 'there is `id`, `role`, `description`, `access`, `firstLevelApprovers`, `secondLevelApprovers` and `customProperties`'],
    ['is a mistyped property of ours', 'columns', 'mesh.maskng', 'did you mean `mesh.masking`?'],
    ['is a property of ours on something else', 'promises', 'mesh.masking', 'there is `mesh.actionOnFail`'],
    ['is a property of ours, written out', 'product', 'customProperties.mesh.teir', 'did you mean `mesh.tier`?'],
    ['is no word of the standard', 'quality', 'operators', undefined],
    ['is a part of what we read', 'product', 'digest', undefined],
  ])('whose field %s is found in mesh.yaml: it would let everything through', (_what, of, field, remedy) => {
    const said = (written: object): object[] => {
      const root = folderWith({ 'mesh.yaml': JSON.stringify({ ...yaml.load(OWNED_MESH) as object, policies: [written] }), [CONTRACT]: SMALLEST });
      return problemsIn(root).map((problem) => ({ id: problem.id, path: problem.path, received: problem.received, remedy: problem.remedy }));
    };
    const fault = { id: 'mesh/policy-value', received: expect.stringContaining(field) as string, remedy };
    expect(said(policy(of, {}, { [field]: 'x' }))).toEqual([{ ...fault, path: expect.stringContaining('policies[0].where') as string }]);
    expect(said(policy(of, { [field]: 'x' }))).toEqual([{ ...fault, path: expect.stringContaining('policies[0].must') as string }]);
    expect(said({ id: 'require-fields', of, fields: [field] })).toEqual([{ ...fault, path: 'policies[0].fields[0]' }]);
  });

  test.each([
    ['product', 'schema.properties.name'], ['product', 'roles.role'], ['product', 'team.name'], ['product', 'support'], ['product', 'customProperties.cost.centre'], ['product', 'description.customProperties.x'], ['product', 'mesh.tier'],
    ['tables', 'properties.quality.name'], ['columns', 'mesh.masking'], ['columns', 'items.logicalType'], ['roles', 'mesh.rowFilter'], ['promises', 'mesh.actionOnFail'], ['quality', 'mesh.actionOnFail'], ['quality', 'mustBeLessThan'],
  ])('may look at %s by %s', (of, field) => {
    expect(found(policy(of, { [field]: { present: true } })).filter((each) => each.startsWith('mesh/'))).toEqual([]);
  });

  test('sees what a quality rule must be', () => {
    const rule = (contract: Record<string, unknown>): void => { columns(contract)[1].quality = [{ metric: 'nullValues', mustBeLessThan: 5 }]; };
    expect(found(policy('quality', { mustBeLessThan: { atMost: 5 } }), rule)).toEqual([]);
    expect(found(policy('quality', { mustBeLessThan: { atMost: 4 } }), rule)).toEqual(['shoply/own schema[0].properties[1].quality[0].mustBeLessThan']);
  });

  test('that makes no sense is found in mesh.yaml, with a suggestion', () => {
    expect(found({ ...policy('columns', {}), must: { name: { matches: '(' } } })).toEqual(['mesh/policy-value policies[0].must.name.matches']);
    expect(found({ id: 'naming', of: 'tables', pattern: '[' })).toContain('mesh/policy-value policies[0].pattern');
    expect(found({ id: 'forbidden-types', types: ['dubble'] })).toEqual(['mesh/policy-value policies[0].types[0]']);
    expect(found({ id: 'require-sla', properties: ['fresh'] })).toContain('mesh/policy-value policies[0].properties[0]');
  });

  test('whose id is mistyped is told which was meant', () => {
    const root = folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: [{id: require-slaa, properties: [freshness]}, {of: tables}]\n`, [CONTRACT]: SMALLEST });
    expect(problemsIn(root)).toMatchObject([
      { id: 'mesh/enum', path: 'policies[0].id', received: '"require-slaa"', remedy: 'did you mean `require-sla`?' }, { id: 'mesh/missing', path: 'policies[1].id' },
    ]);
  });
});

test('nothing is planned from a mesh whose policies cannot be held', () => {
  const root = folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: [{id: least-sla, promises: {freshness: soon}}]\n`, [CONTRACT]: SMALLEST });
  const compiled = compileProduct(new Workspace(root, root), path.join(root, CONTRACT));
  expect(compiled.ok || compiled.problems.map(({ id, file }) => [id, file])).toEqual([['mesh/policy-value', 'mesh.yaml']]);
});
