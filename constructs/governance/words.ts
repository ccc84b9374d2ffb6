import { type FormType } from '../catalogue/form-types';

/** A term of the glossary, as DataZone shows it. */
export interface GlossaryTerm {
  readonly term: string;
  /** The glossary that it stands in: the context in which it means this. */
  readonly glossary: string;
  /** At most 1,024 characters. */
  readonly short: string;
  /** At most 4,096 characters. */
  readonly long: string;
}

/** What the platform says in the catalogue for everybody: terms of the vocabulary, and types of the forms that products fill in. */
export interface CatalogueWords {
  readonly terms: readonly GlossaryTerm[];
  readonly forms: readonly FormType[];
}
