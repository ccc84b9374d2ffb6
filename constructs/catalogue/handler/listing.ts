import { CreateListingChangeSetCommand, GetListingCommand, type GetListingCommandOutput, ListSubscriptionsCommand } from '@aws-sdk/client-datazone';
import { type Platform } from '../../datazone/platform';
import { clientToken, orUndefined } from '../../handlers/sdk';
import { type Clock, waitFor } from '../../handlers/waiting';

/** A data product in one of its revisions. */
export interface Listed {
  readonly id: string;
  readonly revision: string;
}

/**
 * Lists a data product in this revision, with its assets, unless it is listed so. `began` hears of the listing's id at once. Raises
 * Unfinished when time runs out.
 */
export async function list(platform: Platform, product: Listed, listingId: string | undefined, clock: Clock, began: (listingId: string) => Promise<void>): Promise<void> {
  const { datazone, domainIdentifier } = platform;
  const now = await findListing(platform, listingId);
  const current = now?.item?.dataProductListing?.dataProductRevision === product.revision;
  if (now?.status === 'ACTIVE' && current) return;
  let id = listingId;
  if (!(now?.status === 'CREATING' && current)) {
    const change = await datazone.send(new CreateListingChangeSetCommand({
      domainIdentifier, entityIdentifier: product.id, entityType: 'DATA_PRODUCT', entityRevision: product.revision, action: 'PUBLISH',
      clientToken: clientToken('PUBLISH', product.id, product.revision, now?.listingRevision, now?.status),
    }));
    id = change.listingId!;
    await began(id);
  }
  await untilStatus(platform, id!, 'ACTIVE', clock);
}

/** Takes a product off the catalogue; subscriptions that there are stay. */
export async function unlist(platform: Platform, product: Listed, listingId: string | undefined, clock: Clock): Promise<void> {
  const now = await findListing(platform, listingId);
  if (now === undefined || now.status === 'INACTIVE') return;
  await platform.datazone.send(new CreateListingChangeSetCommand({
    domainIdentifier: platform.domainIdentifier, entityIdentifier: product.id, entityType: 'DATA_PRODUCT', action: 'UNPUBLISH',
    clientToken: clientToken('UNPUBLISH', product.id, now.listingRevision),
  }));
  await untilStatus(platform, listingId!, 'INACTIVE', clock);
}

/** How many consumers hold an approved subscription. */
export async function subscriptionsOf({ datazone, domainIdentifier }: Platform, projectId: string, listingId: string): Promise<number> {
  let count = 0;
  let nextToken: string | undefined;
  do {
    const page = await datazone.send(new ListSubscriptionsCommand({ domainIdentifier, approverProjectId: projectId, subscribedListingId: listingId, status: 'APPROVED', nextToken }));
    count += page.items?.length ?? 0;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return count;
}

/** Undefined where there is none. */
export async function findListing({ datazone, domainIdentifier }: Platform, listingId: string | undefined): Promise<GetListingCommandOutput | undefined> {
  return listingId === undefined ? undefined : orUndefined(datazone.send(new GetListingCommand({ domainIdentifier, identifier: listingId })));
}

async function untilStatus(platform: Platform, listingId: string, status: 'ACTIVE' | 'INACTIVE', clock: Clock): Promise<void> {
  await waitFor(`the listing to be ${status.toLowerCase()}`, clock, async () => ((await findListing(platform, listingId))?.status === status ? true : undefined));
}
