import { type RuleInfo } from '../contract/findings';
import { LINT_RULES } from '../contract/lint/registry';
import { MODEL_KINDS, ODCS_KINDS, SHORT_KINDS, VOCABULARY_KINDS, YAML_KINDS } from '../contract/problem-kinds';
import { CONTRACT_SQL, MESH, PIPELINE, POLICIES, REFERENCES, SIGNOFF, SQL_UNCHECKED, TERMS, TESTS } from './rules';

/** How a file may differ from its model, whatever the file. */
const MODEL_TITLES: Readonly<Record<string, string>> = {
  missing: 'What is required is there',
  type: 'A value is of the type its field takes',
  'unknown-field': 'A field is one that exists',
  enum: 'A value is one of those its field takes',
  range: 'A value is within its bounds',
  pattern: 'A value is written as its field wants it',
  key: 'The name of a field is allowed there',
  value: 'A value is what its field wants',
  more: 'A file has no more problems than can be listed',
  version: 'The version of the standard is a supported one',
  conflict: 'Fields agree with each other',
  duplicate: 'What must differ differs',
  'column-type': 'A column of the short template has a type that exists',
  'primary-key': 'The key of the short template names its columns, each once',
  'no-columns': 'The short template lists its columns',
  ambiguous: 'A word has one meaning in a context',
};

/** Why a file is not read at all. */
const YAML_TITLES: Readonly<Record<string, string>> = {
  'not-found': 'The file is there',
  unreadable: 'The file can be read',
  directory: 'The path is that of a file',
  'not-a-file': 'The path is not a device, pipe or socket',
  'too-large': 'The file is at most 5 MB',
  encoding: 'The file is in UTF-8',
  binary: 'The file is text',
  syntax: 'The file is YAML 1.2',
  tab: 'Spaces indent, not tabs',
  empty: 'The file is not empty',
  'several-documents': 'The file holds one document',
  'not-fields': 'The file holds fields',
  'not-a-list': 'The file holds a list where it must',
  'too-deep': 'The file is nested at most 100 deep',
  'duplicate-key': 'A field is written once',
  key: 'Names of fields are text',
  'forbidden-key': 'No field is called __proto__, constructor or prototype',
  'merge-key': 'Fields are written out, not merged by <<',
  alias: 'Aliases do not multiply beyond measure',
  tag: 'Tags are those of YAML itself',
  number: 'Numbers have a JSON form',
  text: 'Text is well-formed Unicode',
};

function modelRules(prefix: string, kinds: readonly string[], warnings: readonly string[] = []): RuleInfo[] {
  return kinds.map((kind) => ({ id: `${prefix}/${kind}`, severity: warnings.includes(kind) ? 'warning' : 'error', title: MODEL_TITLES[kind] ?? kind }));
}

/** Every rule there is, in the order of docs/rules.md. */
export const ALL_RULES: readonly RuleInfo[] = [
  ...LINT_RULES, ...Object.values(REFERENCES), CONTRACT_SQL, SQL_UNCHECKED,
  ...Object.values(PIPELINE), ...Object.values(MESH), ...Object.values(POLICIES), ...Object.values(TERMS), ...Object.values(SIGNOFF), ...Object.values(TESTS),
  ...modelRules('odcs', ODCS_KINDS), ...modelRules('short', SHORT_KINDS, ['no-columns']), ...modelRules('vocabulary', VOCABULARY_KINDS),
  ...['pipeline', 'mesh', 'tests', 'signoff'].flatMap((prefix) => modelRules(prefix, prefix === 'pipeline' ? [...MODEL_KINDS, 'conflict'] : MODEL_KINDS)),
  ...YAML_KINDS.map((kind): RuleInfo => ({ id: `yaml/${kind}`, severity: 'error', title: YAML_TITLES[kind] ?? kind })),
];
