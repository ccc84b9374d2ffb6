import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { KEEPING_A_KEY, saidOfKey as said, USING_A_KEY as USE } from '../domain/key-policy';
import { globalArn, type DomainPlace } from '../domain/naming';
import { platformNames } from './platform-names';

/** What the catalogue's key is made from. */
export interface CatalogueKeyProps {
  readonly place: DomainPlace;
  /** Roles that deploy the platform. */
  readonly deployers: string[];
}

/** Of what DataZone encrypts, which is in no other request to the key: https://docs.aws.amazon.com/datazone/latest/userguide/encryption-rest-datazone.html */
const OF_A_CATALOGUE = { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'aws:datazone:domainId' } };

/**
 * Encrypts what DataZone keeps: names, descriptions and subscriptions, no row of data. A key of its own, since whoever speaks to the
 * catalogue uses it, and none of them has business with the platform's other key. DataZone takes it when a domain is made and never another.
 */
export class CatalogueKey extends Construct {
  readonly key: kms.IKey;

  constructor(scope: Construct, id: string, { place, deployers }: CatalogueKeyProps) {
    super(scope, id);
    const account = [new iam.AccountPrincipal(place.account)];
    const isDeployer = { ArnEquals: { 'aws:PrincipalArn': deployers } };
    const made = new kms.Key(this, 'Resource', {
      description: 'What the catalogue of the mesh keeps', alias: platformNames.catalogueKeyAlias(place), enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN,
      policy: new iam.PolicyDocument({
        statements: [
          said('Keeping', KEEPING_A_KEY, account, { ArnNotLike: { 'aws:PrincipalArn': globalArn(place, 'iam', 'role/mesh/*') } }),
          said('Referring', ['kms:DescribeKey'], account),
          // Their own policies say who of the account it is; DataZone says what each of them sees.
          said('Catalogue', USE, account, OF_A_CATALOGUE),
          said('MakingTheCatalogue', ['kms:CreateGrant'], account, {
            ...isDeployer, ...OF_A_CATALOGUE, StringEquals: { 'kms:ViaService': `datazone.${place.region}.amazonaws.com` }, Bool: { 'kms:GrantIsForAWSResource': 'true' },
          }),
        ],
      }),
    });
    this.key = kms.Key.fromKeyArn(this, 'AsItIs', made.keyArn);
  }
}
