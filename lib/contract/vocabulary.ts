import * as z from 'zod';
import { modelProblems } from './model-problems';
import { type Problem } from './problem';
import { parseYaml, readYamlFile, type YamlFile } from './yaml-file';

/** Of any edition of ODCS. */
const LOGICAL_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'time', 'timestamp', 'object', 'array', 'map', 'vector'] as const;

const termModel = z.strictObject({
  definition: z.string().min(1),
  owner: z.string().min(1).optional().describe('Who decides what it means.'),
  context: z.string().min(1).optional().describe('The bounded context in which it means this, most often a domain; everywhere unless written.'),
  synonyms: z.array(z.string().min(1)).optional(),
  type: z.enum(LOGICAL_TYPES).optional().describe('What a column that names it holds, as ODCS\'s logicalType; anything unless written.'),
  examples: z.array(z.string()).optional(),
  url: z.string().optional(),
});

/** contracts/vocabulary.yaml. */
export const vocabularyModel = z.strictObject({
  terms: z.record(z.string().min(1), termModel),
});

/** One word of the ubiquitous language. */
export type Term = z.infer<typeof termModel> & { readonly term: string };

export interface Vocabulary {
  readonly file: string;
  /** By name, as written. */
  readonly terms: ReadonlyMap<string, Term>;
  /**
   * The term that a name or one of its synonyms stands for in a context, most often a domain, whatever the case. A word with one
   * meaning has it everywhere; of several the one of the context, and none where it has none there.
   */
  find(name: string, context: string | undefined): Term | undefined;
  /** All that a word means somewhere. */
  meanings(name: string): readonly Term[];
  /** Where the entry of a term stands; of one that is not there, where it would be. */
  placeOf(term: string): { readonly file: string; readonly line: number; readonly column: number };
}

export type LoadedVocabulary =
  | { readonly ok: true; readonly vocabulary: Vocabulary }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Loads contracts/vocabulary.yaml: terms with their definitions, owners and synonyms. */
export function loadVocabulary(path: string, file = path): LoadedVocabulary {
  return vocabularyOf(readYamlFile(path, { as: file }), file);
}

/** As {@link loadVocabulary}, of a text. */
export function parseVocabulary(text: string, file: string): LoadedVocabulary {
  return vocabularyOf(parseYaml(text, file), file);
}

function vocabularyOf(read: YamlFile, file: string): LoadedVocabulary {
  if (!read.ok) return read;
  const source = { file, value: read.value, locate: read.locate };
  const problems = modelProblems(vocabularyModel, source, 'vocabulary');
  if (problems.length > 0) return { ok: false, problems };

  const { terms } = read.value as z.infer<typeof vocabularyModel>;
  const named = new Map<string, Term>();
  const byWord = new Map<string, readonly Term[]>();
  for (const [term, body] of Object.entries(terms)) {
    const entry: Term = { term, ...body };
    named.set(term, entry);
    const words: [string, (string | number)[]][] = [[term, ['terms', term]], ...(body.synonyms ?? []).map((word, index): [string, (string | number)[]] => [word, ['terms', term, 'synonyms', index]])];
    for (const [word, path] of words) {
      const others = meanings(word);
      const taken = others.find(({ context }) => context === undefined || entry.context === undefined || context === entry.context);
      if (taken !== undefined) problems.push(ambiguous(word, taken, path));
      else byWord.set(word.toLowerCase(), [...others, entry]);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, vocabulary: {
    file, terms: named, meanings,
    find: (name, context) => {
      const found = meanings(name);
      return found.length === 1 ? found[0] : found.find((each) => each.context === context);
    },
    placeOf: (term) => {
      const { line, column } = source.locate(['terms', term], 'key');
      return { file, line, column };
    },
  } };

  function meanings(word: string): readonly Term[] {
    return byWord.get(word.toLowerCase()) ?? [];
  }

  function ambiguous(word: string, taken: Term, at: (string | number)[]): Problem {
    const { line, column } = source.locate(at, 'key');
    return {
      id: 'vocabulary/ambiguous', severity: 'error', file, line, column, path: at.join('.'),
      message: `\`${word}\` already means \`${taken.term}\``, received: word, remedy: 'give each word one meaning in a context: rename the term, drop the synonym, or write the `context` of both',
    };
  }
}
