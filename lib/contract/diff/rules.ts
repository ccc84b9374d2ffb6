/**
 * How a change looks from the consumer's side. Breaking: something that held no longer holds, so that a query that ran can fail,
 * a row that is published is no longer allowed, or a promise got worse. Risky: everything still runs, and may mean something else.
 */
export type Grade = 'breaking' | 'risky' | 'safe';

/** The least step of the version that a change needs. */
export type Release = 'major' | 'minor' | 'patch' | 'none';

export interface DiffRule {
  readonly grade: Grade;
  /** Breaking changes are major; the others say here what they need. */
  readonly release: Release;
  /** One line: what has changed. */
  readonly what: string;
  /** What a consumer would notice, after a colon. */
  readonly notice: string;
}

const breaking = (what: string, notice: string): DiffRule => ({ grade: 'breaking', release: 'major', what, notice });
const risky = (what: string, notice: string): DiffRule => ({ grade: 'risky', release: 'minor', what, notice });
/** There is something new to rely on. */
const added = (what: string, notice: string): DiffRule => ({ grade: 'safe', release: 'minor', what, notice });
const safe = (what: string, notice: string): DiffRule => ({ grade: 'safe', release: 'patch', what, notice });
/** No version to follow with: the contract is new, or gone. */
const unversioned = (what: string, notice: string): DiffRule => ({ grade: 'safe', release: 'none', what, notice });

/** Every kind of change, by id; docs/diff-rules.md explains each. */
export const DIFF_RULES = {
  'diff/product-added': unversioned('A product or a major version of it is new', 'nobody relies on it yet'),
  'diff/product-removed': breaking('A product that consumers have is no longer described', 'nothing builds, watches or grants it any more'),
  'diff/product-dropped': unversioned('A product without consumers is no longer described', 'nobody could read it'),
  'diff/version-replaced': breaking('A major version is replaced in its own file', 'its consumers have no time to move: nothing builds the old one any more'),
  'diff/product-renamed': breaking('The id or the domain of the product changed', 'every table has another name'),

  'diff/status-withdrawn': breaking('A published product goes back to draft or proposed', 'grants are gone, and production no longer has it'),
  'diff/status-retired': breaking('A product is retired before its announced end of life, or while consumers have it', 'it is no longer built, and grants are revoked'),
  'diff/status-retired-as-announced': safe('A product is retired at its announced end of life', 'it is no longer built, as announced'),
  'diff/status-deprecated': risky('The product is deprecated', 'it will end: there are no new subscriptions'),
  'diff/status-changed': safe('The status changed, and nobody loses access', 'access stays as it is or begins'),
  'diff/end-date-closer': breaking('The announced end of support or of life moved closer', 'there is less time to move away than was promised'),
  'diff/end-date-short-notice': breaking('An end is announced inside the notice period, or once its day has come', 'there is too little time to move away'),
  'diff/end-date-announced': risky('An end of support or of life is announced', 'there is a day to move away by'),
  'diff/end-date-later': safe('The announced end moved away or is called off', 'there is more time'),
  'diff/notice-shorter': breaking('The notice period is shorter or gone', 'an end may come sooner than was promised'),
  'diff/notice-longer': added('The notice period is longer', 'an end comes later'),

  'diff/table-removed': breaking('A table is gone', 'queries that name it fail'),
  'diff/table-renamed': breaking('A table has another name', 'queries that name it fail'),
  'diff/table-identity-changed': breaking('A different table has the same name', 'its rows start over'),
  'diff/table-added': added('A table is new', 'no query names it yet'),
  'diff/column-removed': breaking('A column or a field of one is gone', 'queries that name it fail'),
  'diff/column-renamed': breaking('A column has another name', 'queries that name it fail'),
  'diff/column-identity-changed': breaking('A different column has the same name', 'the values it had are gone'),
  'diff/column-added': added('An optional column or field is new', 'no query names it yet'),
  'diff/column-inserted': risky('A column is new and does not come last', '`SELECT *` and loads by position get the columns in another order'),
  'diff/required-column-added': breaking('A new column is required', 'the rows that are published do not have it'),
  'diff/columns-reordered': risky('The columns, or the fields of one, are in another order', '`SELECT *` and loads by position get the columns in another order'),
  'diff/type-changed': breaking('A type changed to another kind', 'comparisons, sums and joins on it fail or give something else'),
  'diff/type-narrowed': breaking('A type holds fewer values', 'values that are published no longer fit'),
  'diff/type-widened': risky('A type holds more values', 'values may come that do not fit where they are loaded into'),
  'diff/required-added': breaking('A value became required', 'rows that are published without it are no longer allowed'),
  'diff/required-removed': breaking('A value is no longer required', 'nulls may come: joins lose rows, and what takes no null fails'),
  'diff/unique-added': breaking('Values became unique', 'rows that are published with the same value are no longer allowed'),
  'diff/unique-removed': breaking('Values are no longer unique', 'a join may multiply rows, and a subquery or MERGE that takes one row fails'),
  'diff/key-changed': breaking('The primary key changed', 'a row is another thing now: joins and counts change'),
  'diff/partitioning-changed': risky('The partitioning changed', 'filters may read more data, and cost more'),
  'diff/relationship-removed': risky('A reference to other rows is no longer promised', 'an inner join may lose rows'),
  'diff/relationship-added': added('A reference to other rows is promised', 'a join finds its rows'),

  'diff/enum-narrowed': breaking('Fewer values are allowed', 'rows that are published with the others are no longer allowed'),
  'diff/enum-widened': risky('More values are allowed', 'values may come that no CASE or mapping knows'),
  'diff/range-narrowed': breaking('A range, length or other limit is tighter', 'rows that are published outside of it are no longer allowed'),
  'diff/range-widened': risky('A range, length or other limit is looser or gone', 'values may come that were never there'),
  'diff/type-option-changed': risky('What a type says of its values beside their limits changed', 'the values may mean something else'),
  'diff/pattern-changed': breaking('A pattern or format is another one', 'values that are published may no longer match, and others may come'),

  'diff/quality-added': added('A quality rule is new', 'more is certified'),
  'diff/quality-tightened': added('A quality rule lets less through', 'more is certified'),
  'diff/quality-loosened': breaking('A quality rule that holds data back lets more through', 'data may be published that was stopped before'),
  'diff/quality-removed': breaking('A quality rule or reference that holds data back is gone', 'data may be published that was stopped before'),
  'diff/quality-replaced': breaking('A quality rule that holds data back measures something else', 'data may be published that was stopped before'),
  'diff/quality-warning-loosened': risky('A quality rule that warns lets more through', 'the score says less'),
  'diff/quality-warning-removed': risky('A quality rule that warns is gone', 'the score says less'),
  'diff/quality-changed': risky('A quality rule that warns measures something else', 'what is certified is something else'),
  'diff/quality-action-changed': risky('Rows that break a quality rule are put aside, or no longer are', 'faulty rows may be there, or be missing, that were not before'),

  'diff/sla-worse': breaking('A promised service level got worse', 'what is built on it may miss its own promise'),
  'diff/sla-removed': breaking('A service level is no longer promised', 'nothing watches it any more'),
  'diff/sla-better': added('A promised service level got better', 'there is more to rely on'),
  'diff/sla-added': added('A service level is promised', 'there is more to rely on'),
  'diff/sla-changed': risky('A service level changed in a way that has no better or worse', 'what is built on it may miss its own promise'),

  'diff/role-removed': breaking('A role is gone', 'whoever has it loses access'),
  'diff/role-added': added('A role is new', 'there is another way to ask for access'),
  'diff/role-columns-lost': breaking('A role sees fewer columns', 'queries of whoever has it fail'),
  'diff/role-columns-gained': added('A role sees more columns', '`SELECT *` returns more columns to whoever has it'),
  'diff/role-rows-narrowed': breaking('A role sees fewer rows', 'whoever has it misses rows, and sums shrink'),
  'diff/role-rows-widened': risky('A role sees more rows', 'whoever has it gets rows that were never there, and sums grow'),
  'diff/role-consumer-removed': breaking('A consumer no longer has a role', 'it loses access'),
  'diff/role-consumer-ended': safe('A consumer no longer has a role of a version whose end of life has come', 'it had until then to move away'),
  'diff/role-consumer-added': added('A consumer has a role', 'it gains access'),
  'diff/role-terms-changed': risky('The purpose, access, clearance or leave to keep copies of a role changed', 'whoever has it may no longer use the data as before'),

  'diff/classification-raised': risky('A classification is stricter', 'whoever holds the data has to protect it better'),
  'diff/classification-lowered': safe('A classification is laxer', 'more may be done with the data'),
  'diff/masking-added': breaking('A column is masked', 'its values are no longer the real ones'),
  'diff/masking-changed': breaking('A column is masked in another way', 'joins and filters on the masked values find nothing'),
  'diff/masking-removed': breaking('A column is no longer masked', 'joins and filters on the masked values find nothing, and real values arrive'),

  'diff/interface-removed': breaking('An interface or server is gone', 'whoever reads through it reads nothing'),
  'diff/interface-changed': breaking('An interface or server changed', 'whoever reads through it may no longer find it'),
  'diff/interface-added': added('An interface or server is new', 'there is another way to read'),

  'diff/meaning-changed': risky('A description changed', 'the data may mean something else'),
  'diff/meaning-added': safe('A description is new', 'the data is better explained'),
  'diff/grain-changed': risky('What one row stands for is described differently', 'counts and sums may mean something else'),
  'diff/term-changed': risky('A term of the vocabulary, a definition or the kind of a column changed', 'the data may mean something else'),
  // the vocabulary changes beside all contracts that name the term: a patch of each is enough to say so
  'diff/term-redefined': { ...risky('A term of the vocabulary that the contract names is defined differently', 'the data may mean something else'), release: 'patch' },
  'diff/term-removed': { ...risky('A term of the vocabulary that the contract names is gone', 'nothing says any more what it means'), release: 'patch' },
  'diff/element-deprecated': risky('A table or column is deprecated', 'it will go with the next major version'),
  'diff/element-undeprecated': safe('A table or column is no longer deprecated', 'it stays'),

  'diff/support-removed': risky('A channel of support is gone', 'questions asked there are not answered'),
  'diff/price-changed': risky('The price changed', 'reading costs something else'),
  'diff/tier-lowered': risky('The product is of a lower tier', 'the mesh asks less of it'),
  'diff/tier-raised': added('The product is of a higher tier', 'the mesh asks more of it'),
  'diff/residency-changed': risky('The data lives in other regions', 'whoever has to keep data in a region has to check'),
  'diff/documentation-changed': safe('Something changed that nothing depends on', 'no data, promise or access changes'),
} as const satisfies Readonly<Record<string, DiffRule>>;

export type DiffRuleId = keyof typeof DIFF_RULES;
