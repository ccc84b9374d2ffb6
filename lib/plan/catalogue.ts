import { type Contract, type SlaProperty } from '../contract/contract';
import { customProperty } from '../contract/mesh-property';
import { namedTerms } from '../contract/named-terms';
import { slaName } from '../contract/service-level';
import { type Vocabulary } from '../contract/vocabulary';
import { type Plan } from './plan-schema';

/** What a catalogue shows of a product; terms are those of the vocabulary that the contract uses. */
export function catalogueOf(contract: Contract, vocabulary: Vocabulary | undefined): Plan['catalogue'] {
  const { description } = contract;
  const paragraphs = [description.purpose, description.usage, description.limitations].filter((text) => text !== undefined);
  return {
    title: contract.name ?? contract.id,
    description: paragraphs.length === 0 ? null : paragraphs.join('\n\n'),
    tags: [...contract.tags],
    links: [...contract.authoritativeDefinitions, ...description.authoritativeDefinitions].map(({ type, url }) => ({ title: type, url })),
    terms: vocabulary === undefined ? [] : namedTerms(contract, vocabulary).map(({ term, definition }) => ({ term, definition })),
    sampleQueries: sampleQueries(contract),
    support: contract.support.map(({ channel, tool, url, description }) => ({ channel, tool: tool ?? null, url: url ?? null, description: description ?? null })),
    promises: contract.slaProperties.map((sla) => ({ property: slaName(sla.property) ?? sla.property, text: promiseText(sla) })),
    supersededBy: text(customProperty(contract, 'mesh.supersededBy')),
    endOfLife: text(contract.slaProperties.find(({ property }) => slaName(property) === 'endOfLife')?.value),
  };
}

/** `6 h: Orders of the last six hours may be missing.` */
function promiseText({ value, unit, element, description }: SlaProperty): string {
  const amount = [value, unit].filter((part) => part !== undefined && part !== null).join(' ');
  return [`${amount}${element === undefined ? '' : ` of ${element}`}`, ...(description === undefined ? [] : [description])].join(': ');
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

function sampleQueries(contract: Contract): Plan['catalogue']['sampleQueries'] {
  const written = customProperty(contract, 'mesh.sampleQueries');
  // the linter has checked its shape
  return Array.isArray(written) ? (written as { title: string; sql: string }[]).map(({ title, sql }) => ({ title, sql })) : [];
}
