import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { personaRoleArn } from '../access/persona-names';
import { deployerRoleArn } from '../domain/bootstrap';
import { forOwnAccount, KEEPING_A_KEY, saidOfKey as said, USING_A_KEY as USE } from '../domain/key-policy';
import { domainNames, globalArn } from '../domain/naming';
import { asDomain, consumerArn, consumerNames, type ConsumerPlace } from './naming';

/** Whose warehouse a key encrypts. */
export interface WarehouseKeyProps {
  readonly place: ConsumerPlace;
}

/** Encrypts a consumer's warehouse, the secret of its administrator, and the log of what keeps its marts. */
export class WarehouseKey extends Construct {
  /** As others see it: what they ask of its policy has no effect. */
  readonly key: kms.IKey;

  constructor(scope: Construct, id: string, { place }: WarehouseKeyProps) {
    super(scope, id);
    const made = new kms.Key(this, 'Resource', {
      description: `The warehouse of the consumer ${place.consumer}`, alias: consumerNames.warehouseKeyAlias(place), enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN, policy: new iam.PolicyDocument({ statements: statements(place, deployerRoleArn(this, asDomain(place))) }),
    });
    Validations.of(made).acknowledge({ id: 'mesh-policy::MESH-ACCESS-1', reason: 'Redshift rotates the administrator\'s password as a role of its own in this account; nothing of a product is encrypted with the key' });
    this.key = kms.Key.fromKeyArn(this, 'AsItIs', made.keyArn);
  }
}

function statements(place: ConsumerPlace, deployer: string): iam.PolicyStatement[] {
  const served = asDomain(place);
  const account = [new iam.AccountPrincipal(place.account)];
  const via = (...services: string[]): Record<string, string[]> => ({ 'kms:ViaService': services.map((service) => `${service}.${place.region}.amazonaws.com`) });
  const redshift = globalArn(served, 'iam', 'role/aws-service-role/redshift.amazonaws.com/AWSServiceRoleForRedshift');
  return [
    said('Keeping', KEEPING_A_KEY, account),
    said('Marts', USE, account, { ArnEquals: { 'aws:PrincipalArn': domainNames.handlerRoleArn(served, 'marts') }, StringEquals: via('lambda', 'secretsmanager', 'sqs') }),
    said('FailedCalls', ['kms:Decrypt'], account, { ArnEquals: { 'aws:PrincipalArn': personaRoleArn(served, 'admin') }, StringEquals: via('sqs') }),
    // Redshift encrypts as who makes the warehouse, and keeps the password as its own role:
    // https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html
    said('MakingWhatIsEncrypted', [...USE, 'kms:Encrypt', 'kms:DescribeKey'], account, { ArnEquals: { 'aws:PrincipalArn': deployer }, StringEquals: via('lambda', 'secretsmanager', 'redshift-serverless', 'redshift') }),
    said('ForServices', ['kms:CreateGrant'], account, {
      ArnEquals: { 'aws:PrincipalArn': deployer }, StringEquals: via('lambda', 'redshift-serverless', 'redshift'), Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
    said('Rotating', USE, account, { ArnEquals: { 'aws:PrincipalArn': redshift }, StringEquals: via('secretsmanager') }),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    said('Logs', [...USE, 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:DescribeKey'], [new iam.ServicePrincipal(`logs.${place.region}.amazonaws.com`)], {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': consumerArn(place, 'logs', 'log-group:*') },
    }),
    said('Notices', USE, [new iam.ServicePrincipal('events.amazonaws.com')], forOwnAccount(place.account)),
  ];
}
