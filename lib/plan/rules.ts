import { type RuleInfo } from '../contract/findings';

function rules<Id extends string>(kind: string, severity: RuleInfo['severity'], titles: Readonly<Record<Id, string>>): Record<Id, RuleInfo> {
  return Object.fromEntries(Object.entries<string>(titles).map(([id, title]) => [id, { id: `${kind}/${id}`, severity, title }])) as Record<Id, RuleInfo>;
}

/** What a pipeline file is held to beyond its model. Each has a section in docs/rules.md. */
export const PIPELINE = {
  ...rules('pipeline', 'error', {
    'source-kind': 'A source says in one way where its data comes from',
    'source-option': 'An option of a source fits its kind',
    'type': 'A column type is one that exists',
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
    'duplicate-column': 'A rule does not make a column that is there already',
    'rule-option': 'The options of a rule fit together',
    'missing-table': 'Every object of the contract has its gold table',
    'unpromised-table': 'A gold table that nothing reads is an object of the contract',
    'missing-column': 'A published table has every column that the contract promises',
    'column-type': 'A column can become the type that the contract promises',
    'quality': 'A quality rule of a table can be executed',
    'partition': 'A table is partitioned by columns it has, by a transform that fits them',
    'persist': 'A published table is kept',
    'sql': 'SQL is in the portable subset, and reads only the inputs of its table',
    'unknown-product': 'A product that is read exists in the mesh',
    'product-cycle': 'Products do not read each other in a circle',
  }),
  ...rules('pipeline', 'warning', {
    'unused-source': 'Every source is read',
    'unused-table': 'Every table is read or published',
    'unused-input': 'Every input of a query is read by it',
    'sql-unchecked': 'SQL has been checked',
    'masked-twice': 'A column is masked in one place',
    'exposed-column': 'What is made from protected columns is protected',
    'no-sample': 'A source that is not a file has a sample for local runs',
  }),
} as const;
