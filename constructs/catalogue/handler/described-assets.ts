import { CreateAssetCommand, GetAssetCommand, type GetAssetCommandOutput, GetFormTypeCommand, SearchCommand } from '@aws-sdk/client-datazone';
import { typeText } from '../../../lib/contract/data-type';
import { type Plan, type PlanTable } from '../../../lib/plan/plan-schema';
import { type Platform } from '../../datazone/platform';
import { arnIn, type ProductPlace } from '../../domain/naming';
import { clientToken, isError, orUndefined } from '../../handlers/sdk';
import { Unfinished } from '../../handlers/waiting';
import { publishedTables } from './data-source';
import { type OwnForms, mergedForms, TABLE_FORM } from './forms';

const TABLE_TYPE = 'amazon.datazone.GlueTableAssetType';
const TABLE_FORM_TYPE = 'amazon.datazone.GlueTableFormType';

/** A published table, with its asset if there is one already. */
export interface DescribedAsset {
  readonly table: PlanTable;
  readonly arn: string;
  readonly asset: GetAssetCommandOutput | undefined;
}

/** ARNs of the published tables, by object. */
export function tableArns(place: ProductPlace, plan: Plan): Record<string, string> {
  return Object.fromEntries(publishedTables(plan).map(({ name, table }) => [name, arnIn(place, 'glue', `table/${plan.databases.published}/${table}`)]));
}

/** The published tables where nothing imports them, with the assets that `known` names, by object, or that a search finds. */
export async function describedAssets(platform: Platform, projectId: string, place: ProductPlace, plan: Plan, known: Readonly<Record<string, string>>): Promise<DescribedAsset[]> {
  const arns = tableArns(place, plan);
  const found: DescribedAsset[] = [];
  for (const table of publishedTables(plan)) {
    const identifier = known[table.name] ?? await searchAsset(platform, projectId, arns[table.name]);
    // Somebody may have deleted it since.
    const asset = identifier === undefined ? undefined : await orUndefined(platform.datazone.send(new GetAssetCommand({ domainIdentifier: platform.domainIdentifier, identifier })));
    found.push({ table, arn: arns[table.name], asset });
  }
  return found;
}

/**
 * Our forms for the asset of a table, with the one that an import would write: what the table is and where, by the plan. Its columns have
 * no descriptions: some revisions of the form's type refuse them.
 */
export async function withTable(own: OwnForms, { datazone, domainIdentifier }: Platform, place: ProductPlace, plan: Plan, { arn, table: { table, columns } }: DescribedAsset): Promise<OwnForms> {
  const { revision } = await datazone.send(new GetFormTypeCommand({ domainIdentifier, formTypeIdentifier: TABLE_FORM_TYPE }));
  const databaseName = plan.databases.published;
  const content = {
    databaseName, tableName: table, catalogId: place.account, region: place.region, tableArn: arn,
    columns: (columns ?? []).map(({ name, type }) => ({ columnName: name, dataType: typeText(type) })),
  };
  return { ...own, table: { formName: TABLE_FORM, typeIdentifier: TABLE_FORM_TYPE, typeRevision: revision, content: JSON.stringify(content) } };
}

/**
 * Makes the asset of a table as an import would have made it, but without a data source that looks after it; its id. Documented at
 * https://docs.aws.amazon.com/datazone/latest/APIReference/API_CreateAsset.html (Create an asset - AWS Glue table).
 */
export async function describeAsset(platform: Platform, projectId: string, { table: { table }, arn }: DescribedAsset, description: string, own: OwnForms, terms: readonly string[], scope: string): Promise<string> {
  const { datazone, domainIdentifier } = platform;
  const formsInput = mergedForms([], own);
  try {
    const { id } = await datazone.send(new CreateAssetCommand({
      domainIdentifier, owningProjectIdentifier: projectId, name: table, typeIdentifier: TABLE_TYPE, externalIdentifier: arn, description, formsInput,
      glossaryTerms: terms.length === 0 ? undefined : [...terms],
      clientToken: clientToken(scope, arn, description, formsInput, terms),
    }));
    return id!;
  } catch (error) {
    if (!isError(error, 'ConflictException')) throw error;
    // It was made, and the answer was lost.
    const found = await searchAsset(platform, projectId, arn);
    if (found === undefined) throw new Unfinished(`the asset of ${table} to be found`);
    return found;
  }
}

/** The id of a table's asset, which DataZone's search knows after a while; undefined where there is none. */
export async function searchAsset({ datazone, domainIdentifier }: Platform, owningProjectIdentifier: string, arn: string): Promise<string | undefined> {
  const { items } = await datazone.send(new SearchCommand({ domainIdentifier, owningProjectIdentifier, searchScope: 'ASSET', searchText: arn.slice(arn.lastIndexOf('/') + 1), maxResults: 50 }));
  return items?.map(({ assetItem }) => assetItem).find((item) => item?.externalIdentifier === arn && item.owningProjectId === owningProjectIdentifier)?.identifier;
}
