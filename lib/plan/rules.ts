import { type RuleInfo } from '../contract/findings';

function rules<Id extends string>(kind: string, severity: RuleInfo['severity'], titles: Readonly<Record<Id, string>>): Record<Id, RuleInfo> {
  return Object.fromEntries(Object.entries<string>(titles).map(([id, title]) => [id, { id: `${kind}/${id}`, severity, title }])) as Record<Id, RuleInfo>;
}

/** What a pipeline file is held to beyond its model. Each has a section in docs/rules.md. */
export const PIPELINE = {
  ...rules('pipeline', 'error', {
    'source-kind': 'A source says in exactly one way where its data comes from',
    'source-option': 'An option of a source fits its kind',
    'unread-source': 'A source is one that can be read',
    'data-type': 'A column type is one that exists',
    'date-format': 'A date or time is written as both engines read it',
    'duration': 'A duration is a number and a unit',
    'count': 'A number of rows is a number, with k, M or G',
    'schedule': 'A schedule is cron(…) or rate(…)',
    'path': 'A path stays inside its folder',
    'file': 'A file that is named is there, readable, and text',
    'unknown-input': '`from` names sources and tables that exist',
    'layer': 'Data flows from sources to bronze, silver and gold',
    'name-taken': 'A name means one thing in a pipeline',
    'cycle': 'Tables do not read each other in a circle',
    'several-inputs': 'Several inputs are brought together by a join, a union or SQL',
    'unknown-column': 'A rule names columns that its rows have',
    'duplicate-column': 'A rule does not make a column that already exists',
    'rule-option': 'The options of a rule fit together',
    'missing-table': 'Every object of the contract has its gold table',
    'unpromised-table': 'A gold table that nothing reads is an object of the contract',
    'missing-column': 'A published table has every column that the contract promises',
    'column-type': 'A column can become the type that the contract promises',
    'engine-type': 'A column has a type that the engine on AWS has',
    'quality': 'A quality rule of a table can be executed',
    'partition': 'A table is partitioned by columns it has, by a transform that fits them',
    'persist': 'A published table is kept',
    'refresh': 'A full run rebuilds every table',
    'sql': 'SQL is in the portable subset, and reads only the inputs of its table',
    'unknown-product': 'A product that is read exists in the mesh',
    'product-cycle': 'Products do not read each other in a circle',
    'exposed-copy': 'A copy of a protected column is protected',
    'untold-origin': 'A query shows where the protected columns it reads end up',
    'undeclared-columns': 'Where columns are protected unless the contract says otherwise, a source says which it has',
    'masked-input': 'What a published table has masked is not masked again',
    'no-columns': 'A product that is planned has columns',
  }),
  ...rules('pipeline', 'warning', {
    'unused-source': 'Every source is read',
    'unused-table': 'Every table is read or published',
    'unused-input': 'Every input of a query is read by it',
    'sql-unchecked': 'SQL has been checked',
    'masked-twice': 'A column is masked in one place',
    'exposed-column': 'What is made from protected columns is protected',
    'no-sample': 'A source that is not a file has a sample for local runs',
    'no-network': 'Jobs can get to what they read',
    'source-status': 'A product that is read is there to stay',
  }),
} as const;

/** Of relationships in a contract, which need the pipeline and the mesh to be resolved. */
export const REFERENCES = {
  ...rules('lint', 'error', {
    'unknown-reference': 'A relationship names columns that exist',
    'reference-type': 'The columns of a relationship can be compared',
    'unimported-reference': 'The pipeline imports what a relationship refers to',
    'reference-action': 'A relationship aborts or alerts',
  }),
} as const;

/** Of the SQL in a contract: rules of the linter that need the checker. */
export const CONTRACT_SQL: RuleInfo = { id: 'lint/sql', severity: 'error', title: 'SQL of a contract is in the portable subset, and reads only its own table' };
export const SQL_UNCHECKED: RuleInfo = { id: 'lint/sql-unchecked', severity: 'warning', title: 'SQL of a contract has been checked' };

/** What a contract is held to by mesh.yaml, and mesh.yaml by itself. */
export const MESH = {
  ...rules('mesh', 'error', {
    'unknown-domain': 'The domain of a contract is in the mesh',
    'unknown-consumer': 'Consumers that a contract names are in the mesh',
    'name-too-long': 'Names that follow from mesh and contract are not too long',
    'duplicate-product': 'A major version of a product has one contract',
    'duplicate-table': 'A published table belongs to one product',
    'unknown-environment': 'Accounts and networks are given for environments that exist, and for each of them',
    'production': 'At most one environment is production',
    'ambiguous-name': 'Names of domains and environments can be told apart',
    'unsigned-part': 'A part that an environment wants signed has somebody who may sign it',
    'signer-key': 'The key of a signer can be read',
    'policy-value': 'What a policy asks for can be checked against a contract',
    'policy-domain': 'A policy names domains of the mesh',
    'early-retirement': 'A version is retired when its end of life has come',
    'retired-with-consumers': 'A version that is retired has no consumers left',
  }),
  ...rules('mesh', 'warning', {
    'untagged-domain': 'A domain says who owns it and who pays for it',
  }),
} as const;

/** The federated policies of mesh.yaml: each says in the mesh whether it is an error or a warning. */
export const POLICIES = rules('policy', 'error', {
  'require-fields': 'What the mesh wants written is written',
  'require-sla': 'A contract promises the service levels that the mesh asks for',
  'least-sla': 'A contract promises at least what the mesh asks for',
  'least-notice': 'A contract promises at least the notice that the mesh asks for',
  'require-description': 'What the mesh wants described is described',
  'require-critical-check': 'Every table has the critical rules that the mesh asks for',
  'require-classification': 'Every column says its classification',
  'require-masking': 'Columns of a class that the mesh wants masked are masked',
  'allowed-classifications': 'Columns are of classes that the mesh lets a contract hold',
  'protect-pii': 'Columns about people are masked, or need a clearance',
  'require-support': 'A contract says where to ask',
  'require-term': 'What the mesh wants in its vocabulary has a term there',
  'naming': 'Names follow the naming rules of the mesh',
  'forbidden-types': 'Columns are of types that the mesh allows',
  'residency': 'Data stays in the regions of the mesh',
});

/** How a contract uses the words of the vocabulary. */
export const TERMS = {
  ...rules('vocabulary', 'error', {
    'term-type': 'A term is used for what it is',
    'undefined-column': 'The business columns of an enterprise-tier contract are defined',
  }),
  ...rules('vocabulary', 'warning', {
    'unknown-term': 'A business name is a term of the vocabulary',
    'two-terms': 'A name stands for one term',
  }),
} as const;

/** Why a sign-off does not count. */
export const SIGNOFF = rules('signoff', 'error', {
  unsigned: 'What the mesh wants signed is signed',
  changed: 'What was signed has not changed since',
  expired: 'A sign-off is in force',
  foreign: 'A sign-off is by somebody who may sign, with a key of theirs',
  forged: 'A signature matches its statement',
  unasked: 'A gate for sign-offs has some to ask for',
  replayed: 'A sign-off is of this part of this product, and was made for that',
});

/** What a tests file is held to beyond its model. */
export const TESTS = {
  ...rules('tests', 'error', {
    'unknown-table': 'A case names sources and tables that exist',
    'unknown-column': 'Rows of a case have columns that their table has',
    'unknown-rule': 'A case counts what rules that exist took',
    'not-computed': 'What is expected is computed from what is given',
    'expectation': 'A case expects something, and only what can be compared',
  }),
  ...rules('tests', 'warning', {
    'duplicate-name': 'Cases have names of their own',
  }),
} as const;
