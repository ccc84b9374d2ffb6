/** What DataZone tells of subscriptions: https://docs.aws.amazon.com/datazone/latest/userguide/working-with-events-and-notifications.html */
export interface SubscriptionEvent {
  readonly 'detail-type': string;
  readonly detail: {
    readonly metadata?: { readonly id?: string; readonly domain?: string };
    readonly data?: {
      readonly subscribedListings?: readonly EventListing[];
      readonly subscribedListing?: EventListing;
    };
  };
}

interface EventListing {
  readonly ownerProjectId?: string;
}

/** What has happened to a request or a subscription. */
export type Happening =
  | { readonly kind: 'asked'; readonly requestId: string; readonly ownerProjectId: string }
  | { readonly kind: 'approved' | 'ended'; readonly subscriptionId: string; readonly ownerProjectId: string };

/** The events that are listened to, by what they mean here. */
export const EVENTS: Readonly<Record<string, Happening['kind']>> = {
  'Subscription Request Created': 'asked',
  'Subscription Created': 'approved',
  'Subscription Revoked': 'ended',
  'Subscription Cancelled': 'ended',
};

/** What an event is about; undefined of one that says nothing to us. */
export function happeningOf(event: SubscriptionEvent): Happening | undefined {
  const kind = EVENTS[event['detail-type']];
  const { metadata, data } = event.detail;
  const ownerProjectId = (data?.subscribedListing ?? data?.subscribedListings?.[0])?.ownerProjectId;
  if (kind === undefined || metadata?.id === undefined || ownerProjectId === undefined) return undefined;
  return kind === 'asked' ? { kind, requestId: metadata.id, ownerProjectId } : { kind, subscriptionId: metadata.id, ownerProjectId };
}
