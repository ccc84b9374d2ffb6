import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { forOwnAccount, KEEPING_A_KEY, saidOfKey as said, USING_A_KEY as USE } from '../domain/key-policy';
import { arnIn, domainNames, globalArn, type DomainPlace } from '../domain/naming';
import { platformNames } from './platform-names';

/** What the platform's key is made from. */
export interface PlatformKeyProps {
  readonly place: DomainPlace;
  /** Roles that deploy the platform. */
  readonly deployers: string[];
  /**
   * Of a stack that has a key of its own, since no value crosses stacks.
   * @default - of what governs the mesh
   */
  readonly alias?: string;
}

/** Encrypts what governs the mesh: bindings, announcements, notices and logs. Used by roles below the platform's path alone, through those services. */
export class PlatformKey extends Construct {
  /** As others see it: what they ask of its policy has no effect. */
  readonly key: kms.IKey;

  constructor(scope: Construct, id: string, { place, deployers, alias = platformNames.keyAlias(place) }: PlatformKeyProps) {
    super(scope, id);
    const made = new kms.Key(this, 'Resource', {
      description: 'What governs the mesh', alias, enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN, policy: new iam.PolicyDocument({ statements: statements(place, deployers) }),
    });
    this.key = kms.Key.fromKeyArn(this, 'AsItIs', made.keyArn);
  }
}

function statements(place: DomainPlace, deployers: string[]): iam.PolicyStatement[] {
  const account = [new iam.AccountPrincipal(place.account)];
  const via = (...services: string[]): Record<string, string[]> => ({ 'kms:ViaService': services.map((service) => `${service}.${place.region}.amazonaws.com`) });
  const events = new iam.ServicePrincipal('events.amazonaws.com');
  return [
    said('Keeping', KEEPING_A_KEY, account, { ArnNotLike: { 'aws:PrincipalArn': globalArn(place, 'iam', 'role/mesh/*') } }),
    said('Referring', ['kms:DescribeKey'], account),
    said('Platform', USE, account, {
      // Roles of the platform and of domains, which all lie below its path: what each of them sees is for its own policy.
      ArnLike: { 'aws:PrincipalArn': globalArn(place, 'iam', 'role/mesh-platform/*') },
      StringEquals: via('dynamodb', 'sns', 'sqs', 'lambda', 's3', 'events'),
    }),
    said('MakingWhatIsEncrypted', [...USE, 'kms:Encrypt'], account, { ArnEquals: { 'aws:PrincipalArn': deployers }, StringEquals: via('dynamodb', 'lambda', 'events') }),
    said('ForServices', ['kms:CreateGrant'], account, {
      ArnEquals: { 'aws:PrincipalArn': deployers }, StringEquals: via('dynamodb', 'lambda'), Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    said('Logs', [...USE, 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:DescribeKey'], [new iam.ServicePrincipal(`logs.${place.region}.amazonaws.com`)], {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arnIn(place, 'logs', 'log-group:*') },
    }),
    // The bus and its archive, which brings no source along: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
    said('Announcements', [...USE, 'kms:ReEncryptFrom', 'kms:ReEncryptTo'], [events], { StringEquals: { 'kms:EncryptionContext:aws:events:event-bus:arn': domainNames.eventBusArn(place) } }),
    said('AnnouncementsRefer', ['kms:DescribeKey'], [events]),
    // Alarms tell topics, rules fill queues: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    said('Notices', USE, [new iam.ServicePrincipal('cloudwatch.amazonaws.com'), events], forOwnAccount(place.account)),
    said('NeverWidenedByProducts', ['kms:PutKeyPolicy', 'kms:CreateGrant', 'kms:ReplicateKey', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'], [new iam.AnyPrincipal()], {
      ArnLike: { 'aws:PrincipalArn': [globalArn(place, 'iam', `role/mesh/*`), globalArn(place, 'iam', `role${domainNames.platformPath({ ...place, domain: '*' })}*-product-*`)] },
    }, iam.Effect.DENY),
  ];
}
