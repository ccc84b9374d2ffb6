import {
  AcceptSubscriptionRequestCommand, GetSubscriptionCommand, GetSubscriptionRequestDetailsCommand, type GetSubscriptionRequestDetailsCommandOutput, ListSubscriptionGrantsCommand,
  RejectSubscriptionRequestCommand, RevokeSubscriptionCommand, type SubscriptionGrantStatus, UpdateSubscriptionGrantStatusCommand,
} from '@aws-sdk/client-datazone';
import { findProject } from '../../datazone/project';
import { type Platform } from '../../datazone/platform';
import { type DomainPlace, type ProductPlace } from '../../domain/naming';
import { type GrantsReport, type Judgement } from '../../grants/answers';
import { type Bindings } from './bindings';
import { decide } from './decision';
import { type Asked, type Subject, subjectOf } from './subject';
import { type Happening } from '../subscription-event';

/** What the handler of grants in a domain's account is asked for. */
export interface GrantsOf {
  judge(place: ProductPlace, consumer: string, role: string | null): Promise<Judgement>;
  reconcile(place: ProductPlace): Promise<GrantsReport>;
}

/** What subscriptions are decided with. */
export interface SubscriptionsSetting {
  readonly domains: readonly DomainPlace[];
  /** Consumers of mesh.yaml by the names of their projects. */
  readonly consumers: Readonly<Record<string, string>>;
  readonly bindings: Bindings;
  readonly grants: GrantsOf;
  /** DataZone, as a domain's publisher sees it. */
  platform(domain: DomainPlace): Promise<Platform>;
  /** ISO 8601, in UTC. */
  now(): string;
}

/** A domain and DataZone as its publisher sees it. */
interface Owner {
  readonly domain: DomainPlace;
  readonly platform: Platform;
}

/**
 * Requests and subscriptions of consumers: what the contract has said is accepted, what may not be is rejected, an owner's approval becomes a
 * binding, and what ends is taken away. Answers what was done, for the log.
 */
export class Subscriptions {
  private readonly owners = new Map<string, Owner>();

  constructor(private readonly setting: SubscriptionsSetting) {}

  async hear(happening: Happening): Promise<string> {
    const owner = await this.ownerOf(happening.ownerProjectId);
    if (owner === undefined) return `the project ${happening.ownerProjectId} is not a domain's`;
    switch (happening.kind) {
      case 'asked': return this.asked(owner, happening.requestId);
      case 'approved': return this.approved(owner, happening.subscriptionId);
      case 'ended': return this.ended(owner, happening.subscriptionId);
    }
  }

  private async asked({ platform, domain }: Owner, identifier: string): Promise<string> {
    const { datazone, domainIdentifier } = platform;
    const request = await datazone.send(new GetSubscriptionRequestDetailsCommand({ domainIdentifier, identifier }));
    if (request.status !== 'PENDING') return `the request ${identifier} is ${request.status}`;
    const subject = subjectOf(askedBy(request), domain, this.setting.consumers);
    if (subject === undefined) return `the request ${identifier} is for no data product of ${domain.domain}`;
    const { verdict, comment } = decide(subject, await this.judged(subject));
    if (verdict === 'accept') await datazone.send(new AcceptSubscriptionRequestCommand({ domainIdentifier, identifier, decisionComment: comment }));
    if (verdict === 'reject') await datazone.send(new RejectSubscriptionRequestCommand({ domainIdentifier, identifier, decisionComment: comment }));
    return `${verdict}: ${comment}`;
  }

  private async approved({ platform, domain }: Owner, identifier: string): Promise<string> {
    const { datazone, domainIdentifier } = platform;
    const subscription = await datazone.send(new GetSubscriptionCommand({ domainIdentifier, identifier }));
    if (subscription.status !== 'APPROVED') return `the subscription ${identifier} is ${subscription.status}`;
    const request = subscription.subscriptionRequestId === undefined ? undefined
      : await datazone.send(new GetSubscriptionRequestDetailsCommand({ domainIdentifier, identifier: subscription.subscriptionRequestId }));
    const subject = subjectOf({ principal: subscription.subscribedPrincipal, listing: subscription.subscribedListing, reason: request?.requestReason, forms: request?.metadataForms ?? [] }, domain, this.setting.consumers);
    if (subject === undefined) return `the subscription ${identifier} is for no data product of ${domain.domain}`;
    const judgement = await this.judged(subject);
    const { verdict, comment } = decide(subject, judgement);
    if (verdict === 'reject' || subject.consumer === undefined || judgement === undefined || judgement.role === null) {
      // Who approved it could not know better; an approval that gives nothing would be a lie.
      await datazone.send(new RevokeSubscriptionCommand({ domainIdentifier, identifier, retainPermissions: false }));
      return `revoked although it was approved: ${comment}`;
    }
    const { place, consumer } = subject;
    const { role } = judgement;
    if (!judgement.covered) {
      await this.setting.bindings.begin(place, { role, consumer, subscription: identifier, approvedAt: this.setting.now(), approvedBy: request?.reviewerId ?? subscription.createdBy ?? 'unknown' });
      // It may have ended meanwhile, and who ended it found no binding.
      if ((await datazone.send(new GetSubscriptionCommand({ domainIdentifier, identifier }))).status !== 'APPROVED') return this.end(platform, place, identifier, 'ended while it was granted');
    }
    const { granted } = await this.setting.grants.reconcile(place);
    await this.setting.bindings.inForce(place, consumer, role, this.setting.now());
    await this.tell(platform, identifier, 'GRANTED');
    return `${consumer} has ${role} of ${place.domain}/${place.entity} v${place.major}: ${granted} grants`;
  }

  private async ended({ platform, domain }: Owner, identifier: string): Promise<string> {
    const { datazone, domainIdentifier } = platform;
    const { status, subscribedListing, subscribedPrincipal } = await datazone.send(new GetSubscriptionCommand({ domainIdentifier, identifier }));
    const subject = subjectOf({ principal: subscribedPrincipal, listing: subscribedListing, reason: undefined, forms: [] }, domain, this.setting.consumers);
    if (subject === undefined) return `the subscription ${identifier} is for no data product of ${domain.domain}`;
    return this.end(platform, subject.place, identifier, String(status).toLowerCase());
  }

  private async end(platform: Platform, place: ProductPlace, identifier: string, because: string): Promise<string> {
    const ended = await this.setting.bindings.end(place, identifier, this.setting.now(), because);
    const { revoked } = await this.setting.grants.reconcile(place);
    await this.tell(platform, identifier, 'REVOKED');
    return `${ended.map(({ consumer, role }) => `${consumer} no longer has ${role}`).join('; ') || 'no binding'} of ${place.domain}/${place.entity} v${place.major}: ${revoked} grants taken away`;
  }

  private async judged({ place, consumer, role }: Subject): Promise<Judgement | undefined> {
    return consumer === undefined ? undefined : this.setting.grants.judge(place, consumer, role);
  }

  /** Where DataZone has made grants of its own to fulfil, it waits to hear what has become of them. */
  private async tell({ datazone, domainIdentifier }: Platform, subscriptionId: string, status: Extract<SubscriptionGrantStatus, 'GRANTED' | 'REVOKED'>): Promise<void> {
    const waiting: readonly (string | undefined)[] = status === 'GRANTED' ? ['GRANT_PENDING', 'GRANT_IN_PROGRESS'] : ['REVOKE_PENDING', 'REVOKE_IN_PROGRESS'];
    let nextToken: string | undefined;
    do {
      const page = await datazone.send(new ListSubscriptionGrantsCommand({ domainIdentifier, subscriptionId, nextToken }));
      for (const { id, assets = [] } of page.items ?? []) {
        for (const { assetId, status: now } of assets) {
          if (waiting.includes(now)) await datazone.send(new UpdateSubscriptionGrantStatusCommand({ domainIdentifier, identifier: id, assetIdentifier: assetId, status }));
        }
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** The domain whose project offers something: by its publisher, which is a member. Who calls a product like another's owns another project. */
  private async ownerOf(projectId: string): Promise<Owner | undefined> {
    const known = this.owners.get(projectId);
    if (known !== undefined) return { domain: known.domain, platform: await this.setting.platform(known.domain) };
    for (const domain of this.setting.domains) {
      const platform = await this.setting.platform(domain);
      const found = await findProject(platform, domain);
      if (found === undefined) continue;
      this.owners.set(found, { domain, platform });
      if (found === projectId) return { domain, platform };
    }
    return undefined;
  }
}

function askedBy({ subscribedPrincipals = [], subscribedListings = [], requestReason, metadataForms = [] }: GetSubscriptionRequestDetailsCommandOutput): Asked {
  return { principal: subscribedPrincipals[0], listing: subscribedListings[0], reason: requestReason, forms: metadataForms };
}
