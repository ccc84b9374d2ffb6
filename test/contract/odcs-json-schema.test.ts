import Ajv2020 from 'ajv/dist/2020';
import * as fc from 'fast-check';
import { API_VERSIONS, type Edition, EDITIONS } from '../../lib/contract/odcs/edition';
import { odcsJsonSchema } from '../../lib/contract/odcs/json-schema';
import { describedProperties, Dice, DocumentGenerator, mutate } from './odcs-documents';
import { officialSchema, officialValidator } from './odcs-official';

jest.setTimeout(60_000);

test.each<Edition>([...EDITIONS])('the JSON Schema of the model of %s accepts what the official one accepts', (edition) => {
  const ours = new Ajv2020({ strict: false }).compile(odcsJsonSchema(edition));
  const official = officialValidator(edition);
  const schema = officialSchema(edition);
  const generator = new DocumentGenerator(schema, API_VERSIONS[edition]);
  const vocabulary = [...new Set([...describedProperties(schema).keys()].map((pointer) => pointer.slice(pointer.lastIndexOf('/') + 1)))];
  fc.assert(fc.property(fc.integer(), fc.integer({ min: 0, max: 2 }), (seed, changes) => {
    const dice = new Dice(seed);
    let { document } = generator.document(dice, 0.2);
    for (let change = 0; change < changes; change += 1) document = mutate(document, vocabulary, dice);
    // another version of the standard is another schema's to judge
    fc.pre(API_VERSIONS[edition].includes(document['apiVersion'] as string) || typeof document['apiVersion'] !== 'string');
    if (ours(document) !== official(document)) {
      throw new Error(`the official schema says ${official(document)}: ${JSON.stringify(document)}\n${JSON.stringify(ours.errors ?? official.errors).slice(0, 2000)}`);
    }
  }), { numRuns: 200 });
});
