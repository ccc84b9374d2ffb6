import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct } from 'constructs';
import { type DomainPlace } from '../domain/naming';
import { auditNames } from './audit-names';

/** What the table over the archive is made from. */
export interface TrailTableProps {
  /** The platform's. */
  readonly place: DomainPlace;
  /** Accounts that may be asked for. */
  readonly accounts: readonly string[];
  /** Regions that may be asked for. */
  readonly regions: readonly string[];
  readonly organizationId?: string;
  /** Days back that may be asked for. */
  readonly retentionDays: number;
}

/** Everybody whom IAM lets. */
const BY_IAM = 'IAM_ALLOWED_PRINCIPALS';

const IDENTITY = 'struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,'
  + 'onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,'
  + 'sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,ec2roledelivery:string,'
  + 'webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>';

/**
 * Columns and formats as Athena's documentation gives them; `sourceidentity` is not among its fields of the session, and S3's events
 * name the role that Lake Formation reads with all the same.
 * https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html
 */
export const TRAIL_COLUMNS: Readonly<Record<string, string>> = {
  eventversion: 'string', useridentity: IDENTITY, eventtime: 'string', eventsource: 'string', eventname: 'string', awsregion: 'string', sourceipaddress: 'string', useragent: 'string',
  errorcode: 'string', errormessage: 'string', requestparameters: 'string', responseelements: 'string', additionaleventdata: 'string', requestid: 'string', eventid: 'string', readonly: 'string',
  resources: 'array<struct<arn:string,accountid:string,type:string>>', eventtype: 'string', apiversion: 'string', recipientaccountid: 'string', serviceeventdetails: 'string',
  sharedeventid: 'string', vpcendpointid: 'string', vpcendpointaccountid: 'string', eventcategory: 'string',
  addendum: 'struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>', sessioncredentialfromconsole: 'string', edgedevicedetails: 'string',
  tlsdetails: 'struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>',
};

/** The archive as a table: a partition for each account, region and day, which Athena computes and nobody has to add. */
export class TrailTable extends Construct {
  readonly database: glue.CfnDatabase;
  readonly table: glue.CfnTable;

  constructor(scope: Construct, id: string, { place, accounts, regions, organizationId, retentionDays }: TrailTableProps) {
    super(scope, id);
    const name = auditNames.database(place);
    const table = 'cloudtrail';
    this.database = new glue.CfnDatabase(this, 'Database', {
      catalogId: place.account, databaseName: name,
      databaseInput: { name, description: 'What is recorded of the mesh', createTableDefaultPermissions: [{ permissions: ['ALL'], principal: { dataLakePrincipalIdentifier: BY_IAM } }] },
    });
    this.database.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const shown = new lakeformation.CfnPrincipalPermissions(this, 'Shown', {
      principal: { dataLakePrincipalIdentifier: BY_IAM }, resource: { database: { catalogId: place.account, name } }, permissions: ['DESCRIBE'], permissionsWithGrantOption: [],
    });
    shown.addResourceDependency(this.database);
    // What is recorded is no data of a product: who reads it is for IAM, and for the archive, which names its readers.
    const reason = 'the trail is no data of a product; the archive\'s bucket and key name who reads it, and the account\'s settings of Lake Formation would hide its table from them';
    Validations.of(this.database).acknowledge({ id: 'mesh-policy::MESH-LAKE-6', reason });
    for (const rule of ['MESH-LAKE-1', 'MESH-LAKE-6']) Validations.of(shown).acknowledge({ id: `mesh-policy::${rule}`, reason });
    const location = `s3://${auditNames.bucket(place, 'audit')}/AWSLogs/${organizationId === undefined ? '' : `${organizationId}/`}`;
    const columns = (of: Readonly<Record<string, string>>): { name: string; type: string }[] => Object.entries(of).map(([column, type]) => ({ name: column, type }));
    this.table = new glue.CfnTable(this, 'Resource', {
      catalogId: place.account, databaseName: name, name: table,
      tableInput: {
        name: table, description: 'Events of CloudTrail', tableType: 'EXTERNAL_TABLE',
        partitionKeys: columns({ account: 'string', region: 'string', day: 'string' }),
        storageDescriptor: {
          location, columns: columns(TRAIL_COLUMNS), serdeInfo: { serializationLibrary: 'org.apache.hive.hcatalog.data.JsonSerDe' },
          inputFormat: 'com.amazon.emr.cloudtrail.CloudTrailInputFormat', outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
        },
        parameters: {
          'EXTERNAL': 'TRUE', 'projection.enabled': 'true',
          'projection.account.type': 'enum', 'projection.account.values': accounts.join(','),
          'projection.region.type': 'enum', 'projection.region.values': regions.join(','),
          'projection.day.type': 'date', 'projection.day.format': 'yyyy/MM/dd', 'projection.day.range': `NOW-${retentionDays}DAYS,NOW`,
          'projection.day.interval': '1', 'projection.day.interval.unit': 'DAYS',
          'storage.location.template': `${location}\${account}/CloudTrail/\${region}/\${day}`,
        },
      },
    });
    this.table.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.table.addResourceDependency(this.database);
  }
}
