import { paginateGetResourceShareAssociations, type ResourceShareAssociation } from '@aws-sdk/client-ram';
import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { Unfinished, waitFor } from '../../handlers/waiting';
import { type Outside, textOf } from './outside';

/** A share of RAM, and with which accounts. */
interface ShareRequest {
  readonly share: string;
  readonly accounts: readonly string[];
}

/**
 * Custom::MeshShare: waits until accounts have what is shared with them. CloudFormation is done with a share before RAM is, and what
 * relies on it then fails as if it had no permission.
 */
export class ShareResource implements CustomResource<ShareRequest> {
  constructor(private readonly outside: Outside) {}

  parse(properties: Record<string, unknown>): ShareRequest {
    const accounts = textOf(properties, 'Accounts').split(',').filter((account) => account !== '');
    const wrong = accounts.find((account) => !/^\d{12}$/.test(account));
    if (wrong !== undefined) throw new HandlerError(`Accounts must be numbers of accounts with commas between them, received ${wrong}`);
    return { share: textOf(properties, 'ShareArn'), accounts };
  }

  physicalId({ share }: ShareRequest): string {
    return share;
  }

  async create({ share, accounts }: ShareRequest, call: Call): Promise<Attributes> {
    const clock = { remaining: () => call.remaining(), pause: this.outside.pause };
    let waiting: readonly string[] = accounts;
    try {
      await waitFor('the share to reach its accounts', clock, async () => {
        const found = await this.associations(share);
        const failed = found.find(({ status, associatedEntity }) => status === 'FAILED' && accounts.includes(associatedEntity ?? ''));
        if (failed !== undefined) throw new HandlerError(`RAM could not share ${share} with ${failed.associatedEntity}: ${failed.statusMessage ?? 'it does not say why'}`, 'correct the account in mesh.yaml, or let RAM share within the organisation, and deploy again');
        waiting = accounts.filter((account) => !found.some(({ associatedEntity, status }) => associatedEntity === account && status === 'ASSOCIATED'));
        return waiting.length === 0 ? true : undefined;
      });
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
      throw new HandlerError(`${share} has not reached ${waiting.join(', ')}`,
        'accept the invitation there (aws ram get-resource-share-invitations, then accept-resource-share-invitation) or write governance.organization in mesh.yaml, and deploy again');
    }
    return { Shared: accounts.join(',') };
  }

  update(request: ShareRequest, _old: ShareRequest | undefined, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  /** The share goes by itself. */
  async delete(): Promise<void> {
    // nothing
  }

  private async associations(share: string): Promise<ResourceShareAssociation[]> {
    const found: ResourceShareAssociation[] = [];
    for await (const page of paginateGetResourceShareAssociations({ client: this.outside.ram }, { associationType: 'PRINCIPAL', resourceShareArns: [share] })) {
      found.push(...page.resourceShareAssociations ?? []);
    }
    return found;
  }
}
