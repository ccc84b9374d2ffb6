import { CreateListingChangeSetCommand, DeleteAssetCommand, DeleteDataProductCommand, DeleteDataSourceCommand, GetAssetCommand, type GetAssetCommandOutput } from '@aws-sdk/client-datazone';
import { HandlerError } from '../../handlers/custom-resource';
import { type ProductPlace } from '../../domain/naming';
import { importedBy } from './assets';
import { dataProductName, findDataProduct, searchDataProduct } from './data-product';
import { findDataSource } from './data-source';
import { searchAsset } from './described-assets';
import { subscriptionsOf, unlist } from './listing';
import { type Platform } from '../../datazone/platform';
import { findProject } from '../../datazone/project';
import { type Remembered } from './remembered';
import { clientToken, isError, orUndefined } from '../../handlers/sdk';
import { type Clock, waitFor } from '../../handlers/waiting';

/**
 * Takes a product out of the catalogue: its listing, the data product, its assets and its data source, in the order in which DataZone
 * lets them go, and nothing that was not made here. Raises HandlerError while a consumer is subscribed to it.
 */
export async function remove(platform: Platform, place: ProductPlace, { dataProductId, listingId, assets, described }: Remembered, clock: Clock): Promise<void> {
  const { datazone, domainIdentifier } = platform;
  const projectId = await findProject(platform, place);
  if (projectId === undefined) return;
  const subscribed = listingId === undefined ? 0 : await subscriptionsOf(platform, projectId, listingId);
  if (subscribed > 0) {
    throw new HandlerError(`${dataProductName(place)} has ${subscribed} ${subscribed === 1 ? 'subscription' : 'subscriptions'}, which would break`,
      'retire the contract and deploy it, end the subscriptions with their consumers, then delete the stack');
  }
  // An answer that was lost left it where nobody remembers it.
  const productId = dataProductId ?? await searchDataProduct(platform, projectId, place);
  const product = productId === undefined ? undefined : await findDataProduct(platform, productId);
  if (product !== undefined) {
    await unlist(platform, { id: product.id!, revision: product.revision! }, listingId, clock);
    await gone(datazone.send(new DeleteDataProductCommand({ domainIdentifier, identifier: product.id })));
    await waitFor('the data product to be deleted', clock, async () => ((await findDataProduct(platform, product.id!)) === undefined ? true : undefined));
  }
  if (described !== undefined) {
    // Some that left the contract may still be there.
    for (const object of new Set([...Object.keys(described), ...Object.keys(assets ?? {})])) {
      const id = assets?.[object] ?? await searchAsset(platform, projectId, described[object]);
      if (id !== undefined) await removeAsset(platform, id, clock);
    }
  }
  const dataSourceId = await findDataSource(platform, projectId, place);
  if (dataSourceId !== undefined) {
    for (const id of await importedBy(platform, dataSourceId)) await removeAsset(platform, id, clock);
    await gone(datazone.send(new DeleteDataSourceCommand({ domainIdentifier, identifier: dataSourceId, clientToken: clientToken('delete', dataSourceId) })));
  }
}

/** Takes an asset out of the catalogue, listing first: it is listed with its product, and for itself where somebody did that. */
export async function removeAsset({ datazone, domainIdentifier }: Platform, identifier: string, clock: Clock): Promise<void> {
  const look = (): Promise<GetAssetCommandOutput | undefined> => orUndefined(datazone.send(new GetAssetCommand({ domainIdentifier, identifier })));
  const asset = await look();
  if (asset === undefined) return;
  if (asset.listing !== undefined && asset.listing.listingStatus !== 'INACTIVE') {
    await datazone.send(new CreateListingChangeSetCommand({
      domainIdentifier, entityIdentifier: identifier, entityType: 'ASSET', action: 'UNPUBLISH', clientToken: clientToken('UNPUBLISH', identifier, asset.listing.listingId),
    }));
    await waitFor('an asset to be unlisted', clock, async () => ((await look())?.listing?.listingStatus !== 'ACTIVE' ? true : undefined));
  }
  await gone(datazone.send(new DeleteAssetCommand({ domainIdentifier, identifier })));
}

async function gone(deletion: Promise<unknown>): Promise<void> {
  await deletion.catch((error: unknown) => {
    if (!isError(error, 'ResourceNotFoundException')) throw error;
  });
}
