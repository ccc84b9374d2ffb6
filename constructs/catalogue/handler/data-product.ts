import {
  CreateDataProductCommand, CreateDataProductRevisionCommand, type DataProductItem, GetDataProductCommand, type GetDataProductCommandOutput, SearchCommand,
} from '@aws-sdk/client-datazone';
import { HandlerError } from '../../handlers/custom-resource';
import { type ProductPlace } from '../../domain/naming';
import { asInput, mergedForms, type OwnForms, sameForms } from './forms';
import { mergedTerms, type Terms } from './glossary';
import { type Platform } from '../../datazone/platform';
import { clientToken, isError, orUndefined, sameSet } from '../../handlers/sdk';
import { type Clock, Unfinished, waitFor } from '../../handlers/waiting';

/** Unique in DataZone's domain, as it has to be: `sales/orders v1`, outside production `sales/orders v1 (dev)`. */
export function dataProductName({ domain, entity, major, environment }: ProductPlace): string {
  return `${domain}/${entity} v${major}${environment === null ? '' : ` (${environment})`}`;
}

/** What a data product is to be. */
export interface WantedProduct {
  readonly description: string;
  readonly assetIds: readonly string[];
  readonly own: OwnForms;
  readonly terms: Terms;
}

/** Undefined where DataZone does not have it. */
export async function findDataProduct({ datazone, domainIdentifier }: Platform, id: string): Promise<GetDataProductCommandOutput | undefined> {
  return orUndefined(datazone.send(new GetDataProductCommand({ domainIdentifier, identifier: id })));
}

/** The id of the product's data product by its name, which DataZone's search knows after a while; undefined where there is none. */
export async function searchDataProduct({ datazone, domainIdentifier }: Platform, owningProjectIdentifier: string, place: ProductPlace): Promise<string | undefined> {
  const name = dataProductName(place);
  const { items } = await datazone.send(new SearchCommand({ domainIdentifier, owningProjectIdentifier, searchScope: 'DATA_PRODUCT', searchText: name, maxResults: 50 }));
  return items?.map(({ dataProductItem }) => dataProductItem).find((item) => item?.name === name && item.owningProjectId === owningProjectIdentifier)?.id;
}

/** Makes the data product unless it is there, and revises it where it differs; forms and terms of others stay. `made` hears of its id at once. */
export async function ensureDataProduct(
  platform: Platform, projectId: string, place: ProductPlace, known: GetDataProductCommandOutput | undefined, wanted: WantedProduct, scope: string, clock: Clock, made: (id: string) => Promise<void>,
): Promise<GetDataProductCommandOutput> {
  const { datazone, domainIdentifier } = platform;
  let there = known;
  if (there === undefined) {
    const id = await createDataProduct(platform, projectId, place, wanted, scope);
    await made(id);
    there = await untilCreated(platform, id, place, clock);
  }
  const formsInput = mergedForms(there.formsOutput ?? [], wanted.own);
  const glossaryTerms = mergedTerms(there.glossaryTerms ?? [], wanted.terms);
  const items = itemsOf(wanted);
  const same = there.description === wanted.description && sameForms((there.formsOutput ?? []).map(asInput), formsInput)
    && sameSet(there.glossaryTerms ?? [], glossaryTerms) && sameSet((there.items ?? []).map(({ identifier }) => identifier ?? ''), wanted.assetIds);
  if (!same) {
    await datazone.send(new CreateDataProductRevisionCommand({
      domainIdentifier, identifier: there.id, name: dataProductName(place), description: wanted.description, formsInput, items,
      glossaryTerms: glossaryTerms.length === 0 ? undefined : glossaryTerms,
      clientToken: clientToken(there.id, there.revision, wanted.description, formsInput, glossaryTerms, items),
    }));
  }
  return untilCreated(platform, there.id!, place, clock);
}

async function createDataProduct(platform: Platform, owningProjectIdentifier: string, place: ProductPlace, wanted: WantedProduct, scope: string): Promise<string> {
  const { datazone, domainIdentifier } = platform;
  const { description, own, terms } = wanted;
  const [name, formsInput, items] = [dataProductName(place), mergedForms([], own), itemsOf(wanted)];
  try {
    const { id } = await datazone.send(new CreateDataProductCommand({
      domainIdentifier, owningProjectIdentifier, name, description, formsInput, items,
      glossaryTerms: terms.now.length === 0 ? undefined : mergedTerms([], terms),
      clientToken: clientToken(scope, name, description, formsInput, terms.now, items),
    }));
    return id!;
  } catch (error) {
    if (!isError(error, 'ConflictException')) throw error;
    // It was made, and the answer was lost.
    const id = await searchDataProduct(platform, owningProjectIdentifier, place);
    if (id === undefined) throw new Unfinished(`the data product ${name} to be found`);
    return id;
  }
}

async function untilCreated(platform: Platform, id: string, place: ProductPlace, clock: Clock): Promise<GetDataProductCommandOutput> {
  return waitFor(`the data product ${dataProductName(place)} to be made`, clock, async () => {
    const product = await findDataProduct(platform, id);
    if (product?.status === 'CREATE_FAILED') throw new HandlerError(`DataZone could not make the data product ${dataProductName(place)}`, 'deploy again; if it persists, ask the platform team');
    return product?.status === 'CREATED' ? product : undefined;
  });
}

/** Without revisions: an item is its asset's latest one when the product is published. */
function itemsOf({ assetIds }: Pick<WantedProduct, 'assetIds'>): DataProductItem[] {
  return assetIds.map((identifier) => ({ itemType: 'ASSET', identifier }));
}
