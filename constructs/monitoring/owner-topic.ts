import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type ProductParts } from '../data-product/product-parts';
import { productNames } from '../domain/naming';

/** What an owner's topic is made for. */
export interface OwnerTopicProps {
  readonly parts: ProductParts;
}

/** Where the owner of a product hears of it: from its alarms and from its state machine. */
export class OwnerTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { parts }: OwnerTopicProps) {
    super(scope, id);
    const { place, plan, domain } = parts;
    this.topic = new sns.Topic(this, 'Resource', {
      topicName: productNames.ownerTopic(place), displayName: `${plan.product.id} v${place.major}`, masterKey: domain.key, enforceSSL: true,
    });
    const stack = Stack.of(this);
    this.topic.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'AlarmsOfTheProduct',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [this.topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': place.account },
        ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: `${productNames.prefix(place)}-*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME }) },
      },
    }));
    this.topic.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'StateMachineOfTheProduct',
      // By its ARN in a condition, since the role may be made later.
      principals: [new iam.AccountPrincipal(place.account)],
      actions: ['sns:Publish'],
      resources: [this.topic.topicArn],
      conditions: { ArnEquals: { 'aws:PrincipalArn': productNames.roleArn(place, 'states') } },
    }));
    // An owner may be written as a name; then somebody subscribes by hand.
    if (plan.product.owner.includes('@')) {
      new sns.Subscription(this, 'Owner', { topic: this.topic, protocol: sns.SubscriptionProtocol.EMAIL, endpoint: plan.product.owner });
    }
  }
}
