import Ajv2020 from 'ajv/dist/2020';
import * as fc from 'fast-check';
import { parseContract } from '../../lib/contract/load-contract';
import { API_VERSIONS, type Edition, EDITIONS, editionOf } from '../../lib/contract/odcs/edition';
import { odcsModel } from '../../lib/contract/odcs/document';
import { odcsJsonSchema } from '../../lib/contract/odcs/json-schema';
import { ODCS_KINDS } from '../../lib/contract/problem-kinds';
import { runRaw } from '../../lib/contract/raw-issues';
import { runs } from '../support/runs';
import { at, copyOf, describedProperties, Dice, DocumentGenerator, type Json, mutate, placesIn, setAt } from './odcs-documents';
import { officialSchema, officialValidator } from './odcs-official';

jest.setTimeout(60_000);

const validators = Object.fromEntries(EDITIONS.map((edition) => [edition, officialValidator(edition)])) as Record<Edition, ReturnType<typeof officialValidator>>;
const generators = Object.fromEntries(EDITIONS.map((edition) => [edition, new DocumentGenerator(officialSchema(edition), API_VERSIONS[edition])])) as Record<Edition, DocumentGenerator>;
const vocabulary = [...new Set(EDITIONS.flatMap((edition) => [...describedProperties(officialSchema(edition)).keys()].map((pointer) => pointer.slice(pointer.lastIndexOf('/') + 1))))];

const seed = fc.integer();
const edition = fc.constantFrom(...EDITIONS);
const density = fc.constantFrom(0.1, 0.2, 0.35);

function official(document: Json): boolean {
  const judge = editionOf(document);
  return judge === undefined ? EDITIONS.some((each) => validators[each](document)) : validators[judge](document);
}

function ours(document: Json): boolean {
  const judge = editionOf(document);
  return judge !== undefined && runRaw(odcsModel(judge), document).length === 0;
}

/** What both say. */
function expectSameVerdict(document: Json): boolean {
  const verdict = official(document);
  if (ours(document) !== verdict) {
    const judge = editionOf(document) ?? '3.1';
    official(document);
    const reasons = { official: validators[judge].errors, ours: runRaw(odcsModel(judge), document).map(({ code, path, message }) => ({ code, path, message })) };
    throw new Error(`the official schema of ${judge} says ${verdict ? 'valid' : 'invalid'}, the model does not: ${JSON.stringify(document)}\n${JSON.stringify(reasons).slice(0, 3000)}`);
  }
  return verdict;
}

describe('the verdict on an ODCS document', () => {
  test('is the official one on documents made from the official schemas', () => {
    let valid = 0;
    const count = runs(60);
    fc.assert(fc.property(edition, seed, density, (each, state, dense) => {
      const { document } = generators[each].document(new Dice(state), dense);
      if (expectSameVerdict(document)) valid += 1;
    }), { numRuns: count });
    expect(valid).toBe(count);
  });

  test('is the official one on documents that were changed somewhere', () => {
    let invalid = 0;
    const count = runs(150);
    fc.assert(fc.property(edition, seed, fc.constantFrom(0.1, 0.25), fc.integer({ min: 1, max: 3 }), (each, state, dense, changes) => {
      const dice = new Dice(state);
      let { document } = generators[each].document(dice, dense);
      for (let change = 0; change < changes; change += 1) document = mutate(document, vocabulary, dice);
      if (!expectSameVerdict(document)) invalid += 1;
    }), { numRuns: count });
    expect(invalid / count).toBeGreaterThan(0.3);
    expect(invalid / count).toBeLessThan(0.95);
  });

  test('is the official one on values of any kind', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), edition, (value, each) => {
      expectSameVerdict(value as Json);
      expectSameVerdict({ apiVersion: API_VERSIONS[each][0], kind: 'DataContract', id: 'a', version: '1', status: 'draft', schema: value as Json });
    }), { numRuns: runs(50) });
  });

  test('is the same through the reader of files, and a refusal says why', () => {
    fc.assert(fc.property(edition, seed, fc.integer({ min: 0, max: 2 }), (each, state, changes) => {
      const dice = new Dice(state);
      let { document } = generators[each].document(dice, 0.2);
      for (let change = 0; change < changes; change += 1) document = mutate(document, vocabulary, dice);
      const loaded = parseContract(JSON.stringify(document), 'contract.json');
      expect(loaded.ok).toBe(official(document));
      if (loaded.ok) {
        expect(loaded.contract.document).toEqual(document);
        return;
      }
      expect(loaded.problems.length).toBeGreaterThan(0);
      for (const problem of loaded.problems) {
        expect(ODCS_KINDS.map((kind) => `odcs/${kind}`)).toContain(problem.id);
        expect(problem.message).not.toMatch(/invalid input/i);
        expect(problem.line).toBeGreaterThan(0);
      }
    }), { numRuns: runs(40) });
  });
});

test.each(EDITIONS)('the JSON Schema of the model of %s accepts what the official one accepts', (each) => {
  const model = new Ajv2020({ strict: false, code: { optimize: false } }).compile(odcsJsonSchema(each));
  fc.assert(fc.property(fc.integer(), fc.integer({ min: 0, max: 2 }), (state, changes) => {
    const dice = new Dice(state);
    let { document } = generators[each].document(dice, 0.2);
    for (let change = 0; change < changes; change += 1) document = mutate(document, vocabulary, dice);
    // another version of the standard is another schema's to judge
    fc.pre(API_VERSIONS[each].includes(document['apiVersion'] as string) || typeof document['apiVersion'] !== 'string');
    const verdict = validators[each](document);
    if (model(document) !== verdict) {
      throw new Error(`the official schema says ${verdict}: ${JSON.stringify(document)}\n${JSON.stringify(model.errors ?? validators[each].errors).slice(0, 2000)}`);
    }
  }), { numRuns: runs(30) });
});

describe.each(EDITIONS)('every property of the official schema of %s', (each) => {
  test('was accepted where it is right and refused where it is wrong', () => {
    const described = describedProperties(officialSchema(each));
    const anything = (pointer: string): boolean => {
      const model = described.get(pointer);
      return model !== undefined && (model['$ref'] === '#/$defs/AnyType' || Object.keys(model).every((word) => word === 'description'));
    };
    const accepted = new Set<string>();
    const refused = new Set<string>();
    const isDone = (pointer: string): boolean => accepted.has(pointer) && (refused.has(pointer) || anything(pointer));
    const wrong: Json[] = [7.5, 'a b!', true, [], { unknown: [] }, [[]], null];
    for (let state = 0; state < 2500 && ![...described.keys()].every(isDone); state += 1) {
      // Small documents, since judging one takes as long as it is large. What is rare then is asked for: most of it is of some kind of server.
      const rare = state < 60 ? [] : [...described.keys()].filter((pointer) => !isDone(pointer)).map((pointer) => pointer.slice(pointer.lastIndexOf('/') + 1));
      const { document, trace } = generators[each].document(new Dice(state), 0.1, new Set(['servers', ...rare]));
      if (!official(document)) continue;
      for (const [pointer, paths] of trace) {
        const path = paths[0];
        if (isDone(pointer) || path === undefined) continue;
        if (!accepted.has(pointer)) expectSameVerdict(document);
        accepted.add(pointer);
        for (const value of wrong) {
          const changed = copyOf(document);
          let parent: Json = changed;
          for (const step of path.slice(0, -1)) parent = at(parent as Json[], step);
          setAt(parent as Json[], path[path.length - 1], value);
          if (!expectSameVerdict(changed)) refused.add(pointer);
          // At length, each of them is tried.
          if (refused.has(pointer) && runs(1) === 1) break;
        }
      }
    }
    expect([...described.keys()].filter((pointer) => !accepted.has(pointer))).toEqual([]);
    expect([...described.keys()].filter((pointer) => !isDone(pointer))).toEqual([]);
  });

  test('is missed where the official schema requires it', () => {
    for (let state = 0; state < runs(8); state += 1) {
      const { document } = generators[each].document(new Dice(state), 0.3);
      for (const [index] of placesIn(document).entries()) {
        if (index % 7 !== state % 7) continue;
        const changed = copyOf(document);
        const place = placesIn(changed)[index];
        if (place === undefined || Array.isArray(place.parent) || typeof place.key === 'number') continue;
        delete place.parent[place.key];
        expectSameVerdict(changed);
      }
    }
  });
});
