import { RemovalPolicy } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct } from 'constructs';
import { lakeSettings } from '../access/lake-settings';
import { domainNames, type DomainPlace } from './naming';
import { exactPolicy } from './exact-policy';
import { productArns } from './product-arns';

/** What a domain's part of the lake is made from. */
export interface DomainLakeProps {
  readonly place: DomainPlace;
  readonly keyArn: string;
  /** Roles that deploy the foundation: administrators of the lake, beside those that are already. */
  readonly deployers: string[];
}

/** The databases of the domain, the settings of Lake Formation that they rely on, and the role that it reads and writes with. */
export class DomainLake extends Construct {
  readonly settings: lakeformation.CfnDataLakeSettings;
  readonly published: glue.CfnDatabase;
  readonly internal: glue.CfnDatabase;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, keyArn, deployers }: DomainLakeProps) {
    super(scope, id);
    this.settings = lakeSettings(this, 'Settings', [...deployers, domainNames.handlerRoleArn(place, 'permissions'), domainNames.handlerRoleArn(place, 'grants')]);
    this.published = this.database('Published', place, domainNames.publishedDatabase(place), `What ${place.domain} publishes`);
    this.internal = this.database('Internal', place, domainNames.internalDatabase(place), `What products of ${place.domain} are built from; never shared`);
    this.role = this.lakeRole(place, keyArn);
  }

  /** Settings first: what an account gives by default is given when a database is made. */
  private database(id: string, place: DomainPlace, name: string, description: string): glue.CfnDatabase {
    const database = new glue.CfnDatabase(this, id, { catalogId: place.account, databaseName: name, databaseInput: { name, description, createTableDefaultPermissions: [] } });
    database.applyRemovalPolicy(RemovalPolicy.RETAIN);
    database.addResourceDependency(this.settings);
    return database;
  }

  /** https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html */
  private lakeRole(place: DomainPlace, keyArn: string): iam.Role {
    const { buckets, objects } = productArns(place);
    const arn = domainNames.lakeRoleArn(place);
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    const why = 'products come and go; which of their tables is read, and by whom, is for Lake Formation';
    const service = new iam.ServicePrincipal('lakeformation.amazonaws.com');
    const role = new iam.Role(this, 'Role', {
      roleName: name, path: domainNames.platformPath(place), description: `Lake Formation reads and writes the tables of ${place.domain} with it`, assumedBy: service,
    });
    // So that S3's own log says for whom a table was read.
    role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({ principals: [service], actions: ['sts:SetSourceIdentity'] }));
    exactPolicy(this, 'Policy', {
      place, name, roles: [role], description: `Tables of products of ${place.domain}`,
      statements: [
        { sid: 'Tables', actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [objects('curated', 'tables/*')], why },
        { sid: 'Buckets', actions: ['s3:ListBucket'], resources: [buckets[1]], why },
        { sid: 'Key', actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], resources: [keyArn] },
      ],
    });
    return role;
  }
}
