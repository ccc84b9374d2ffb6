import { columnType } from '../../contract/column-type';
import { type Contract, type Property, type SchemaObject } from '../../contract/contract';
import { kindOf } from '../../contract/data-type';
import { Findings } from '../../contract/findings';
import { termBearers, termOf } from '../../contract/named-terms';
import { type Problem } from '../../contract/problem';
import { suggest } from '../../contract/suggestion';
import { tierOf } from '../../contract/tier';
import { type LoadedVocabulary, type Term, type Vocabulary } from '../../contract/vocabulary';
import { TERMS } from '../rules';

/** Keeps a column out of the business's words, whatever its tier. */
const TECHNICAL = 'technical';

/** How one contract uses the vocabulary. Without one, only what an enterprise-tier contract owes. */
export function checkTerms(contract: Contract, loaded: LoadedVocabulary | undefined, findings: Findings): void {
  if (loaded?.ok === false) return;
  if (loaded !== undefined) {
    for (const named of termBearers(contract)) checkElement(named, loaded.vocabulary, contract.domain, findings);
  }
  if (tierOf(contract) === 'enterprise') undefinedColumns(contract, loaded?.vocabulary, findings);
}

/** Names that stand for one term in one contract of a domain, and for another term in another. */
export function twoTerms(contracts: readonly Contract[], vocabulary: Vocabulary): Problem[] {
  const seen = new Map<string, { readonly term: Term; readonly where: string }>();
  return contracts.flatMap((contract) => {
    const findings = new Findings(contract.file, (path, what) => contract.locate(path, what));
    for (const named of termBearers(contract).filter(({ name }) => name !== '')) {
      const term = termOf(named, vocabulary, contract.domain);
      if (term === undefined) continue;
      const key = `${contract.domain ?? ''} ${named.name.toLowerCase()}`;
      const before = seen.get(key);
      if (before !== undefined && before.term !== term) {
        findings.add(TERMS['two-terms'], [...named.path, 'businessName'], {
          message: `\`${named.name}\` is \`${term.term}\` here and \`${before.term.term}\` in ${before.where}`, received: term.term,
          remedy: 'name the same term in both, or give one of them another name',
        });
      }
      seen.set(key, before ?? { term, where: contract.file });
    }
    return findings.problems();
  });
}

function checkElement(named: SchemaObject | Property, vocabulary: Vocabulary, domain: string | undefined, findings: Findings): void {
  const { name, businessName, path } = named;
  const at = [...path, businessName === undefined ? 'name' : 'businessName'];
  const term = termOf(named, vocabulary, domain);
  if (term === undefined) {
    if (businessName === undefined) return;
    const elsewhere = vocabulary.meanings(businessName);
    if (elsewhere.length > 0) {
      findings.add(TERMS['unknown-term'], at, {
        message: `\`${businessName}\` is ${elsewhere.map(({ term: each, context }) => `\`${each}\` in ${context}`).join(', ')}, and nothing in ${domain ?? 'a contract without a domain'}`,
        received: businessName, remedy: 'name the term by a word that only it has',
      });
      return;
    }
    const near = suggest(businessName, [...vocabulary.terms.keys(), ...[...vocabulary.terms.values()].flatMap(({ synonyms = [] }) => synonyms)]);
    findings.add(TERMS['unknown-term'], at, {
      message: 'the vocabulary has no such term', received: businessName, remedy: near === undefined ? 'add it to contracts/vocabulary.yaml, or name an existing one' : `did you mean \`${near}\`?`,
    });
    return;
  }
  const other = businessName === undefined ? undefined : termOf({ name }, vocabulary, domain);
  if (other !== undefined && other !== term) {
    findings.add(TERMS['two-terms'], at, {
      message: `\`${name}\` says \`${other.term}\` and its business name says \`${term.term}\``, received: businessName, remedy: 'rename the column, or name the term that it is',
    });
  }
  const held = heldBy(named);
  if (term.type === undefined || held === term.type || (term.type === 'number' && held === 'integer')) return;
  findings.add(TERMS['term-type'], at, {
    message: `\`${term.term}\` is a ${term.type} by its definition, and \`${name}\` is a ${held}`, received: held, expected: term.type,
    remedy: 'change the type, or name another term',
  });
}

/** A business column is one that is neither a key nor tagged as technical. */
function undefinedColumns(contract: Contract, vocabulary: Vocabulary | undefined, findings: Findings): void {
  for (const { properties } of contract.schema) {
    for (const column of properties) {
      if (column.primaryKey === true || column.relationships.length > 0 || column.tags.some((tag) => tag.toLowerCase() === TECHNICAL)) continue;
      if (vocabulary !== undefined && termOf(column, vocabulary, contract.domain) !== undefined) continue;
      findings.add(TERMS['undefined-column'], [...column.path, 'name'], {
        message: `the vocabulary does not define \`${column.name}\`, which the whole organisation may read`, received: column.name,
        remedy: `name its term in \`businessName\`, add it to contracts/vocabulary.yaml, or tag the column \`${TECHNICAL}\``,
      });
    }
  }
}

/** What a column holds, in ODCS's words: as written, else by its physical type. A table holds objects. */
function heldBy(named: SchemaObject | Property): string {
  if (!('logicalTypeOptions' in named)) return 'object';
  return named.logicalType ?? LOGICAL[kindOf(columnType(named).type)] ?? 'string';
}

const LOGICAL: Readonly<Record<string, string>> = {
  boolean: 'boolean', int: 'integer', long: 'integer', float: 'number', double: 'number', decimal: 'number', date: 'date', time: 'time',
  timestamp: 'timestamp', timestamptz: 'timestamp', struct: 'object', list: 'array', map: 'map',
};
