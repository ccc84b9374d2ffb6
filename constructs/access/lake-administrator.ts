import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { lakeSettings } from './lake-settings';
import { lakeAdminRoleArn } from './persona-names';

/** What administers Lake Formation in an account. */
export interface LakeAdministratorProps {
  readonly place: DomainPlace;
  /** ARNs of who may take the role, `*` for any account. */
  readonly administrators: string[];
  /** Roles that deploy the platform's stacks here. */
  readonly deployers: string[];
}

/**
 * The settings of Lake Formation, and the role with which the platform looks after grants by hand. Grants are made by stacks and their
 * handlers; the role is for what those cannot mend. It is an administrator of grants and reads no data: the settings are the deployment's.
 */
export class LakeAdministrator extends Construct {
  readonly role: iam.Role;
  readonly settings: lakeformation.CfnDataLakeSettings;

  constructor(scope: Construct, id: string, { place, administrators, deployers }: LakeAdministratorProps) {
    super(scope, id);
    const arn = lakeAdminRoleArn(place);
    const roleName = arn.slice(arn.lastIndexOf('/') + 1);
    const description = 'Looks after grants of Lake Formation by hand';
    this.role = new iam.Role(this, 'Role', {
      roleName, path: domainNames.platformPath(place), description, maxSessionDuration: Duration.hours(1),
      assumedBy: new iam.AccountPrincipal(place.account).withConditions({ ArnLike: { 'aws:PrincipalArn': administrators } }),
    });
    exactPolicy(this, 'Policy', {
      place, name: roleName, roles: [this.role], description,
      statements: [
        // https://docs.aws.amazon.com/lake-formation/latest/dg/required-permissions-for-grant.html
        {
          sid: 'Grants', resources: ['*'], why: 'actions of Lake Formation take no resource',
          actions: [
            'lakeformation:GetDataLakeSettings', 'lakeformation:ListPermissions', 'lakeformation:BatchGrantPermissions', 'lakeformation:BatchRevokePermissions',
            'lakeformation:ListDataCellsFilter', 'lakeformation:GetDataCellsFilter', 'lakeformation:ListLFTags', 'lakeformation:GetLFTag', 'lakeformation:GetResourceLFTags', 'lakeformation:ListResources',
          ],
        },
        {
          sid: 'Definitions', actions: ['glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables'], why: 'whatever the account has can be granted',
          resources: ['catalog', 'database/*', 'table/*'].map((of) => arnIn(place, 'glue', of)),
        },
      ],
    });
    this.settings = lakeSettings(this, 'Settings', [...deployers, arn]);
    this.settings.node.addDependency(this.role);
  }
}
