import * as glue from 'aws-cdk-lib/aws-glue';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';

/** What the encryption of a domain's jobs is made from. */
export interface JobEncryptionProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** How Glue encrypts what jobs write and log. One for a domain, since all of its products share a key and accounts have room for a few hundred. */
export class JobEncryption extends Construct {
  readonly configuration: glue.SecurityConfiguration;

  constructor(scope: Construct, id: string, { place, key }: JobEncryptionProps) {
    super(scope, id);
    this.configuration = new glue.SecurityConfiguration(this, 'Resource', {
      securityConfigurationName: domainNames.securityConfiguration(place),
      cloudWatchEncryption: glue.CloudWatchEncryption.kms(key),
      s3Encryption: glue.S3Encryption.kms(key),
      jobBookmarksEncryption: glue.JobBookmarksEncryption.clientSideKms(key),
    });
  }
}
