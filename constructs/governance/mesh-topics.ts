import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { platformNames, type TopicPurpose } from './platform-names';

/** What the topics of the platform are made from. */
export interface MeshTopicsProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  /**
   * Mail addresses by purpose.
   * @default - people subscribe by hand
   */
  readonly listeners?: Partial<Record<TopicPurpose, readonly string[]>>;
}

const PURPOSES: Readonly<Record<TopicPurpose, string>> = {
  incidents: 'Something of the platform does not work', security: 'Somebody has opened what is closed', subscriptions: 'Somebody asks for data', reviews: 'How products keep what they promise',
};

/** Where the platform team hears of things: a topic for each thing that other people deal with. */
export class MeshTopics extends Construct {
  readonly topics: Readonly<Record<TopicPurpose, sns.Topic>>;
  /** Rules publish with it: a topic's policy cannot tell one account's rules from another's, since EventBridge brings no context along. */
  readonly ruleRole: iam.IRole;

  constructor(scope: Construct, id: string, { place, key, listeners = {} }: MeshTopicsProps) {
    super(scope, id);
    this.topics = Object.fromEntries((Object.entries(PURPOSES) as [TopicPurpose, string][]).map(([purpose, displayName]) => {
      const topic = new sns.Topic(this, purpose, { topicName: platformNames.topic(place, purpose), displayName, masterKey: key, enforceSSL: true });
      topic.addToResourcePolicy(new iam.PolicyStatement({
        sid: 'AlarmsOfThePlatform', actions: ['sns:Publish'], resources: [topic.topicArn], principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        conditions: { StringEquals: { 'aws:SourceAccount': place.account }, ArnLike: { 'aws:SourceArn': arnIn(place, 'cloudwatch', `alarm:${domainNames.prefix(place)}-*`) } },
      }));
      for (const address of listeners[purpose] ?? []) new sns.Subscription(topic, address, { topic, protocol: sns.SubscriptionProtocol.EMAIL, endpoint: address });
      return [purpose, topic];
    })) as Record<TopicPurpose, sns.Topic>;

    const roleName = platformNames.role(place, 'notices');
    const made = new iam.Role(this, 'RuleRole', {
      roleName, path: domainNames.platformPath(place), description: 'Rules of the platform tell its topics with it',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': place.account } } }),
    });
    exactPolicy(this, 'RulePolicy', {
      place, name: roleName, roles: [made], description: 'Rules of the platform tell its topics with it',
      statements: [
        { sid: 'Tell', actions: ['sns:Publish'], resources: Object.values(this.topics).map(({ topicArn }) => topicArn) },
        { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] },
      ],
    });
    // As it is: what it may do stands in one policy.
    this.ruleRole = iam.Role.fromRoleArn(this, 'RuleRoleAsItIs', made.roleArn, { mutable: false });
  }
}
