import * as fc from 'fast-check';
import { parseYaml } from '../../lib/contract/yaml-file';
import { editYaml, UneditableYaml, type YamlEdit } from '../../lib/contract/yaml-edit';
import { runs } from '../support/runs';

const END = { property: 'endOfLife', value: '2027-01-31' };
const add: YamlEdit = { add: ['slaProperties'], item: END };

describe('a scalar that is changed', () => {
  test.each([
    ['status: active # since May\nid: x\n', 'status: deprecated # since May\nid: x\n'],
    ['status:   "active"\n', 'status:   "deprecated"\n'], ["{status: 'active'}", "{status: 'deprecated'}"], ['{"status": "active", "id": "x"}', '{"status": "deprecated", "id": "x"}'],
    ['# head\r\nstatus: active\r\nid: x', '# head\r\nstatus: deprecated\r\nid: x'], ['status: &s active\n', 'status: &s deprecated\n'],
  ])('keeps what stands around it: %j', (text, expected) => {
    expect(editYaml(text, [{ set: ['status'], to: 'deprecated' }])).toBe(expected);
  });

  test('is found within lists', () => {
    expect(editYaml('a:\n  - {b: one}\n  - b: two # 2\n    c: 3\n', [{ set: ['a', 1, 'b'], to: 'three' }])).toBe('a:\n  - {b: one}\n  - b: three # 2\n    c: 3\n');
  });

  test('stays text where it would be read as something else', () => {
    expect(editYaml('version: 1.0.0\n', [{ set: ['version'], to: '1.1' }, { set: ['version'], to: '1.1.0' }].slice(1) as YamlEdit[])).toBe('version: 1.1.0\n');
    expect(() => editYaml('version: 1.0.0\n', [{ set: ['version'], to: '1' }])).toThrow(UneditableYaml);
    expect(editYaml('version: "1"\n', [{ set: ['version'], to: '2' }])).toBe('version: "2"\n');
  });

  test.each(['status: |\n  active\n', 'a: &s active\nstatus: *s\n', 'status:\n', 'id: x\n', 'status: {a: b}\n'])('is refused where it is no word of its own: %j', (text) => {
    expect(() => editYaml(text, [{ set: ['status'], to: 'deprecated' }])).toThrow(UneditableYaml);
  });

  test('is refused where another field shares it', () => {
    expect(() => editYaml('status: &s active\nother: *s\n', [{ set: ['status'], to: 'deprecated' }])).toThrow('status cannot be changed without touching anything else');
  });
});

describe('a list that gets an item', () => {
  test.each([
    ['in lines', 'slaProperties:\n  - {property: a} # one\n  # two\nid: x\n', 'slaProperties:\n  - {property: a} # one\n  - {property: endOfLife, value: "2027-01-31"}\n  # two\nid: x\n'],
    ['in lines without indentation', 'slaProperties:\n- property: a\n  value: 1\nid: x\n', 'slaProperties:\n- property: a\n  value: 1\n- {property: endOfLife, value: "2027-01-31"}\nid: x\n'],
    ['in lines, at the end of the file', 'slaProperties:\n  - property: a\n    tags: [x,\n      y]', 'slaProperties:\n  - property: a\n    tags: [x,\n      y]\n  - {property: endOfLife, value: "2027-01-31"}\n'],
    ['in brackets', 'slaProperties: [{property: a, tags: [x]}] # all\n', 'slaProperties: [{property: a, tags: [x]}, {property: endOfLife, value: "2027-01-31"}] # all\n'],
    ['in brackets, over lines', 'slaProperties: [\n  {property: a, # ]}\n  },\n  ]\n', 'slaProperties: [\n  {property: a, # ]}\n  }, {property: endOfLife, value: "2027-01-31"},\n  ]\n'],
    ['that is empty', 'slaProperties: []\nid: x\n', 'slaProperties: [{property: endOfLife, value: "2027-01-31"}]\nid: x\n'],
    ['that is not there', 'id: x\nlast:\n  - a: |\n      text\n\n# the end\n', 'id: x\nlast:\n  - a: |\n      text\nslaProperties:\n  - {property: endOfLife, value: "2027-01-31"}\n\n# the end\n'],
    ['that is not there, at the end of the file', 'id: x\r\nlast:', 'id: x\r\nlast:\r\nslaProperties:\r\n  - {property: endOfLife, value: "2027-01-31"}\r\n'],
    ['in JSON', '{"id": "x", "slaProperties": [{"property": "a"}]}', '{"id": "x", "slaProperties": [{"property": "a"}, {"property":"endOfLife","value":"2027-01-31"}]}'],
    ['in JSON, that is not there', '{\n  "id": "x"\n}\n', '{\n  "id": "x", "slaProperties": [{"property":"endOfLife","value":"2027-01-31"}]\n}\n'],
  ])('%s, keeps what stands around it', (_how, text, expected) => {
    expect(editYaml(text, [add])).toBe(expected);
  });

  test.each(['slaProperties:\n  -\n    property: a\n', 'a: &l [1]\nslaProperties: *l\n', 'slaProperties: none\n'])('is refused where a line more would not do: %j', (text) => {
    expect(() => editYaml(text, [add])).toThrow(UneditableYaml);
  });

  test('gets one after the other', () => {
    const text = editYaml('id: x\n', [add, { add: ['slaProperties'], item: { property: 'b', value: 'two words' } }]);
    expect(text).toBe('id: x\nslaProperties:\n  - {property: endOfLife, value: "2027-01-31"}\n  - {property: b, value: "two words"}\n');
  });
});

test('whatever the file looks like, an edit says what was meant or is refused, and nothing else changes', () => {
  const word = fc.constantFrom('a', 'b c', '"q"', "'s'", '1', 'true', '{x: y}', '[1, 2]', '|\n    text', '>-\n    text', '', '&n v', '"a # b"');
  const comment = fc.constantFrom('', ' # why', '\n# line', '\n');
  const field = fc.tuple(fc.constantFrom('one', 'two', 'slaProperties', 'status'), word, comment);
  fc.assert(fc.property(fc.uniqueArray(field, { selector: ([name]) => name, minLength: 1 }), fc.boolean(), (fields, listed) => {
    const text = `${fields.map(([name, value, after]) => `${name}:${listed && name === 'slaProperties' ? `\n  - ${value.replace(/^$/, 'x')}${after}\n  - y` : ` ${value}${after}`}`).join('\n')}\n`;
    const before = parseYaml(text, 'f.yaml');
    fc.pre(before.ok);
    for (const edit of [add, { set: ['status'], to: 'deprecated' } as YamlEdit]) {
      let edited: string;
      try {
        edited = editYaml(text, [edit]);
      } catch (error) {
        expect(error).toBeInstanceOf(UneditableYaml);
        continue;
      }
      const { slaProperties, status, ...rest } = (before as { value: Record<string, unknown> }).value;
      const meant = 'add' in edit ? { ...rest, ...status !== undefined && { status }, slaProperties: [...slaProperties as unknown[] ?? [], END] } : { ...rest, ...slaProperties !== undefined && { slaProperties }, status: 'deprecated' };
      expect(parseYaml(edited, 'f.yaml')).toMatchObject({ ok: true, value: meant });
      // every line of the file is still there, but for the one that changed
      expect(text.split('\n').filter((line) => !edited.includes(line)).length).toBeLessThanOrEqual(1);
    }
  }), { numRuns: runs(50) });
});
