import { type Contract, type Property, type SchemaObject } from './contract';
import { fieldsWithin } from './lint/rule';
import { type Term, type Vocabulary } from './vocabulary';

type Named = Pick<SchemaObject | Property, 'name' | 'businessName'>;

/** The term that a table or column of a domain names: by its business name, else by its own, where `order_status` is `Order status`. */
export function termOf({ name, businessName }: Named, vocabulary: Vocabulary, domain: string | undefined): Term | undefined {
  const find = (word: string): Term | undefined => vocabulary.find(word, domain);
  return businessName === undefined ? find(name) ?? find(name.replaceAll('_', ' ')) : find(businessName);
}

/** Whatever of a contract may name a term: its tables, their columns and what is nested in those. */
export function termBearers(contract: Contract): (SchemaObject | Property)[] {
  return contract.schema.flatMap((object): (SchemaObject | Property)[] => [object, ...object.properties.flatMap((property) => [property, ...fieldsWithin(property)])]);
}

/** Every term that a contract names, once, by its name. */
export function namedTerms(contract: Contract, vocabulary: Vocabulary): Term[] {
  const terms = new Set(termBearers(contract).flatMap((each) => termOf(each, vocabulary, contract.domain) ?? []));
  return [...terms].sort((a, b) => (a.term < b.term ? -1 : 1));
}
