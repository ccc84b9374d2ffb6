import { type Term, type Vocabulary } from '../contract/vocabulary';
import { type Mesh } from './mesh/mesh';

/** A glossary of one bounded context. */
export interface GlossaryFile {
  /** Below the folder of the contracts, with `/`. */
  readonly path: string;
  readonly terms: number;
  readonly text: string;
}

/**
 * The vocabulary as glossary files of Contextive, which shows definitions in editors (https://docs.contextive.tech): one
 * file for each context, in its folder, since a glossary speaks for its folder and those below; terms without a context
 * in one that speaks for all. What Contextive reads: `contexts` with `name`, `domainVisionStatement` and `terms`, which
 * have `name`, `definition`, `examples` and `aliases`.
 */
export function glossaries(vocabulary: Vocabulary, mesh: Mesh | undefined): GlossaryFile[] {
  const contexts = new Map<string | undefined, Term[]>();
  for (const term of vocabulary.terms.values()) contexts.set(term.context, [...contexts.get(term.context) ?? [], term]);
  return [...contexts].map(([context, terms]): GlossaryFile => {
    const folder = context === undefined ? undefined : folderName(context);
    return {
      path: folder === undefined ? 'common.glossary.yml' : `${folder}/${folder}.glossary.yml`, terms: terms.length,
      text: text(context ?? mesh?.name, context === undefined ? undefined : mesh?.domain(context)?.description, terms),
    };
  }).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function text(name: string | undefined, vision: string | undefined, terms: readonly Term[]): string {
  // Text of JSON is text of YAML 1.2, whatever is in it.
  const field = (indent: string, field: string, value: string | undefined): string[] => (value === undefined ? [] : [`${indent}${field}: ${JSON.stringify(value)}`]);
  const list = (field: string, values: readonly string[] = []): string[] => (values.length === 0 ? [] : [`        ${field}:`, ...values.map((value) => `          - ${JSON.stringify(value)}`)]);
  const lines = [
    '# Made from contracts/vocabulary.yaml by mesh glossary: change it there.',
    'contexts:',
    `  - name: ${JSON.stringify(name ?? 'Common')}`,
    ...field('    ', 'domainVisionStatement', vision),
    '    terms:',
    ...terms.flatMap(({ term, definition, synonyms, examples }) => [`      - name: ${JSON.stringify(term)}`, ...field('        ', 'definition', definition), ...list('examples', examples), ...list('aliases', synonyms)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A context is most often a domain, and so the name of a folder; another becomes one. */
function folderName(context: string): string {
  return context.toLowerCase().replace(/[^a-z0-9_]+/g, '-').replace(/^-+|-+$/g, '') || 'context';
}
