import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { KEEPING_A_KEY, saidOfKey as said, USING_A_KEY } from '../domain/key-policy';
import { type DomainPlace } from '../domain/naming';
import { auditNames } from './audit-names';

/** What the key of the archive is made from. */
export interface ArchiveKeyProps {
  /** The platform's. */
  readonly place: DomainPlace;
  /** Accounts whose trails write into the archive; of an organisation the platform's alone, which has its one trail. */
  readonly accounts: readonly string[];
  /** ARNs of the roles that may read what was recorded, which may be patterns. */
  readonly readers: readonly string[];
}

/** Encrypts what trails record and what queries over it answer. CloudTrail writes with it, auditors read with it, and nobody else does either. */
export class ArchiveKey extends Construct {
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, { place, accounts, readers }: ArchiveKeyProps) {
    super(scope, id);
    const account = [new iam.AccountPrincipal(place.account)];
    const trails = accounts.map((of) => auditNames.trailArn(place, of));
    this.key = new kms.Key(this, 'Resource', {
      description: 'What is recorded of everybody who does something in the mesh', alias: auditNames.keyAlias(place), enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN,
      policy: new iam.PolicyDocument({
        statements: [
          // Whoever made the key useless would delete what it encrypts.
          said('Keeping', KEEPING_A_KEY.filter((action) => !['kms:ScheduleKeyDeletion', 'kms:DisableKey'].includes(action)), account),
          // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
          said('TrailsWrite', ['kms:GenerateDataKey'], [new iam.ServicePrincipal('cloudtrail.amazonaws.com')], {
            StringEquals: { 'aws:SourceArn': trails }, StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': accounts.map((of) => auditNames.trailArn({ ...place, region: '*' }, of)) },
          }),
          said('TrailsLook', ['kms:DescribeKey'], [new iam.ServicePrincipal('cloudtrail.amazonaws.com')], { StringEquals: { 'aws:SourceArn': trails } }),
          said('Reading', USING_A_KEY, account, {
            ArnLike: { 'aws:PrincipalArn': [...readers] }, StringEquals: { 'kms:ViaService': `s3.${place.region}.amazonaws.com` },
          }),
        ],
      }),
    });
    Validations.of(this.key).acknowledge({ id: 'mesh-policy::MESH-ACCESS-1', reason: 'auditors come by IAM Identity Center as well, whose roles are outside of the mesh\'s paths; a condition names their permission set' });
  }
}
