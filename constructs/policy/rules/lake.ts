import { CLASSIFICATIONS } from '../../../lib/contract/classification';
import { eachOf, type Finding, type Rule } from '../rule';
import { identityPolicies } from '../statements';
import { asList, asObject, at, knownText, type Resource } from '../template';

const GRANTS = ['AWS::LakeFormation::PrincipalPermissions', 'AWS::LakeFormation::Permissions'];
const FILTER = 'AWS::LakeFormation::DataCellsFilter';
/** Asks the foundation's handler to grant. */
const ASKED = 'Custom::MeshGrants';
const EVERYBODY = 'IAM_ALLOWED_PRINCIPALS';
/** What a role of a product may do in Lake Formation: be handed what it was granted. */
const ASKING = 'lakeformation:getdataaccess';

/** What a resource that grants writes into its `Metadata` under `mesh:grant`, once or as a list: the clearance, and the class of each column that is seen. */
interface GrantNote {
  readonly clearance: unknown;
  readonly columns: unknown;
}

/** Consumers see what a filter lists, when the platform has granted it, and nothing above the clearance of their role. */
export const LAKE_RULES: Rule[] = [
  {
    id: 'MESH-LAKE-1', description: 'A grant of Lake Formation outside of a stack of grants', fix: 'grants to consumers are the platform\'s, in the product\'s stack of grants (template Metadata mesh:stack = grants); those of a product\'s own roles are given by the foundation\'s handler',
    check: (template) => (['grants', 'access'].includes(template.purpose ?? '') ? [] : template.of(...GRANTS, FILTER, ASKED, 'AWS::LakeFormation::TagAssociation')
      // A consumer's roles see the links in their own catalogue, which open nothing.
      .filter(({ properties }) => template.purpose !== 'consumption' || asList(properties.Permissions).map(knownText).join() !== 'DESCRIBE').map(({ id }) => ({ resource: id, at: 'Type' }))),
  },
  {
    id: 'MESH-LAKE-2', description: 'A grant of data without a filter', fix: 'grant SELECT on a DataCellsFilter; on databases and tables themselves at most DESCRIBE',
    check: eachOf(GRANTS, 'Permissions', ({ properties }) => {
      const given = asList(properties.Permissions).map(knownText);
      const isFiltered = at(properties, 'Resource', 'DataCellsFilter') !== undefined;
      return given.some((permission) => !(isFiltered ? ['SELECT', 'DESCRIBE'] : ['DESCRIBE']).includes(permission));
    }),
  },
  {
    id: 'MESH-LAKE-3', description: 'A grant that may be passed on', fix: 'leave PermissionsWithGrantOption empty',
    check: eachOf(GRANTS, 'PermissionsWithGrantOption', ({ properties }) => asList(properties.PermissionsWithGrantOption).length > 0),
  },
  {
    id: 'MESH-LAKE-4', description: 'A filter that does not list its columns', fix: 'write ColumnNames: a new column stays invisible until it is granted',
    check: eachOf([FILTER], 'ColumnNames', ({ properties }) => properties.ColumnWildcard !== undefined || asList(properties.ColumnNames).length === 0 || asList(properties.ColumnNames).includes('*')),
  },
  {
    id: 'MESH-LAKE-5', description: 'A column is granted above the clearance of its role, or nobody says what they are', fix: 'take the column out of the role, or raise the role\'s mesh.clearance in the contract; what grants carries Metadata mesh:grant with clearance and the class of each column',
    check: (template) => template.resources.filter((resource) => isAboveClearance(resource)).map(({ id }) => ({ resource: id, at: 'Metadata/mesh:grant' })),
  },
  {
    id: 'MESH-LAKE-6', description: 'Everybody whom IAM allows is granted something', fix: 'grant nothing to IAM_ALLOWED_PRINCIPALS, and leave default permissions empty',
    check: (template) => [
      ...eachOf(GRANTS, 'Principal', ({ properties }) => JSON.stringify(properties.Principal ?? properties.DataLakePrincipal ?? '').includes(EVERYBODY))(template),
      ...eachOf(['AWS::LakeFormation::DataLakeSettings', 'AWS::Glue::Database'], 'DefaultPermissions', ({ properties }) => JSON.stringify(properties).includes(EVERYBODY))(template),
      ...eachOf(['AWS::Glue::Database'], 'DatabaseInput/CreateTableDefaultPermissions', ({ properties }) => at(properties, 'DatabaseInput', 'TargetDatabase') === undefined && at(properties, 'DatabaseInput', 'CreateTableDefaultPermissions') === undefined)(template),
    ],
  },
  {
    id: 'MESH-LAKE-7', description: 'Settings of Lake Formation that remove other administrators', fix: 'set MutationType to APPEND',
    check: eachOf(['AWS::LakeFormation::DataLakeSettings'], 'MutationType', ({ properties }) => properties.MutationType !== 'APPEND'),
  },
  {
    id: 'MESH-LAKE-8', description: 'A location is registered with Lake Formation\'s own role, or in hybrid mode', fix: 'register it with the domain\'s lake role, UseServiceLinkedRole false and without HybridAccessEnabled',
    check: eachOf(['AWS::LakeFormation::Resource'], 'UseServiceLinkedRole', ({ properties }) => properties.UseServiceLinkedRole !== false || properties.RoleArn === undefined || properties.HybridAccessEnabled === true),
  },
  {
    id: 'MESH-LAKE-9', description: 'A product may change who sees data', fix: 'products ask their foundation; their roles have lakeformation:GetDataAccess at most, and their stacks share nothing',
    check: (template) => (template.product === undefined ? [] : [
      ...identityPolicies(template).filter(({ isAllow, actions }) => isAllow && actions.some(opensData)).map(({ resource, at: where }): Finding => ({ resource: resource.id, at: where })),
      ...template.resources.filter(({ type }) => /^AWS::(RAM|DataZone)::|^AWS::LakeFormation::(DataLakeSettings|Resource|Tag)$|^AWS::KMS::/.test(type)).map(({ id }) => ({ resource: id, at: 'Type' })),
    ]),
  },
];

function opensData(action: string): boolean {
  const name = action.toLowerCase();
  return (name.startsWith('lakeformation:') && name !== ASKING && !name.includes('*'))
    || ['ram:', 'glue:putresourcepolicy', 'glue:deleteresourcepolicy', 'kms:putkeypolicy', 'kms:creategrant', 's3:putbucketpolicy'].some((opening) => name.startsWith(opening));
}

function isAboveClearance({ type, metadata, properties }: Resource): boolean {
  const note = metadata['mesh:grant'];
  if (note === undefined) return type === FILTER || type === ASKED;
  return asList(note).some((each) => {
    const { clearance, columns } = asObject(each) as unknown as GrantNote;
    const most = rank(clearance);
    const classes = asObject(columns);
    const seen = type === FILTER ? asList(properties.ColumnNames).map(String) : Object.keys(classes);
    return most < 0 || seen.length === 0 || seen.some((column) => rank(classes[column]) < 0 || rank(classes[column]) > most);
  });
}

function rank(classification: unknown): number {
  return CLASSIFICATIONS.findIndex((each) => each === classification);
}
