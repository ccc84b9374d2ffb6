import {
  CreateAssetRevisionCommand, GetAssetCommand, type GetAssetCommandOutput, GetDataSourceRunCommand, ListDataSourceRunActivitiesCommand, ListDataSourceRunsCommand,
  type DataAssetActivityStatus, type DataSourceRunActivity, type DataSourceRunSummary, StartDataSourceRunCommand,
} from '@aws-sdk/client-datazone';
import { type Plan, type PlanTable } from '../../../lib/plan/plan-schema';
import { HandlerError } from '../../handlers/custom-resource';
import { publishedTables } from './data-source';
import { asInput, mergedForms, type OwnForms, sameForms, TABLE_FORM } from './forms';
import { mergedTerms, type Terms } from './glossary';
import { type Platform } from '../../datazone/platform';
import { clientToken, orUndefined, sameSet } from '../../handlers/sdk';
import { type Clock, waitFor } from '../../handlers/waiting';

/** A published table in the catalogue, in the latest of its revisions. */
export interface Asset {
  readonly table: PlanTable;
  readonly asset: GetAssetCommandOutput;
}

/** Runs that are looked through for assets: each names all tables it has looked at. */
const LOOKED_AT = 5;
const OWN = new Set<DataAssetActivityStatus>(['SUCCEEDED_CREATED', 'SUCCEEDED_UPDATED', 'UNCHANGED']);

/**
 * The assets of the published tables, by one run of the data source where one is missing or its columns are not the plan's. A data
 * source may be run 25 times a day, so it is not run otherwise.
 */
export async function importedAssets(platform: Platform, dataSourceId: string, plan: Plan, scope: string, clock: Clock): Promise<Asset[]> {
  const before = await latestRuns(platform, dataSourceId);
  const known = await assetsOf(platform, plan, before);
  if (known.length === publishedTables(plan).length && known.every(hasColumnsOfPlan)) return known;
  const running = before.find(({ status }) => status === 'REQUESTED' || status === 'RUNNING');
  const runId = running?.id ?? (await platform.datazone.send(new StartDataSourceRunCommand({
    domainIdentifier: platform.domainIdentifier, dataSourceIdentifier: dataSourceId, clientToken: clientToken(scope, dataSourceId, before[0]?.id, plan.digests.contract),
  }))).id!;
  await untilRun(platform, runId, clock);
  const assets = await assetsOf(platform, plan, await latestRuns(platform, dataSourceId));
  for (const { table } of publishedTables(plan)) {
    if (!assets.some((asset) => asset.table.table === table)) throw new HandlerError(`DataZone did not import ${plan.databases.published}.${table}: ${await whyNot(platform, runId, table)}`, 'ask the platform team whether the project may read the domain\'s databases');
  }
  return assets;
}

/** What a data source has brought into the catalogue; what another one had brought before is that one's. */
export async function importedBy(platform: Platform, dataSourceId: string): Promise<string[]> {
  const ids = new Set<string>();
  for (const { id } of await latestRuns(platform, dataSourceId)) {
    for (const { dataAssetId, dataAssetStatus } of await activitiesOf(platform, id!)) {
      if (dataAssetId !== undefined && OWN.has(dataAssetStatus!)) ids.add(dataAssetId);
    }
  }
  return [...ids];
}

/** Brings our forms, terms and description onto an asset; everything else on it stays as it is. */
export async function reviseAsset({ datazone, domainIdentifier }: Platform, asset: GetAssetCommandOutput, description: string, own: OwnForms, terms: Terms): Promise<void> {
  const there = asset.formsOutput ?? [];
  const formsInput = mergedForms(there, own);
  const glossaryTerms = mergedTerms(asset.glossaryTerms ?? [], terms);
  if (asset.description === description && sameForms(there.map(asInput), formsInput) && sameSet(asset.glossaryTerms ?? [], glossaryTerms)) return;
  await datazone.send(new CreateAssetRevisionCommand({
    domainIdentifier, identifier: asset.id, name: asset.name, description, formsInput, typeRevision: asset.typeRevision,
    glossaryTerms: glossaryTerms.length === 0 ? undefined : glossaryTerms,
    clientToken: clientToken(asset.id, asset.revision, description, formsInput, glossaryTerms),
  }));
}

/** Newest first. */
async function latestRuns({ datazone, domainIdentifier }: Platform, dataSourceIdentifier: string): Promise<DataSourceRunSummary[]> {
  const { items } = await datazone.send(new ListDataSourceRunsCommand({ domainIdentifier, dataSourceIdentifier, maxResults: 50 }));
  return [...items ?? []].sort((a, b) => b.createdAt!.getTime() - a.createdAt!.getTime()).slice(0, LOOKED_AT);
}

async function assetsOf(platform: Platform, plan: Plan, runs: readonly DataSourceRunSummary[]): Promise<Asset[]> {
  const ids = new Map<string, string>();
  for (const { id, status } of runs) {
    if (status !== 'SUCCESS' && status !== 'PARTIALLY_SUCCEEDED') continue;
    for (const { database, technicalName, dataAssetId } of await activitiesOf(platform, id!)) {
      if (database === plan.databases.published && dataAssetId !== undefined && !ids.has(technicalName!)) ids.set(technicalName!, dataAssetId);
    }
    if (publishedTables(plan).every(({ table }) => ids.has(table))) break;
  }
  const assets: Asset[] = [];
  for (const table of publishedTables(plan)) {
    const identifier = ids.get(table.table);
    if (identifier === undefined) continue;
    // Somebody may have deleted it since.
    const asset = await orUndefined(platform.datazone.send(new GetAssetCommand({ domainIdentifier: platform.domainIdentifier, identifier })));
    if (asset !== undefined) assets.push({ table, asset });
  }
  return assets;
}

async function activitiesOf({ datazone, domainIdentifier }: Platform, identifier: string): Promise<DataSourceRunActivity[]> {
  const activities: DataSourceRunActivity[] = [];
  let nextToken: string | undefined;
  do {
    const page = await datazone.send(new ListDataSourceRunActivitiesCommand({ domainIdentifier, identifier, nextToken }));
    activities.push(...page.items ?? []);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return activities;
}

async function untilRun({ datazone, domainIdentifier }: Platform, identifier: string, clock: Clock): Promise<void> {
  await waitFor('the tables to be imported', clock, async () => {
    const { status, errorMessage } = await datazone.send(new GetDataSourceRunCommand({ domainIdentifier, identifier }));
    if (status === 'FAILED') {
      throw new HandlerError(`DataZone could not import the published tables: ${errorMessage?.errorDetail ?? errorMessage?.errorType ?? 'it does not say why'}`,
        'ask the platform team whether the project may read the domain\'s databases, then deploy again');
    }
    return status === 'SUCCESS' || status === 'PARTIALLY_SUCCEEDED' ? true : undefined;
  });
}

async function whyNot(platform: Platform, runId: string, table: string): Promise<string> {
  const activity = (await activitiesOf(platform, runId)).find(({ technicalName }) => technicalName === table);
  return activity?.errorMessage?.errorDetail ?? activity?.errorMessage?.errorType ?? activity?.dataAssetStatus ?? 'it did not find the table';
}

/** Whether the form that the import wrote has the columns of the plan; where it cannot be read, it is taken as it is. */
function hasColumnsOfPlan({ table, asset }: Asset): boolean {
  const content = asset.formsOutput?.find(({ formName }) => formName === TABLE_FORM)?.content;
  const { columns } = JSON.parse(content ?? '{}') as { columns?: readonly { readonly columnName?: string }[] };
  return columns === undefined || sameSet(columns.map(({ columnName }) => columnName ?? ''), (table.columns ?? []).map(({ name }) => name));
}
