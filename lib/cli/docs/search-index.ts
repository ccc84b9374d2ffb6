import { type Catalogue, titleOf } from './catalogue';

/** What can be found, in as few bytes as it takes: `site.js` reads it when somebody begins to search. */
export function searchIndex({ entries, vocabulary, terms, domains }: Catalogue): string {
  const index = {
    products: entries.map((entry) => [
      titleOf(entry), entry.slug, entry.domain, `v${entry.major}${entry.contract.status === 'active' ? '' : ` ${entry.contract.status ?? ''}`}`,
      shortened(entry.contract.description.purpose ?? '', 120),
      entry.contract.schema.map((object) => [object.name, object.properties.map(({ name, businessName }) => (businessName === undefined ? name : `${name}\t${businessName}`)).join('\n')]),
      [entry.id, ...entry.contract.tags].join(' '),
    ]),
    terms: [...vocabulary?.terms.values() ?? []].map(({ term, definition, synonyms = [] }) => [term, terms.get(term)!, shortened(definition, 120), synonyms.join(' ')]),
    domains: [...domains],
  };
  return `globalThis.meshIndex = ${JSON.stringify(index)};\n`;
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
