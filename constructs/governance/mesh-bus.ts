import { Duration, Validations } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type DomainPlace } from '../domain/naming';
import { platformNames } from './platform-names';

/** What the bus of the mesh is made from. */
export interface MeshBusProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  /** Accounts of the mesh. */
  readonly accounts: readonly string[];
  /**
   * Id of the organisation that they are all in.
   * @default - none: the accounts are named one by one
   */
  readonly organization?: string;
}

/** How long announcements can be heard again; runs and certificates are kept for good in the domains. */
const ARCHIVED = Duration.days(90);

/**
 * Where the mesh announces what has happened: publications, failures, drift, break-glass. Whoever listens later can have it replayed
 * from the archive, all of it or what a rule asks for.
 */
export class MeshBus extends Construct {
  readonly bus: events.EventBus;
  readonly archive: events.CfnArchive;

  constructor(scope: Construct, id: string, { place, key, accounts, organization }: MeshBusProps) {
    super(scope, id);
    const name = platformNames.eventBus(place);
    this.bus = new events.EventBus(this, 'Resource', { eventBusName: name, description: `What happens in the mesh ${place.mesh}`, kmsKey: key });
    this.archive = new events.CfnArchive(this, 'Archive', {
      archiveName: name, sourceArn: this.bus.eventBusArn, description: 'For replays', retentionDays: ARCHIVED.toDays(), kmsKeyIdentifier: key.keyArn,
    });
    // Foundations and what watches an account are below the platform's path; products tell nobody by themselves.
    const roles = { ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::*:role/mesh-platform/*' } };
    const policy = new events.CfnEventBusPolicy(this, 'Policy', {
      eventBusName: this.bus.eventBusName, statementId: 'TheMesh',
      statement: new iam.PolicyStatement({
        sid: 'TheMesh', actions: ['events:PutEvents'], resources: [this.bus.eventBusArn],
        principals: organization === undefined ? [...new Set(accounts)].sort().map((account) => new iam.AccountPrincipal(account)) : [new iam.AnyPrincipal()],
        conditions: organization === undefined ? roles : { ...roles, StringEquals: { 'aws:PrincipalOrgID': organization } },
      }).toStatementJson() as Record<string, unknown>,
    });
    Validations.of(policy).acknowledge({ id: 'mesh-policy::MESH-ACCESS-1', reason: 'accounts of the mesh tell the platform what happens in them; to put an event reads nothing' });
  }
}
