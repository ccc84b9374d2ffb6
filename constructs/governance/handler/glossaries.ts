import {
  CreateGlossaryCommand, CreateGlossaryTermCommand, type DataZoneClient, type GlossaryTermItem, SearchCommand, type SearchInventoryResultItem, UpdateGlossaryTermCommand,
} from '@aws-sdk/client-datazone';
import { clientToken, isError } from '../../handlers/sdk';
import { type GlossaryTerm } from '../words';

/** What a reconciliation has done, in terms. */
export interface Done {
  made: number;
  changed: number;
  /** No longer in the vocabulary: switched off, since assets may still carry them. */
  retired: number;
  /** DataZone had them already, and did not find them yet: the next deployment looks again. */
  readonly unseen: string[];
}

/** The platform's glossaries: what the vocabulary says, in its project. Terms of other projects are theirs. */
export class Glossaries {
  constructor(private readonly datazone: DataZoneClient, private readonly domainIdentifier: string, private readonly project: string, private readonly scope: string) {}

  async reconcile(terms: readonly GlossaryTerm[]): Promise<Done> {
    const done: Done = { made: 0, changed: 0, retired: 0, unseen: [] };
    const glossaries = await this.glossaries([...new Set(terms.map(({ glossary }) => glossary))]);
    const there = (await this.search('GLOSSARY_TERM')).flatMap(({ glossaryTermItem }) => glossaryTermItem ?? []);
    for (const term of terms) {
      const glossary = glossaries.get(term.glossary);
      const found = there.find(({ name }) => name === term.term);
      if (glossary === undefined) done.unseen.push(term.term);
      else if (found !== undefined) done.changed += await this.change(found, term, glossary);
      else if (await this.make(term, glossary)) done.made += 1;
      else done.unseen.push(term.term);
    }
    for (const gone of there.filter(({ name, status }) => status === 'ENABLED' && !terms.some(({ term }) => term === name))) {
      await this.datazone.send(new UpdateGlossaryTermCommand({ domainIdentifier: this.domainIdentifier, identifier: gone.id, status: 'DISABLED' }));
      done.retired += 1;
    }
    return done;
  }

  /** Ids by name; what is missing is made. */
  private async glossaries(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Map((await this.search('GLOSSARY')).flatMap(({ glossaryItem }) => (glossaryItem === undefined ? [] : [[glossaryItem.name!, glossaryItem.id!] as const])));
    for (const name of names.filter((each) => !ids.has(each))) {
      const { domainIdentifier, project } = this;
      try {
        const { id } = await this.datazone.send(new CreateGlossaryCommand({
          domainIdentifier, owningProjectIdentifier: project, name, status: 'ENABLED', description: `What words mean in ${name}`, clientToken: clientToken('glossary', project, name),
        }));
        ids.set(name, id!);
      } catch (error) {
        if (!isError(error, 'ConflictException')) throw error;
      }
    }
    return ids;
  }

  private async make({ term, short, long }: GlossaryTerm, glossaryIdentifier: string): Promise<boolean> {
    try {
      await this.datazone.send(new CreateGlossaryTermCommand({
        domainIdentifier: this.domainIdentifier, glossaryIdentifier, name: term, shortDescription: short, longDescription: long, status: 'ENABLED',
        clientToken: clientToken('term', this.scope, glossaryIdentifier, term),
      }));
      return true;
    } catch (error) {
      if (!isError(error, 'ConflictException')) throw error;
      return false;
    }
  }

  private async change(there: GlossaryTermItem, { short, long }: GlossaryTerm, glossaryIdentifier: string): Promise<number> {
    if (there.shortDescription === short && there.longDescription === long && there.glossaryId === glossaryIdentifier && there.status === 'ENABLED') return 0;
    await this.datazone.send(new UpdateGlossaryTermCommand({
      domainIdentifier: this.domainIdentifier, identifier: there.id, glossaryIdentifier, shortDescription: short, longDescription: long, status: 'ENABLED',
    }));
    return 1;
  }

  private async search(searchScope: 'GLOSSARY' | 'GLOSSARY_TERM'): Promise<SearchInventoryResultItem[]> {
    const found: SearchInventoryResultItem[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.datazone.send(new SearchCommand({ domainIdentifier: this.domainIdentifier, owningProjectIdentifier: this.project, searchScope, maxResults: 50, nextToken }));
      found.push(...page.items ?? []);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }
}
