import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { domainNames, productNames, type ProductPlace } from '../domain/naming';

/** Everything that reads or writes data. None of it is what CloudFormation asks of a bucket, or what S3 does by itself. */
const DATA = [
  's3:GetObject*', 's3:PutObject*', 's3:DeleteObject*', 's3:ListObject*', 's3:UpdateObject*', 's3:RestoreObject', 's3:Replicate*',
  's3:AbortMultipartUpload', 's3:ListMultipartUploadParts',
];
const NAMES = ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'];
const KEY_HEADER = 's3:x-amz-server-side-encryption-aws-kms-key-id';
const ALGORITHM_HEADER = 's3:x-amz-server-side-encryption';

/** What it takes to deliver a file, whole or in parts. */
const DELIVERING = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/**
 * Who may touch the data of a product: its own roles, the handlers, Lake Formation, maintenance and break-glass; and whoever the
 * platform lets deliver, who puts files where they land and does nothing else. A role is told by its ARN in a condition: as a
 * principal it would have to be there before the bucket, and a policy would keep its id when it is made anew.
 */
export function guardData(bucket: s3.IBucket, kind: 'raw' | 'curated', place: ProductPlace, key: kms.IKey): void {
  const own = productNames.ownRoles(place);
  const keepers = [
    domainNames.handlerRoleArn(place, 'tables'), domainNames.handlerRoleArn(place, 'publisher'), domainNames.lakeRoleArn(place),
    domainNames.maintenanceRoleArn(place), domainNames.breakGlassRoleArn(place),
  ];
  const objects = bucket.arnForObjects('*');
  const deliverers = domainNames.deliveryRoles(place);
  const statements: [sid: string, actions: string[], resource: string, conditions: Record<string, Record<string, string | string[]>>][] = [
    ['DataOfTheProductAlone', DATA, objects, { ArnNotLike: { 'aws:PrincipalArn': [own, ...keepers, ...kind === 'raw' ? [deliverers] : []] } }],
    // CloudFormation looks whether a bucket is there by listing it; names are all it may see.
    ['NamesOfTheProductAlone', NAMES, bucket.bucketArn, { ArnNotLike: { 'aws:PrincipalArn': [own, ...keepers, domainNames.productExecRoleArn(place)] } }],
    // Whom a role trusts is written by who makes it. Glue marks the sessions that it hands to jobs, so a role of the product's
    // path that trusts somebody else reads and deletes nothing; Athena unloads imports as one of the roles.
    // https://docs.aws.amazon.com/glue/latest/dg/security_iam_id-based-policy-examples.html#glue-identity-based-policy-context-key-glue
    ['OwnRolesReadInJobsAlone', ['s3:GetObject*', 's3:DeleteObject*'], objects, {
      ArnLike: { 'aws:PrincipalArn': own }, StringNotEquals: { 'glue:CredentialIssuingService': 'glue.amazonaws.com' },
      'ForAllValues:StringNotEquals': { 'aws:CalledVia': 'athena.amazonaws.com' },
    }],
    // Without these headers S3 encrypts as the bucket says.
    ['KeyOfTheDomainAlone', ['s3:PutObject'], objects, { StringNotEquals: { [KEY_HEADER]: key.keyArn }, Null: { [KEY_HEADER]: 'false' } }],
    ['EncryptedByAKeyAlone', ['s3:PutObject'], objects, { StringNotEquals: { [ALGORITHM_HEADER]: 'aws:kms' }, Null: { [ALGORITHM_HEADER]: 'false' } }],
  ];
  for (const [sid, actions, resource, conditions] of statements) {
    bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid, effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions, resources: [resource], conditions,
    }));
  }
  if (kind === 'raw') for (const narrowed of deliverAlone(bucket, deliverers)) bucket.addToResourcePolicy(narrowed);
}

/** Whatever else the policies of those who deliver say. */
function deliverAlone(bucket: s3.IBucket, deliverers: string): iam.PolicyStatement[] {
  const denied = { effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], conditions: { ArnLike: { 'aws:PrincipalArn': deliverers } } };
  return [
    new iam.PolicyStatement({ ...denied, sid: 'WhoDeliversDoesNothingElse', notActions: DELIVERING, resources: [bucket.arnForObjects('*')] }),
    new iam.PolicyStatement({ ...denied, sid: 'WhoDeliversLetsLand', actions: DELIVERING, notResources: [bucket.arnForObjects('landing/*')] }),
  ];
}
