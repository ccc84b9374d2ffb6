import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import * as dz from '@aws-sdk/client-datazone';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { strictMock } from '../../support/strict-mock';

const datazone = strictMock(dz.DataZoneClient, 'datazone');
const ssm = strictMock(SSMClient, 'ssm');
const sts = strictMock(STSClient, 'sts');
const s3 = strictMock(S3Client, 's3');
const dynamo = strictMock(DynamoDBClient, 'dynamodb');
const cloudtrail = strictMock(CloudTrailClient, 'cloudtrail');

export const DOMAIN_ID = 'dzd_shoply';
export const PUBLISHER = 'arn:aws:iam::444455556666:role/mesh-platform/sales/mesh-sales-catalogue-publisher';
const PROFILE_ID = '00000000-0000-0000-0000-000000000001';

/** Something that DataZone does behind its answer: done once it was looked at so often. */
interface Slow { looks: number }
interface Project extends Slow { readonly id: string; readonly name: string; readonly members: string[] }
interface Source extends Slow { readonly id: string; readonly name: string; readonly where: string; filters: dz.RelationalFilterConfiguration[]; publishOnImport: boolean }
interface Run extends Slow { readonly id: string; readonly source: string; readonly at: Date; activities: dz.DataSourceRunActivity[] }
interface Revision { readonly name: string; readonly description?: string; readonly forms: dz.FormOutput[]; readonly terms: string[]; readonly items: dz.DataProductItem[] }
interface Entity extends Slow { readonly id: string; readonly project: string; readonly external?: string; readonly revisions: Revision[] }
interface Listing extends Slow { readonly id: string; readonly entity: string; readonly kind: 'ASSET' | 'DATA_PRODUCT'; entityRevision: string; revision: number; wanted: 'ACTIVE' | 'INACTIVE' }

/** A table as the Glue catalogue has it: its columns. */
export type GlueTables = Map<string, string[]>;

/**
 * DataZone with one domain, the platform's account around it, and the domain's account, as far as the handler asks them. It refuses what
 * DataZone is known to refuse, and does slowly what it is known to do slowly. A token that comes again gives the first answer again.
 */
export class FakeDataZone {
  /** How often something has to be looked at until it is done; Infinity for never. */
  slowness = 1;
  /** What the platform's account has. */
  parameters: Record<string, string> = { '/mesh/catalogue/domain-id': DOMAIN_ID, '/mesh/catalogue/project-profile-id/sales': 'profile1' };
  roleIsThere = true;
  /** Whether projects have an environment in the data domain's account, and with it a connection to its lake. */
  environments = true;
  readonly glue: GlueTables = new Map();
  readonly projects: Project[] = [];
  readonly sources: Source[] = [];
  readonly runs: Run[] = [];
  readonly assets: Entity[] = [];
  readonly products: Entity[] = [];
  readonly listings: Listing[] = [];
  readonly formTypes = new Map<string, string>([['amazon.datazone.DataQualityResultFormType', '8'], ['amazon.datazone.GlueTableFormType', '5']]);
  readonly terms = new Map<string, string>();
  /** Listings that a consumer is subscribed to. */
  readonly subscribed: string[] = [];
  readonly quality: { readonly asset: string; readonly at: Date; readonly content: Record<string, unknown> }[] = [];
  readonly lineage: Record<string, unknown>[] = [];
  readonly objects = new Map<string, Buffer>();
  readonly runTable = new MemoryDynamoDb('mesh-sales-runs');
  /** Names of all calls that change something. */
  readonly changes: string[] = [];
  /** ARNs of the roles that were made members. */
  readonly members = new Set<string>();
  /** As some domains of DataZone do. */
  refusesRoles = false;
  refuseImport: string | undefined;
  /** What the history of the platform's account has: the name of a call, what it asked, and who. */
  readonly history: { readonly name: string; readonly asked: object; readonly arn: string }[] = [];
  /** Calls whose next answer does not arrive: what they ask for is done. */
  readonly lost = new Set<string>();
  /** Lets no asset go. */
  keepsAssets = false;

  private readonly tokens = new Map<string, { readonly asked: string; readonly answer: object }>();
  private numbers = 0;
  private clock = Date.parse('2030-01-01T00:00:00Z');

  constructor() {
    for (const mock of [datazone, ssm, sts, s3, dynamo, cloudtrail]) mock.reset();
    this.runTable.answer(dynamo);
    sts.on(AssumeRoleCommand).callsFake(({ RoleArn }: { RoleArn: string }) => {
      if (!this.roleIsThere || RoleArn !== PUBLISHER) throw named('AccessDenied', 'is not authorized to perform: sts:AssumeRole');
      return { Credentials: { AccessKeyId: 'ASIA0123456789ABCDEF', SecretAccessKey: 's', SessionToken: 't', Expiration: new Date() } };
    });
    ssm.on(GetParametersCommand).callsFake(({ Names }: { Names: string[] }) => ({
      Parameters: Names.filter((name) => name in this.parameters).map((Name) => ({ Name, Value: this.parameters[Name] })), InvalidParameters: Names.filter((name) => !(name in this.parameters)),
    }));
    s3.on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const bytes = this.objects.get(`s3://${Bucket}/${Key}`);
      if (bytes === undefined) throw named('NoSuchKey', 'The specified key does not exist.');
      return { Body: Object.assign(Uint8Array.from(bytes), { transformToByteArray: () => Promise.resolve(bytes) }) };
    });
    cloudtrail.on(LookupEventsCommand).callsFake(({ LookupAttributes: [{ AttributeValue }] }: { LookupAttributes: { AttributeValue: string }[] }) => ({
      Events: this.history.filter(({ name }) => name === AttributeValue).map(({ name, asked, arn }) => ({
        EventName: name, EventTime: new Date('2030-01-02T10:00:00Z'), CloudTrailEvent: JSON.stringify({ userIdentity: { type: 'AssumedRole', arn }, requestParameters: asked }),
      })),
    }));
    this.answerProjects();
    this.answerDataSources();
    this.answerAssets();
    this.answerProducts();
    this.answerListings();
    this.on(dz.PostTimeSeriesDataPointsCommand, (input: dz.PostTimeSeriesDataPointsInput) => this.change('PostTimeSeriesDataPoints', input, () => {
      this.find(this.assets, input.entityIdentifier!);
      for (const { timestamp, content } of input.forms!) this.quality.push({ asset: input.entityIdentifier!, at: timestamp!, content: JSON.parse(content!) as Record<string, unknown> });
      return { domainId: DOMAIN_ID, entityId: input.entityIdentifier };
    }));
    this.on(dz.PostLineageEventCommand, (input: dz.PostLineageEventInput) => this.change('PostLineageEvent', { ...input, event: Buffer.from(input.event!).toString() }, () => {
      this.lineage.push(JSON.parse(Buffer.from(input.event!).toString()) as Record<string, unknown>);
      return { domainId: DOMAIN_ID };
    }));
  }

  /** What consumers find: names of listed products, each with the assets that come with it. */
  listed(): Record<string, string[]> {
    return Object.fromEntries(this.listings.filter(({ kind, wanted, looks }) => kind === 'DATA_PRODUCT' && wanted === 'ACTIVE' && looks <= 0).map((listing) => {
      const product = this.find(this.products, listing.entity);
      const revision = product.revisions[Number(listing.entityRevision) - 1];
      return [revision.name, revision.items.map(({ identifier }) => this.latest(this.find(this.assets, identifier!)).name)];
    }));
  }

  /** Content of a form of the latest revision. */
  form(entity: Entity, name: string): Record<string, string> | undefined {
    const content = this.latest(entity).forms.find(({ formName }) => formName === name)?.content;
    return content === undefined ? undefined : JSON.parse(content) as Record<string, string>;
  }

  latest({ revisions }: Entity): Revision {
    return revisions.at(-1)!;
  }

  /** Somebody else writes on an entity. */
  revise(entity: Entity, change: (revision: Revision) => Revision): void {
    entity.revisions.push(change(this.latest(entity)));
  }

  /** A project of the domain, as its foundation makes it. */
  addProject(members: string[] = [PROFILE_ID]): Project {
    const project = { id: this.id('project'), name: 'mesh-sales', looks: 0, members };
    this.projects.push(project);
    return project;
  }

  private on<Input>(command: new (input: never) => unknown, answer: (input: Input) => object): void {
    datazone.on(command as never).callsFake(answer);
  }

  private answerProjects(): void {
    this.on(dz.ListProjectsCommand, ({ name }: { name?: string }) => ({
      items: this.projects.filter((each) => name === undefined || each.name.startsWith(name)).map(({ id, name: own }) => ({ domainId: DOMAIN_ID, id, name: own, createdBy: 'somebody' })),
    }));
    this.on(dz.CreateProjectCommand, (input: dz.CreateProjectInput) => {
      this.changes.push('CreateProject');
      if (this.projects.some(({ name }) => name === input.name)) throw named('ConflictException', 'a project of that name exists');
      const { id } = this.addProject();
      this.projects.at(-1)!.looks = this.slowness;
      return { domainId: DOMAIN_ID, id, name: input.name, createdBy: PUBLISHER };
    });
    this.on(dz.GetProjectCommand, ({ identifier }: { identifier: string }) => {
      const project = this.find(this.projects, identifier);
      return { domainId: DOMAIN_ID, id: project.id, name: project.name, createdBy: 'somebody', projectStatus: 'ACTIVE', environmentDeploymentDetails: { overallDeploymentStatus: this.done(project) ? 'SUCCESSFUL' : 'IN_PROGRESS' } };
    });
    this.on(dz.GetUserProfileCommand, ({ userIdentifier }: { userIdentifier: string }) => {
      if (userIdentifier !== PUBLISHER && !this.members.has(userIdentifier)) throw named('ResourceNotFoundException', 'no such user');
      return { domainId: DOMAIN_ID, id: userIdentifier === PUBLISHER ? PROFILE_ID : userIdentifier, type: 'IAM' };
    });
    this.on(dz.ListProjectMembershipsCommand, ({ projectIdentifier }: { projectIdentifier: string }) => ({
      members: this.find(this.projects, projectIdentifier).members.map((userId) => ({ memberDetails: { user: { userId } }, designation: 'PROJECT_OWNER' })),
    }));
    this.on(dz.CreateProjectMembershipCommand, ({ projectIdentifier, member, designation }: dz.CreateProjectMembershipInput) => {
      const { userIdentifier = '' } = member as { userIdentifier?: string };
      if (this.refusesRoles && userIdentifier !== PUBLISHER) throw named('AccessDeniedException', 'User is not permitted to perform this operation');
      this.changes.push(`CreateProjectMembership ${userIdentifier.slice(userIdentifier.lastIndexOf('-') + 1)} ${designation}`);
      this.members.add(userIdentifier);
      this.find(this.projects, projectIdentifier!).members.push(userIdentifier === PUBLISHER ? PROFILE_ID : userIdentifier);
      return {};
    });
    this.on(dz.ListConnectionsCommand, ({ projectIdentifier, name }: { projectIdentifier: string; name: string }) => ({
      items: this.projects.filter(({ id, looks }) => id === projectIdentifier && looks <= 0)
        .map(() => ({ connectionId: 'connection1', domainId: DOMAIN_ID, domainUnitId: 'root', name, physicalEndpoints: [], type: 'IAM' })),
    }));
    this.on(dz.ListEnvironmentsCommand, ({ projectIdentifier, awsAccountId }: { projectIdentifier: string; awsAccountId: string }) => ({
      items: this.environments ? [{ projectId: projectIdentifier, id: 'environment1', domainId: DOMAIN_ID, createdBy: 'somebody', name: 'lake', provider: 'Amazon DataZone', awsAccountId, status: 'ACTIVE' }] : [],
    }));
  }

  private answerDataSources(): void {
    this.on(dz.ListDataSourcesCommand, ({ projectIdentifier, name }: { projectIdentifier: string; name?: string }) => {
      this.find(this.projects, projectIdentifier);
      return { items: this.sources.filter((source) => name === undefined || source.name.startsWith(name)).map(({ id, name: own }) => ({ domainId: DOMAIN_ID, dataSourceId: id, name: own, type: 'GLUE', status: 'READY' })) };
    });
    this.on(dz.CreateDataSourceCommand, (input: dz.CreateDataSourceInput) => this.change('CreateDataSource', input, () => {
      if (this.sources.some(({ name }) => name === input.name)) throw named('ConflictException', 'a data source of that name exists');
      const source: Source = {
        id: this.id('source'), name: input.name!, where: input.connectionIdentifier ?? input.environmentIdentifier ?? '', looks: this.slowness,
        filters: input.configuration!.glueRunConfiguration!.relationalFilterConfigurations!, publishOnImport: input.publishOnImport === true,
      };
      this.sources.push(source);
      return this.shown(source);
    }));
    this.on(dz.GetDataSourceCommand, ({ identifier }: { identifier: string }) => {
      const source = this.find(this.sources, identifier);
      this.done(source);
      return this.shown(source);
    });
    this.on(dz.UpdateDataSourceCommand, (input: dz.UpdateDataSourceInput) => {
      this.changes.push('UpdateDataSource');
      const source = this.find(this.sources, input.identifier!);
      source.filters = input.configuration!.glueRunConfiguration!.relationalFilterConfigurations!;
      source.publishOnImport = input.publishOnImport === true;
      source.looks = this.slowness;
      return this.shown(source);
    });
    this.on(dz.DeleteDataSourceCommand, (input: dz.DeleteDataSourceInput) => this.change('DeleteDataSource', input, () => {
      const source = this.find(this.sources, input.identifier!);
      this.sources.splice(this.sources.indexOf(source), 1);
      return this.shown(source);
    }));
    this.on(dz.StartDataSourceRunCommand, (input: dz.StartDataSourceRunInput) => this.change('StartDataSourceRun', input, () => {
      const source = this.find(this.sources, input.dataSourceIdentifier!);
      if (source.looks > 0) throw named('ConflictException', 'the data source is not ready');
      if (this.runs.filter(({ source: of }) => of === source.id).length >= 25) throw named('ServiceQuotaExceededException', '25 runs a day');
      const run: Run = { id: this.id('run'), source: source.id, at: new Date(this.clock += 60_000), looks: this.slowness, activities: this.importing(source) };
      this.runs.push(run);
      return { domainId: DOMAIN_ID, ...this.shownRun(run) };
    }));
    this.on(dz.GetDataSourceRunCommand, ({ identifier }: { identifier: string }) => {
      const run = this.find(this.runs, identifier);
      this.done(run);
      return { domainId: DOMAIN_ID, ...this.shownRun(run) };
    });
    this.on(dz.ListDataSourceRunsCommand, ({ dataSourceIdentifier }: { dataSourceIdentifier: string }) => ({
      items: this.runs.filter(({ source }) => source === dataSourceIdentifier).map((run) => this.shownRun(run)),
    }));
    this.on(dz.ListDataSourceRunActivitiesCommand, ({ identifier, nextToken }: { identifier: string; nextToken?: string }) => {
      const { activities } = this.find(this.runs, identifier);
      const start = Number(nextToken ?? '0');
      return { items: activities.slice(start, start + 1), ...(start + 1 < activities.length ? { nextToken: String(start + 1) } : {}) };
    });
  }

  /** One activity for each table that the data source includes, with the asset that it makes or brings up to date. */
  private importing({ filters, id }: Source): dz.DataSourceRunActivity[] {
    return filters.flatMap(({ databaseName, filterExpressions }) => (filterExpressions ?? []).flatMap(({ expression }): dz.DataSourceRunActivity[] => {
      const columns = this.glue.get(`${databaseName}.${expression}`);
      if (columns === undefined) return [];
      const base = { database: databaseName, technicalName: expression, dataSourceRunId: id, projectId: 'project', createdAt: new Date(this.clock), updatedAt: new Date(this.clock) };
      if (this.refuseImport !== undefined) return [{ ...base, dataAssetStatus: 'SKIPPED_NO_ACCESS', errorMessage: { errorType: 'ACCESS_DENIED_EXCEPTION', errorDetail: this.refuseImport } }];
      const external = `arn:aws:glue:eu-west-1:111122223333:table/${databaseName}/${expression}`;
      const table = { formName: 'GlueTableForm', typeName: 'amazon.datazone.GlueTableFormType', typeRevision: '5', content: JSON.stringify({ tableName: expression, columns: columns.map((columnName) => ({ columnName, dataType: 'string' })) }) };
      const known = this.assets.find((asset) => asset.external === external);
      if (known !== undefined) {
        if (this.latest(known).forms.some(({ content }) => content === table.content)) return [{ ...base, dataAssetStatus: 'UNCHANGED', dataAssetId: known.id }];
        this.revise(known, (revision) => ({ ...revision, forms: revision.forms.map((form) => (form.formName === 'GlueTableForm' ? table : form)) }));
        return [{ ...base, dataAssetStatus: 'SUCCEEDED_UPDATED', dataAssetId: known.id }];
      }
      const reference = { formName: 'DataSourceReferenceForm', typeName: 'amazon.datazone.DataSourceReferenceFormType', typeRevision: '2', content: JSON.stringify({ dataSourceIdentifier: { id } }) };
      const asset: Entity = { id: this.id('asset'), project: 'project', external, looks: 0, revisions: [{ name: expression!, forms: [table, reference], terms: [], items: [] }] };
      this.assets.push(asset);
      return [{ ...base, dataAssetStatus: 'SUCCEEDED_CREATED', dataAssetId: asset.id }];
    }));
  }

  private answerAssets(): void {
    this.on(dz.GetAssetCommand, ({ identifier }: { identifier: string }) => this.shownAsset(this.find(this.assets, identifier)));
    this.on(dz.CreateAssetCommand, (input: dz.CreateAssetInput) => this.change('CreateAsset', input, () => {
      if (this.assets.some(({ external }) => external === input.externalIdentifier)) throw named('ConflictException', 'an asset of that external identifier exists');
      const forms = this.checkedForms(input.formsInput ?? []);
      if (!forms.some(({ formName }) => formName === 'GlueTableForm')) throw named('ValidationException', 'GlueTableForm is required');
      const asset: Entity = {
        id: this.id('asset'), project: input.owningProjectIdentifier!, external: input.externalIdentifier, looks: 0,
        revisions: [{ name: input.name!, description: input.description, forms, terms: input.glossaryTerms ?? [], items: [] }],
      };
      this.assets.push(asset);
      return this.shownAsset(asset);
    }));
    this.on(dz.CreateAssetRevisionCommand, (input: dz.CreateAssetRevisionInput) => this.change('CreateAssetRevision', input, () => {
      const asset = this.find(this.assets, input.identifier!);
      const forms = this.checkedForms(input.formsInput ?? []);
      if (!forms.some(({ formName }) => formName === 'GlueTableForm')) throw named('ValidationException', 'GlueTableForm is required');
      asset.revisions.push({ name: input.name!, description: input.description, forms, terms: input.glossaryTerms ?? [], items: [] });
      return this.shownAsset(asset);
    }));
    this.on(dz.DeleteAssetCommand, ({ identifier }: { identifier: string }) => {
      this.changes.push('DeleteAsset');
      const asset = this.find(this.assets, identifier);
      if (this.keepsAssets) throw named('ConflictException', 'an earlier revision of a data product has the asset');
      if (this.products.some((product) => this.latest(product).items.some((item) => item.identifier === identifier))) throw named('ConflictException', 'the asset is in a data product');
      if (this.listingOf(identifier)?.wanted === 'ACTIVE') throw named('ConflictException', 'the asset is published');
      this.assets.splice(this.assets.indexOf(asset), 1);
      return {};
    });
    this.on(dz.GetFormTypeCommand, ({ formTypeIdentifier }: { formTypeIdentifier: string }) => {
      const revision = this.formTypes.get(formTypeIdentifier);
      if (revision === undefined) throw named('ResourceNotFoundException', 'no such form type');
      return { domainId: DOMAIN_ID, name: formTypeIdentifier, revision, model: { smithy: 'structure Any {}' } };
    });
    this.on(dz.CreateFormTypeCommand, ({ name }: { name: string }) => {
      this.changes.push('CreateFormType');
      if (this.formTypes.has(name)) throw named('ConflictException', 'a form type of that name exists');
      this.formTypes.set(name, '1');
      return { domainId: DOMAIN_ID, name, revision: '1' };
    });
    this.on(dz.SearchCommand, ({ searchScope, searchText }: { searchScope: string; searchText: string }) => ({ items: this.searched(searchScope, searchText) }));
  }

  private searched(scope: string, text: string): dz.SearchInventoryResultItem[] {
    switch (scope) {
      // a search is no comparison
      case 'GLOSSARY_TERM': return [...this.terms].filter(([name]) => name.toLowerCase().includes(text.toLowerCase()))
        .map(([name, id]) => ({ glossaryTermItem: { domainId: DOMAIN_ID, glossaryId: 'glossary', id, name, status: 'ENABLED' } }));
      case 'ASSET': return this.assets.map((asset) => ({
        assetItem: { domainId: DOMAIN_ID, identifier: asset.id, name: this.latest(asset).name, typeIdentifier: 'amazon.datazone.GlueTableAssetType', typeRevision: '7', externalIdentifier: asset.external, owningProjectId: asset.project },
      }));
      default: return this.products.map((product) => ({ dataProductItem: { domainId: DOMAIN_ID, id: product.id, name: this.latest(product).name, owningProjectId: product.project } }));
    }
  }

  private answerProducts(): void {
    this.on(dz.CreateDataProductCommand, (input: dz.CreateDataProductInput) => this.change('CreateDataProduct', input, () => {
      if (this.products.some((product) => this.latest(product).name === input.name)) throw named('ConflictException', 'a data product of that name exists');
      const product: Entity = { id: this.id('product'), project: input.owningProjectIdentifier!, looks: this.slowness, revisions: [this.revision(input)] };
      this.products.push(product);
      return this.shownProduct(product);
    }));
    this.on(dz.CreateDataProductRevisionCommand, (input: dz.CreateDataProductRevisionInput) => this.change('CreateDataProductRevision', input, () => {
      const product = this.find(this.products, input.identifier!);
      product.revisions.push(this.revision(input));
      product.looks = this.slowness;
      return this.shownProduct(product);
    }));
    this.on(dz.GetDataProductCommand, ({ identifier }: { identifier: string }) => {
      const product = this.find(this.products, identifier);
      this.done(product);
      return this.shownProduct(product);
    });
    this.on(dz.DeleteDataProductCommand, ({ identifier }: { identifier: string }) => {
      this.changes.push('DeleteDataProduct');
      const product = this.find(this.products, identifier);
      if (this.listingOf(identifier)?.wanted === 'ACTIVE') throw named('ConflictException', 'the data product is published');
      this.products.splice(this.products.indexOf(product), 1);
      return {};
    });
  }

  private answerListings(): void {
    this.on(dz.CreateListingChangeSetCommand, (input: dz.CreateListingChangeSetInput) => this.change('CreateListingChangeSet', input, () => {
      const entity = this.find([...this.products, ...this.assets], input.entityIdentifier!);
      if (entity.looks > 0) throw named('ConflictException', 'it is still being made');
      let listing = this.listingOf(entity.id);
      if (input.action === 'UNPUBLISH' && listing === undefined) throw named('ResourceNotFoundException', 'it is not published');
      if (listing === undefined) {
        listing = { id: this.id('listing'), entity: entity.id, kind: input.entityType!, entityRevision: '', revision: 0, wanted: 'INACTIVE', looks: 0 };
        this.listings.push(listing);
      }
      Object.assign(listing, { revision: listing.revision + 1, wanted: input.action === 'PUBLISH' ? 'ACTIVE' : 'INACTIVE', looks: this.slowness, ...(input.action === 'PUBLISH' ? { entityRevision: input.entityRevision ?? String(entity.revisions.length) } : {}) });
      return { listingId: listing.id, listingRevision: String(listing.revision), status: 'CREATING' };
    }));
    this.on(dz.GetListingCommand, ({ identifier }: { identifier: string }) => {
      const listing = this.find(this.listings, identifier);
      const status = this.done(listing) ? listing.wanted : 'CREATING';
      return { domainId: DOMAIN_ID, id: listing.id, listingRevision: String(listing.revision), status, item: { dataProductListing: { dataProductId: listing.entity, dataProductRevision: listing.entityRevision } } };
    });
    this.on(dz.ListSubscriptionsCommand, ({ subscribedListingId }: { subscribedListingId: string }) => ({
      items: this.subscribed.filter((id) => id === subscribedListingId).map((listing) => ({
        id: 'subscription1', domainId: DOMAIN_ID, status: 'APPROVED', createdBy: 'somebody', createdAt: new Date(this.clock), updatedAt: new Date(this.clock),
        subscribedPrincipal: { project: { id: 'consumer', name: 'reporting' } },
        subscribedListing: { id: listing, name: 'sales/orders v1', description: 'orders', ownerProjectId: 'project', item: { productListing: { entityId: 'product' } } },
      })),
    }));
  }

  /** Once per token, with the first answer for every later request of the same; the same token for something else is a fault of the handler. */
  private change(name: string, input: { clientToken?: string; event?: unknown }, make: () => object): object {
    if (input.clientToken === undefined) throw new Error(`${name} without a token`);
    const asked = `${name} ${JSON.stringify(input)}`;
    const known = this.tokens.get(input.clientToken);
    if (known !== undefined) {
      if (known.asked !== asked) throw new Error(`one token for two requests:\n${known.asked}\n${asked}`);
      return known.answer;
    }
    const answer = make();
    this.changes.push(name);
    if (this.lost.delete(name)) throw named('TimeoutError', 'no answer');
    this.tokens.set(input.clientToken, { asked, answer });
    return answer;
  }

  private revision({ name, description, formsInput, glossaryTerms, items }: dz.CreateDataProductRevisionInput | dz.CreateDataProductInput): Revision {
    for (const { identifier } of items ?? []) this.find(this.assets, identifier!);
    return { name: name!, description, forms: this.checkedForms(formsInput ?? []), terms: glossaryTerms ?? [], items: items ?? [] };
  }

  private checkedForms(forms: readonly dz.FormInput[]): dz.FormOutput[] {
    return forms.map(({ formName, typeIdentifier, typeRevision, content }) => {
      const own = this.formTypes.get(typeIdentifier!);
      if (!typeIdentifier!.startsWith('amazon.datazone.') && own === undefined) throw named('ValidationException', `no form type ${typeIdentifier}`);
      if (typeRevision === undefined || (own !== undefined && own !== typeRevision)) throw named('ValidationException', `${typeIdentifier} has no revision ${typeRevision}`);
      return { formName, typeName: typeIdentifier, typeRevision, content };
    });
  }

  private shown(source: Source): object {
    return { id: source.id, name: source.name, domainId: DOMAIN_ID, projectId: 'project', type: 'GLUE', status: source.looks > 0 ? 'CREATING' : 'READY', publishOnImport: source.publishOnImport, configuration: { glueRunConfiguration: { relationalFilterConfigurations: source.filters } } };
  }

  private shownRun({ id, source, at, looks, activities }: Run): dz.DataSourceRunSummary {
    const status = looks > 0 ? 'RUNNING' : activities.some(({ dataAssetStatus }) => dataAssetStatus === 'SKIPPED_NO_ACCESS') ? 'PARTIALLY_SUCCEEDED' : 'SUCCESS';
    return { id, dataSourceId: source, projectId: 'project', type: 'PRIORITIZED', status, createdAt: at, updatedAt: at };
  }

  private shownAsset(asset: Entity): object {
    const { name, description, forms, terms } = this.latest(asset);
    const listing = this.listingOf(asset.id);
    return {
      id: asset.id, name, description, domainId: DOMAIN_ID, owningProjectId: asset.project, typeIdentifier: 'amazon.datazone.GlueTableAssetType', typeRevision: '7', revision: String(asset.revisions.length),
      externalIdentifier: asset.external, formsOutput: forms, ...(terms.length > 0 ? { glossaryTerms: terms } : {}),
      ...(listing === undefined ? {} : { listing: { listingId: listing.id, listingStatus: listing.wanted } }),
    };
  }

  private shownProduct(product: Entity): object {
    const { name, description, forms, terms, items } = this.latest(product);
    return {
      id: product.id, name, description, domainId: DOMAIN_ID, owningProjectId: product.project, revision: String(product.revisions.length), status: product.looks > 0 ? 'CREATING' : 'CREATED',
      formsOutput: forms, ...(terms.length > 0 ? { glossaryTerms: terms } : {}), ...(items.length > 0 ? { items } : {}),
    };
  }

  private listingOf(entity: string): Listing | undefined {
    return this.listings.find((listing) => listing.entity === entity);
  }

  private done(slow: Slow): boolean {
    slow.looks -= 1;
    return slow.looks < 0;
  }

  private find<T extends { readonly id: string }>(all: readonly T[], id: string): T {
    const found = all.find((each) => each.id === id);
    if (found === undefined) throw named('ResourceNotFoundException', `there is no ${id}`);
    return found;
  }

  private id(kind: string): string {
    this.numbers += 1;
    return `${kind}${this.numbers}`;
  }
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}
