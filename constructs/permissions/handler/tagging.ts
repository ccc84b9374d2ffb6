import {
  AddLFTagsToResourceCommand, BatchGrantPermissionsCommand, CreateLFTagCommand, GetLFTagCommand, GetResourceLFTagsCommand, UpdateLFTagCommand,
  type LakeFormationClient, type LFTagPair, type Resource,
} from '@aws-sdk/client-lakeformation';
import { HandlerError } from '../../handlers/custom-resource';
import { LF_TAGS, type LfTag, type LfTagValues } from '../lf-tags';
import { unless } from '../../handlers/sdk';
import { type Patience } from '../../lake-formation/patience';

/** What a table is to be tagged with. */
export interface TableTags {
  readonly database: string;
  readonly table: string;
  readonly tags: LfTagValues;
  /** By name; a column that is not here has those of its table. */
  readonly columns: Readonly<Record<string, LfTagValues>>;
}

/** The LF-tags of one account. A key has one value on a resource, so to add one is to replace it. */
export class Tagging {
  constructor(private readonly client: LakeFormationClient, private readonly catalogId: string, private readonly patience: Patience) {}

  /**
   * Makes the keys and values, and lets `role` tag with them: an administrator may not with keys that somebody else has made.
   * https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-adding-tag-creator.html
   */
  async ensure(values: Readonly<Record<LfTag, readonly string[]>>, role: string): Promise<void> {
    for (const [tag, wanted] of Object.entries(values) as [LfTag, readonly string[]][]) await this.ensureKey(LF_TAGS[tag], wanted);
    const CatalogId = this.catalogId;
    const { Failures: [failure] = [] } = await this.patience.with(() => this.client.send(new BatchGrantPermissionsCommand({
      CatalogId,
      Entries: (Object.entries(values) as [LfTag, readonly string[]][]).map(([tag, wanted]) => ({
        Id: tag, Principal: { DataLakePrincipalIdentifier: role }, Permissions: ['ASSOCIATE'],
        Resource: { LFTag: { CatalogId, TagKey: LF_TAGS[tag], TagValues: [...wanted] } },
      })),
    })));
    if (failure) throw new HandlerError(`${role} may not tag with ${failure.RequestEntry?.Id ?? 'an LF-tag'}: ${failure.Error?.ErrorMessage ?? ''}`, 'ask the platform team whether this handler is an administrator of Lake Formation');
  }

  async tagDatabase(database: string, wanted: LfTagValues): Promise<void> {
    const resource: Resource = { Database: { CatalogId: this.catalogId, Name: database } };
    const { LFTagOnDatabase } = await this.read(resource);
    await this.add(resource, missing(wanted, LFTagOnDatabase), database);
  }

  async tagTable({ database, table, tags, columns }: TableTags): Promise<void> {
    const name = { CatalogId: this.catalogId, DatabaseName: database, Name: table };
    const { LFTagsOnTable, LFTagsOnColumns = [] } = await this.read({ Table: name });
    await this.add({ Table: name }, missing(tags, LFTagsOnTable), `${database}.${table}`);
    // Columns that need the same are tagged with one call.
    const alike = new Map<string, string[]>();
    for (const [column, wanted] of Object.entries(columns)) {
      const lacking = missing(wanted, LFTagsOnColumns.find(({ Name }) => Name === column)?.LFTags);
      if (lacking.length > 0) alike.set(JSON.stringify(lacking), [...alike.get(JSON.stringify(lacking)) ?? [], column]);
    }
    for (const [lacking, names] of alike) {
      await this.add({ TableWithColumns: { ...name, ColumnNames: names } }, JSON.parse(lacking) as LFTagPair[], `${names.join(', ')} of ${database}.${table}`);
    }
  }

  private async ensureKey(TagKey: string, wanted: readonly string[]): Promise<void> {
    const key = { CatalogId: this.catalogId, TagKey };
    const present = await this.valuesOf(TagKey) ?? await this.createKey(TagKey, wanted);
    const TagValuesToAdd = wanted.filter((value) => !present.includes(value));
    if (TagValuesToAdd.length === 0) return;
    try {
      await this.patience.with(() => this.client.send(new UpdateLFTagCommand({ ...key, TagValuesToAdd })));
    } catch (error) {
      // Another product of the domain may have added the same value meanwhile, or our own first attempt that got no answer.
      const now = await this.valuesOf(TagKey) ?? [];
      if (!wanted.every((value) => now.includes(value))) throw error;
    }
  }

  private async createKey(TagKey: string, wanted: readonly string[]): Promise<readonly string[]> {
    try {
      await this.patience.with(() => this.client.send(new CreateLFTagCommand({ CatalogId: this.catalogId, TagKey, TagValues: [...wanted] })));
      return wanted;
    } catch (error) {
      const present = await this.valuesOf(TagKey);
      if (present === undefined) throw error;
      return present;
    }
  }

  private async valuesOf(TagKey: string): Promise<readonly string[] | undefined> {
    const found = await unless('EntityNotFoundException', this.patience.with(() => this.client.send(new GetLFTagCommand({ CatalogId: this.catalogId, TagKey }))));
    return found === undefined ? undefined : found.TagValues ?? [];
  }

  private read(Resource: Resource): Promise<{ LFTagOnDatabase?: LFTagPair[]; LFTagsOnTable?: LFTagPair[]; LFTagsOnColumns?: { Name?: string; LFTags?: LFTagPair[] }[] }> {
    // Own tags alone: what is inherited today may be another tomorrow.
    return this.patience.with(() => this.client.send(new GetResourceLFTagsCommand({ CatalogId: this.catalogId, Resource, ShowAssignedLFTags: true })));
  }

  private async add(Resource: Resource, LFTags: LFTagPair[], what: string): Promise<void> {
    if (LFTags.length === 0) return;
    for (let attempt = 0; ; attempt += 1) {
      const { Failures: [failure] = [] } = await this.patience.with(() => this.client.send(new AddLFTagsToResourceCommand({ CatalogId: this.catalogId, Resource, LFTags })));
      if (failure === undefined) return;
      const cause = { name: failure.Error?.ErrorCode ?? 'unknown', message: failure.Error?.ErrorMessage ?? 'no reason given' };
      if (!await this.patience.again(cause, attempt)) {
        throw new HandlerError(`Lake Formation refused to tag ${what} with ${failure.LFTag?.TagKey ?? 'an LF-tag'}: ${cause.name}: ${cause.message}`, 'deploy again; if it persists, ask the platform team');
      }
    }
  }
}

function missing(wanted: LfTagValues, present: readonly LFTagPair[] | undefined): LFTagPair[] {
  return (Object.entries(wanted) as [LfTag, string][])
    .filter(([tag, value]) => present?.find(({ TagKey }) => TagKey === LF_TAGS[tag])?.TagValues?.[0] !== value)
    .map(([tag, value]) => ({ TagKey: LF_TAGS[tag], TagValues: [value] }));
}
