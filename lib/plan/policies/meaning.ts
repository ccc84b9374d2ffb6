import { type Contract, type Property, type SchemaObject } from '../../contract/contract';
import { termOf } from '../../contract/named-terms';
import { type LoadedVocabulary } from '../../contract/vocabulary';
import { type Report } from './check-policies';
import { type Policy } from './policy-model';
import { fieldsOf, fieldWords } from './subjects';

export function requireDescription({ of }: Policy<'require-description'>, contract: Contract, report: Report): void {
  if (of.includes('product') && (contract.description.purpose ?? '').trim() === '') {
    report(['description'], { message: 'the product is not described', remedy: 'write `description: {purpose: …}`' });
  }
  for (const object of contract.schema) {
    if (of.includes('tables') && ![object.description, object.dataGranularityDescription].some((text) => (text ?? '').trim() !== '')) {
      report([...object.path, 'name'], { message: `the table \`${object.name}\` is not described`, remedy: 'write `description: …`' });
    }
  }
  if (!of.includes('columns')) return;
  for (const each of fieldsOf(contract)) {
    if ((each.field.description ?? '').trim() === '') report([...each.field.path, 'name'], { message: `the ${fieldWords(each)} is not described`, remedy: 'write `description: …`' });
  }
}

export function requireSupport(contract: Contract, report: Report): void {
  if (contract.support.length === 0) report(['support'], { message: 'the contract does not say where to ask', remedy: 'write `support: [{channel: …, url: …}]`' });
}

export function requireTerm({ of }: Policy<'require-term'>, contract: Contract, vocabulary: LoadedVocabulary | undefined, report: Report): void {
  if (vocabulary?.ok !== true) {
    if (vocabulary === undefined) report(['schema'], { message: 'the mesh asks for terms of its vocabulary, but there is no vocabulary', remedy: 'write contracts/vocabulary.yaml' });
    return;
  }
  const check = (what: string, named: SchemaObject | Property): void => {
    if (termOf(named, vocabulary.vocabulary, contract.domain) !== undefined) return;
    const { name, businessName, path } = named;
    report([...path, businessName === undefined ? 'name' : 'businessName'], { message: `the vocabulary has no term for the ${what}`, received: businessName ?? name, remedy: 'name one in `businessName`, or add it to contracts/vocabulary.yaml' });
  };
  if (of.includes('tables')) for (const object of contract.schema) check(`table \`${object.name}\``, object);
  if (of.includes('columns')) for (const each of fieldsOf(contract)) check(fieldWords(each), each.field);
}
