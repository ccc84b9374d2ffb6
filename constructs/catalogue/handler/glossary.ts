import { SearchCommand } from '@aws-sdk/client-datazone';
import { type Plan } from '../../../lib/plan/plan-schema';
import { type Platform } from '../../datazone/platform';

/** DataZone's limit on one entity. */
const MOST_TERMS = 20;

/**
 * Ids of the platform's glossary terms that the contract names; those that the glossary does not have are named. The glossary is
 * the platform's, made from the vocabulary of the whole mesh: no product writes into it.
 */
export async function glossaryTerms({ datazone, domainIdentifier }: Platform, plan: Plan): Promise<{ readonly ids: string[]; readonly missing: string[] }> {
  const ids: string[] = [];
  const missing: string[] = [];
  for (const { term } of plan.catalogue.terms) {
    const { items } = await datazone.send(new SearchCommand({ domainIdentifier, searchScope: 'GLOSSARY_TERM', searchText: term, maxResults: 50 }));
    const found = items?.map(({ glossaryTermItem }) => glossaryTermItem).find((item) => item?.name?.toLowerCase() === term.toLowerCase() && item.status !== 'DISABLED');
    if (found?.id === undefined) missing.push(term);
    else ids.push(found.id);
  }
  return { ids, missing };
}

/** Ids of glossary terms: those that the contract names now, and those that it named when the entity was last revised. */
export interface Terms {
  readonly now: readonly string[];
  readonly before: readonly string[];
}

/** Ours beside those that somebody else has put there; what the contract no longer names goes. */
export function mergedTerms(there: readonly string[], { now, before }: Terms): string[] {
  const theirs = there.filter((id) => !before.includes(id) && !now.includes(id));
  return [...theirs, ...now].slice(0, MOST_TERMS);
}
