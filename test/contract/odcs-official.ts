import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2019, { type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2019';
import { type Edition } from '../../lib/contract/odcs/edition';

/** The newest release of each edition's schema, as the PyPI package ships it. */
const RELEASES: Readonly<Record<Edition, string>> = { '3.0': '3.0.5', '3.1': '3.1.2', '3.2': '3.2.0' };

export function officialSchema(edition: Edition): AnySchemaObject {
  const path = join(__dirname, '../../.venv/share', `odcs-${RELEASES[edition]}`, 'open_data_contract_standard/schema.json');
  return JSON.parse(readFileSync(path, 'utf8')) as AnySchemaObject;
}

/**
 * The judge. `format` is an annotation in draft 2019-09 unless a vocabulary says otherwise, and the reference
 * implementation (Python's jsonschema) does not check it either: so neither do we. What it compiles is not polished, which takes longer
 * than it saves here.
 */
export function officialValidator(edition: Edition): ValidateFunction {
  return new Ajv2019({ strict: false, validateFormats: false, inlineRefs: false, code: { optimize: false } }).compile(officialSchema(edition));
}
