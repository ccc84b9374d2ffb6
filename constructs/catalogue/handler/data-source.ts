import {
  CreateDataSourceCommand, GetDataSourceCommand, type GetDataSourceCommandOutput, ListConnectionsCommand, ListDataSourcesCommand, ListEnvironmentsCommand, UpdateDataSourceCommand,
  type RelationalFilterConfiguration,
} from '@aws-sdk/client-datazone';
import { type Plan, type PlanTable } from '../../../lib/plan/plan-schema';
import { HandlerError } from '../../handlers/custom-resource';
import { productNames, type ProductPlace } from '../../domain/naming';
import { type Platform } from '../../datazone/platform';
import { clientToken, isError } from '../../handlers/sdk';
import { type Clock, Unfinished, waitFor } from '../../handlers/waiting';

/** Of every V2 project: https://docs.aws.amazon.com/sagemaker-unified-studio/latest/userguide/data-lakehouse.html */
const LAKEHOUSE = 'project.default_lakehouse';

export function publishedTables(plan: Plan): PlanTable[] {
  return plan.tables.filter(({ published }) => published);
}

/** The id of the product's data source; undefined where there is none. */
export async function findDataSource({ datazone, domainIdentifier }: Platform, projectIdentifier: string, place: ProductPlace): Promise<string | undefined> {
  const name = productNames.prefix(place);
  let nextToken: string | undefined;
  do {
    const page = await datazone.send(new ListDataSourcesCommand({ domainIdentifier, projectIdentifier, name, nextToken }));
    const found = page.items?.find((item) => item.name === name && item.status !== 'DELETING');
    if (found !== undefined) return found.dataSourceId;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

/**
 * Makes the data source that imports the published tables of a product and nothing else, or corrects it, and waits until it can be run;
 * undefined where the project has no environment, and so nothing to import by.
 */
export async function ensureDataSource(platform: Platform, projectId: string, place: ProductPlace, plan: Plan, scope: string, clock: Clock): Promise<string | undefined> {
  const { datazone, domainIdentifier } = platform;
  const filters = filtersOf(plan);
  let id = await findDataSource(platform, projectId, place);
  if (id === undefined) {
    const where = await whereTablesAre(platform, projectId, place);
    if (where === undefined) return undefined;
    id = await createDataSource(platform, projectId, place, where, filters, scope);
  }
  const ready = await untilReady(platform, id, place, clock);
  if (sameFilters(ready.configuration?.glueRunConfiguration?.relationalFilterConfigurations ?? [], filters) && ready.publishOnImport !== true) return id;
  await datazone.send(new UpdateDataSourceCommand({ domainIdentifier, identifier: id, publishOnImport: false, configuration: { glueRunConfiguration: { relationalFilterConfigurations: filters } } }));
  await untilReady(platform, id, place, clock);
  return id;
}

async function createDataSource(platform: Platform, projectIdentifier: string, place: ProductPlace, where: WhereTablesAre, filters: RelationalFilterConfiguration[], scope: string): Promise<string> {
  const { datazone, domainIdentifier } = platform;
  const name = productNames.prefix(place);
  try {
    const { id } = await datazone.send(new CreateDataSourceCommand({
      domainIdentifier, projectIdentifier, name, type: 'GLUE', description: `Published tables of ${place.domain}/${place.entity} v${place.major}`,
      ...where,
      // What is imported gets its forms before anybody sees it.
      publishOnImport: false, enableSetting: 'ENABLED', recommendation: { enableBusinessNameGeneration: false },
      configuration: { glueRunConfiguration: { relationalFilterConfigurations: filters, autoImportDataQualityResult: false } },
      clientToken: clientToken(scope, name, filters),
    }));
    return id!;
  } catch (error) {
    if (!isError(error, 'ConflictException')) throw error;
    const id = await findDataSource(platform, projectIdentifier, place);
    if (id === undefined) throw new Unfinished(`the data source ${name} to be found`);
    return id;
  }
}

/** The project's connection to the lake in a domain of version 2; in one of version 1 its environment in the data domain's account. */
type WhereTablesAre = { readonly connectionIdentifier: string } | { readonly environmentIdentifier: string };

/** Undefined of a project without an environment; raises Unfinished where one is still being made. */
async function whereTablesAre({ datazone, domainIdentifier, projectProfile }: Platform, projectIdentifier: string, place: ProductPlace): Promise<WhereTablesAre | undefined> {
  const { items: environments = [] } = await datazone.send(new ListEnvironmentsCommand({ domainIdentifier, projectIdentifier, awsAccountId: place.account, awsAccountRegion: place.region }));
  if (environments.length === 0) return undefined;
  if (projectProfile === undefined) {
    const environmentIdentifier = environments.find(({ status }) => status === 'ACTIVE')?.id;
    if (environmentIdentifier === undefined) throw new Unfinished(`the environment of the domain's project in ${place.account}`);
    return { environmentIdentifier };
  }
  const { items } = await datazone.send(new ListConnectionsCommand({ domainIdentifier, projectIdentifier, name: LAKEHOUSE }));
  const connection = items?.find(({ name }) => name === LAKEHOUSE);
  if (connection === undefined) throw new Unfinished(`the connection ${LAKEHOUSE} of the domain's project`);
  return { connectionIdentifier: connection.connectionId! };
}

async function untilReady({ datazone, domainIdentifier }: Platform, identifier: string, place: ProductPlace, clock: Clock): Promise<GetDataSourceCommandOutput> {
  return waitFor(`the data source ${productNames.prefix(place)} to be ready`, clock, async () => {
    const source = await datazone.send(new GetDataSourceCommand({ domainIdentifier, identifier }));
    if (source.status === 'FAILED_CREATION' || source.status === 'FAILED_UPDATE') {
      throw new HandlerError(`DataZone could not make the data source ${productNames.prefix(place)}: ${source.errorMessage?.errorDetail ?? source.errorMessage?.errorType ?? source.status}`,
        'ask the platform team whether the project may read the domain\'s databases, then deploy again');
    }
    return source.status === 'READY' || source.status === 'RUNNING' ? source : undefined;
  });
}

function filtersOf(plan: Plan): RelationalFilterConfiguration[] {
  return [{ databaseName: plan.databases.published, filterExpressions: publishedTables(plan).map(({ table }) => ({ type: 'INCLUDE' as const, expression: table })) }];
}

function sameFilters(a: readonly RelationalFilterConfiguration[], b: readonly RelationalFilterConfiguration[]): boolean {
  const text = (filters: readonly RelationalFilterConfiguration[]): string => JSON.stringify(filters
    .map(({ databaseName, filterExpressions }) => [databaseName, (filterExpressions ?? []).map(({ type, expression }) => `${type} ${expression}`).sort()]));
  return text(a) === text(b);
}
