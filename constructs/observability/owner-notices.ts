import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { domainNames, type DomainPlace } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { DRIFTED_STACK, FAILED_RUN } from '../domain/run-notices';
import { platformNames } from '../governance/platform-names';
import { driftSource, GRANTS_DRIFTED } from '../grants/grants-drift';
import { observabilityNames } from './observability-names';

/** A domain whose owners are told. */
export interface NoticedDomain {
  readonly place: DomainPlace;
  /**
   * Who answers for it; told by mail where it is an address.
   * @default - somebody subscribes by hand
   */
  readonly owner?: string;
}

/** What tells owners is made from. */
export interface OwnerNoticesProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly domains: readonly NoticedDomain[];
}

/**
 * A topic for the owners of each domain, and the rules of the mesh's bus that fill it: what happens in an account comes to who answers
 * for the domain in it, whichever account that is. Products' own alarms tell their owners by themselves.
 */
export class OwnerNotices extends Construct {
  readonly topics: Readonly<Record<string, sns.Topic>>;

  constructor(scope: Construct, id: string, { place, key, domains }: OwnerNoticesProps) {
    super(scope, id);
    const keyOf = ({ domain, environment }: DomainPlace): string => (environment === null ? domain : `${environment}-${domain}`);
    this.topics = Object.fromEntries(domains.map(({ place: of, owner }) => {
      const topic = new sns.Topic(this, `Owners-${keyOf(of)}`, {
        topicName: observabilityNames.ownersTopic(of), displayName: `What happens in ${of.domain}${of.environment === null ? '' : ` (${of.environment})`}`, masterKey: key, enforceSSL: true,
      });
      if (owner?.includes('@') === true) new sns.Subscription(topic, 'Owner', { topic, protocol: sns.SubscriptionProtocol.EMAIL, endpoint: owner });
      return [topic.topicName, topic];
    }));
    const roleName = platformNames.role(place, 'owner-notices');
    const role = new iam.Role(this, 'RuleRole', {
      roleName, path: domainNames.platformPath(place), description: 'Rules of the mesh tell owners with it',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': place.account } } }),
    });
    exactPolicy(this, 'RulePolicy', {
      place, name: roleName, roles: [role], description: 'Rules of the mesh tell owners with it',
      statements: [
        { sid: 'Tell', actions: ['sns:Publish'], resources: Object.values(this.topics).map(({ topicArn }) => topicArn) },
        { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] },
      ],
    });
    domains.forEach(({ place: of }, n) => {
      const topic = Object.values(this.topics)[n];
      const { stateMachines, stacks } = productArns(of);
      this.rule(`Failed-${keyOf(of)}`, of, 'owners-failed-runs', topic, role, {
        'source': [FAILED_RUN.source], 'detail-type': [FAILED_RUN.detailType], 'account': [of.account], 'detail': { stateMachineArn: [{ wildcard: stateMachines }] },
      }, { what: '$.detail.stateMachineArn', status: '$.detail.status', at: '$.time' },
      'A run of <what> ended <status> at <at>. Its own alarm says what to do; consumers read what was certified before.');
      this.rule(`Drift-${keyOf(of)}`, of, 'owners-drift', topic, role, {
        'source': [DRIFTED_STACK.source], 'detail-type': [DRIFTED_STACK.detailType], 'account': [of.account], 'detail': { 'stack-id': [{ wildcard: stacks }] },
      }, { what: '$.detail.stack-id', at: '$.time' },
      'The stack <what> was found changed by hand at <at>: what is deployed is no longer what its contract says. Deploy it again, or write the change into the contract.');
      this.rule(`Grants-${keyOf(of)}`, of, 'owners-grants-by-hand', topic, role, {
        'source': [driftSource(of)], 'detail-type': [GRANTS_DRIFTED], 'account': [of.account],
      }, { what: '$.detail.product', drift: '$.detail.drift' },
      'Of <what> somebody has what neither its contract nor a subscription says: <drift>. Write it into the contract if it is meant; the platform team takes it away: mesh verify --repair.');
    });
  }

  private rule(id: string, of: DomainPlace, name: string, topic: sns.ITopic, role: iam.IRole, eventPattern: object, inputPathsMap: Record<string, string>, text: string): void {
    new events.CfnRule(this, id, {
      name: `${domainNames.prefix(of)}-${name}`, eventBusName: platformNames.eventBus(of), eventPattern,
      targets: [{ id: 'Owners', arn: topic.topicArn, roleArn: role.roleArn, inputTransformer: { inputPathsMap, inputTemplate: `"${text}"` } }],
    });
  }
}
