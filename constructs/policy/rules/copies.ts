import { eachOf, type Rule } from '../rule';
import { asList, at, knownText } from '../template';

const LOGS = ['connectionlog', 'useractivitylog', 'userlog'];

/** What consumers query with beside Athena: copies that a grant's end does not reach by itself, and who is shown them. */
export const COPY_RULES: Rule[] = [
  {
    id: 'MESH-COPY-1', description: 'A data warehouse is not encrypted with a key of the mesh, somebody knows its password, or it does not log who asked for what',
    fix: 'set KmsKeyId and AdminPasswordSecretKmsKeyId to the consumer\'s key, ManageAdminPassword, and all of LogExports',
    check: eachOf(['AWS::RedshiftServerless::Namespace'], 'KmsKeyId', ({ properties }) => properties.KmsKeyId === undefined || properties.ManageAdminPassword !== true
      || properties.AdminPasswordSecretKmsKeyId === undefined || LOGS.some((log) => !asList(properties.LogExports).includes(log))),
  },
  {
    id: 'MESH-COPY-2', description: 'A data warehouse reaches AWS outside its network', fix: 'set EnhancedVpcRouting',
    check: eachOf(['AWS::RedshiftServerless::Workgroup'], 'EnhancedVpcRouting', ({ properties }) => properties.EnhancedVpcRouting !== true),
  },
  {
    id: 'MESH-COPY-3', description: 'A data set of QuickSight is a copy, or may be made one', fix: 'set ImportMode to DIRECT_QUERY and DataSetUsageConfiguration.DisableUseAsImportedSource, and refresh nothing: a copy shows what was granted once',
    check: (template) => [
      ...eachOf(['AWS::QuickSight::DataSet'], 'ImportMode', ({ properties }) => properties.ImportMode !== 'DIRECT_QUERY' || at(properties, 'DataSetUsageConfiguration', 'DisableUseAsImportedSource') !== true)(template),
      ...eachOf(['AWS::QuickSight::RefreshSchedule'], 'Type', () => true)(template),
    ],
  },
  {
    id: 'MESH-COPY-4', description: 'QuickSight queries with a role that is not the consumer\'s, or somebody may make data sets of their own', fix: 'set AthenaParameters.RoleArn to the consumer\'s role for it, and give nobody Permissions on the data source',
    check: eachOf(['AWS::QuickSight::DataSource'], 'DataSourceParameters', ({ properties }) => at(properties, 'DataSourceParameters', 'AthenaParameters', 'RoleArn') === undefined || properties.Permissions !== undefined),
  },
  {
    id: 'MESH-COPY-5', description: 'Everybody in QuickSight sees something, or somebody of another account', fix: 'name groups of the account\'s own; no namespace, no link',
    check: (template) => eachOf(['AWS::QuickSight::DataSet', 'AWS::QuickSight::Analysis', 'AWS::QuickSight::Dashboard', 'AWS::QuickSight::Template'], 'Permissions', ({ properties }) => properties.LinkSharingConfiguration !== undefined
      || asList(properties.Permissions).some((permission) => !isOwnGroup(knownText(at(permission, 'Principal')), template.account)))(template),
  },
];

function isOwnGroup(principal: string, account: string | undefined): boolean {
  const [, , service, , owner, resource = ''] = principal.split(':');
  return service === 'quicksight' && /^(group|user)\//.test(resource) && (account === undefined || owner === '?' || owner === account);
}
