import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { personaRoleArn } from '../access/persona-names';
import { forOwnAccount, KEEPING_A_KEY, saidOfKey as said, USING_A_KEY as USE } from './key-policy';
import { arnIn, domainNames, type DomainPlace, FOUNDATION_HANDLERS } from './naming';
import { productArns } from './product-arns';

/** What a domain's key is made from. */
export interface DomainKeyProps {
  readonly place: DomainPlace;
  /** Roles that deploy the foundation. */
  readonly deployers: string[];
}

/**
 * What encrypts everything of the domain. Its policy is whole when it is made: who may use the key is told by ARN, no consumer is
 * among them, and the account's own permissions add nobody, since none of the statements leaves the use of the key to them.
 */
export class DomainKey extends Construct {
  /** As others see it: what they ask of its policy has no effect. */
  readonly key: kms.IKey;

  constructor(scope: Construct, id: string, { place, deployers }: DomainKeyProps) {
    super(scope, id);
    const made = new kms.Key(this, 'Resource', {
      description: `Everything of the domain ${place.domain}`, alias: domainNames.keyAlias(place), enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN, policy: new iam.PolicyDocument({ statements: statements(place, deployers) }),
    });
    this.key = kms.Key.fromKeyArn(this, 'AsItIs', made.keyArn);
  }
}

function statements(place: DomainPlace, deployers: string[]): iam.PolicyStatement[] {
  const account = [new iam.AccountPrincipal(place.account)];
  const via = (...services: string[]): Record<string, string[]> => ({ 'kms:ViaService': services.map((service) => `${service}.${place.region}.amazonaws.com`) });
  const products = productArns(place).roles();
  const [rawBucket] = productArns(place).buckets;
  const deploying = [domainNames.productExecRoleArn(place), domainNames.productDeployRoleArn(place)];
  return [
    said('Keeping', KEEPING_A_KEY, account, { ArnNotLike: { 'aws:PrincipalArn': [products, ...deploying] } }),
    said('Referring', ['kms:DescribeKey'], account),
    said('Products', USE, account, { ArnLike: { 'aws:PrincipalArn': products }, StringEquals: via('s3', 'dynamodb', 'secretsmanager', 'sns', 'sqs') }),
    said('Foundation', USE, account, {
      ArnEquals: {
        'aws:PrincipalArn': [
          ...[...FOUNDATION_HANDLERS, 'policy' as const].map((handler) => domainNames.handlerRoleArn(place, handler)), domainNames.lakeRoleArn(place), domainNames.schedulerRoleArn(place),
          domainNames.maintenanceRoleArn(place), domainNames.breakGlassRoleArn(place),
        ],
      },
      StringEquals: via('s3', 'dynamodb', 'secretsmanager', 'sns', 'sqs', 'lambda'),
    }),
    // What could not be done and what runs say of themselves, to mend it by: docs/operations.md. Nothing of S3, where data is.
    said('FailedCalls', ['kms:Decrypt'], account, { ArnEquals: { 'aws:PrincipalArn': [personaRoleArn(place, 'admin'), personaRoleArn(place, 'engineer')] }, StringEquals: via('sqs') }),
    said('Runs', ['kms:Decrypt'], account, { ArnEquals: { 'aws:PrincipalArn': personaRoleArn(place, 'admin') }, StringEquals: via('dynamodb') }),
    // Parts of a large file are read again when it is put together: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
    said('Deliveries', ['kms:GenerateDataKey', 'kms:Decrypt'], account, {
      ArnLike: { 'aws:PrincipalArn': domainNames.deliveryRoles(place), 'kms:EncryptionContext:aws:s3:arn': rawBucket }, StringEquals: via('s3'),
    }),
    // What is made with the key is made by who deploys; not through S3, so nobody who deploys reads data.
    said('MakingWhatIsEncrypted', [...USE, 'kms:Encrypt'], account, { ArnEquals: { 'aws:PrincipalArn': deployers }, StringEquals: via('dynamodb', 'lambda', 'secretsmanager') }),
    said('ForServices', ['kms:CreateGrant'], account, {
      ArnEquals: { 'aws:PrincipalArn': deployers }, StringEquals: via('dynamodb', 'lambda'), Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    said('Logs', [...USE, 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:DescribeKey'], [new iam.ServicePrincipal(`logs.${place.region}.amazonaws.com`)], {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arnIn(place, 'logs', 'log-group:*') },
    }),
    // Alarms tell topics, rules fill queues: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    said('Notices', USE, [new iam.ServicePrincipal('cloudwatch.amazonaws.com'), new iam.ServicePrincipal('events.amazonaws.com')], forOwnAccount(place.account)),
    said('NeverWidenedByProducts', ['kms:PutKeyPolicy', 'kms:CreateGrant', 'kms:ReplicateKey', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'], [new iam.AnyPrincipal()], {
      ArnLike: { 'aws:PrincipalArn': [products, ...deploying] },
    }, iam.Effect.DENY),
  ];
}
