import { RemovalPolicy } from 'aws-cdk-lib';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { type Construct } from 'constructs';

/**
 * The settings of Lake Formation in an account of the mesh: nobody has anything by default, grants cross accounts to roles directly, and a
 * read says in the trail for whom it was.
 */
export function lakeSettings(scope: Construct, id: string, administrators: readonly string[]): lakeformation.CfnDataLakeSettings {
  const settings = new lakeformation.CfnDataLakeSettings(scope, id, {
    // Other administrators, and other domains of the account, stay.
    mutationType: 'APPEND',
    admins: administrators.map((dataLakePrincipalIdentifier) => ({ dataLakePrincipalIdentifier })),
    createDatabaseDefaultPermissions: [],
    createTableDefaultPermissions: [],
    // Nobody but AWS's own engines is handed credentials, and those filter.
    allowExternalDataFiltering: false,
    allowFullTableExternalDataAccess: false,
    // As the API spells them; the text of CloudFormation's documentation says CrossAccountVersion, which the API refuses.
    parameters: { CROSS_ACCOUNT_VERSION: '4', SET_SOURCE_IDENTITY: 'TRUE' },
  });
  // One stack that goes may not take away the administrators of the others in its account.
  settings.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return settings;
}
