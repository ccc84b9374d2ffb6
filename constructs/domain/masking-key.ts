import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from './naming';
import { productArns } from './product-arns';

/** What a domain's masking key is made from. */
export interface MaskingKeyProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** What masked values are hashed with: 32 random bytes as 64 hex digits. One for the domain and never another, or hashes would no longer join. */
export class MaskingKey extends Construct {
  readonly secret: secretsmanager.Secret;

  constructor(scope: Construct, id: string, { place, key }: MaskingKeyProps) {
    super(scope, id);
    this.secret = new secretsmanager.Secret(this, 'Resource', {
      secretName: domainNames.maskingKey(place),
      description: `Masked values of ${place.domain} are hashed with it; another value would break every join on them`,
      encryptionKey: key,
      generateSecretString: { passwordLength: 64, excludeUppercase: true, excludePunctuation: true, excludeCharacters: 'ghijklmnopqrstuvwxyz', includeSpace: false },
      // Identified by an ARN, it is nothing that the next attempt of a first deployment takes over; nothing is hashed with it until one succeeds.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.secret.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'ReadByJobsAlone', effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['secretsmanager:GetSecretValue'], resources: ['*'],
      conditions: { ArnNotLike: { 'aws:PrincipalArn': [productArns(place).roles('job'), domainNames.breakGlassRoleArn(place)] } },
    }));
    const reason = 'hashes of a masked column join across tables and years because the key stays the same';
    Validations.of(this.secret).acknowledge({ id: 'AwsSolutions::AwsSolutions-SMG4', reason });
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5']) Validations.of(this.secret).acknowledge({ id: `${pack}::${pack}-SecretsManagerRotationEnabled`, reason });
  }
}
