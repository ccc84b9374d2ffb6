import * as quicksight from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { type PlanType } from '../../lib/plan/plan-schema';
import { partition } from '../domain/naming';
import { type ReadTable } from '../grants/read-tables';
import { consumerNames, type ConsumerPlace } from './naming';

/** What of a consumer's is in QuickSight. */
export interface DashboardsProps {
  readonly place: ConsumerPlace;
  /** Of QuickSight: `default/analysts`. */
  readonly groups: readonly string[];
  /** Where QuickSight keeps its users. */
  readonly identityRegion: string;
  /** Tables that contracts give the consumer. */
  readonly tables: readonly ReadTable[];
}

/** Looks and makes analyses of it, and changes neither what it is made from nor whether it is a copy. */
const USES_DATA_SET = ['quicksight:DescribeDataSet', 'quicksight:DescribeDataSetPermissions', 'quicksight:PassDataSet', 'quicksight:DescribeIngestion', 'quicksight:ListIngestions'];
/** What QuickSight lets be given of an analysis as a whole: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_UpdateAnalysisPermissions.html */
const OWNS_ANALYSIS = [
  'quicksight:DescribeAnalysis', 'quicksight:DescribeAnalysisPermissions', 'quicksight:QueryAnalysis', 'quicksight:UpdateAnalysis', 'quicksight:UpdateAnalysisPermissions',
  'quicksight:DeleteAnalysis', 'quicksight:RestoreAnalysis',
];
/** A table visual takes no more: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_TableUnaggregatedFieldWells.html */
const MOST_COLUMNS = 200;

/**
 * What contracts give a consumer, in QuickSight: a data set for each table and a starter analysis for each product. Queries go through the
 * consumer's workgroup of Athena with its role for them, each time somebody looks, so that a grant which ends ends them as well. Nothing is
 * copied into SPICE, nobody has the data source, and no data set may be the source of a copy.
 */
export class Dashboards extends Construct {
  readonly source: quicksight.CfnDataSource;
  readonly dataSets: readonly quicksight.CfnDataSet[];
  readonly analyses: readonly quicksight.CfnAnalysis[];

  constructor(scope: Construct, id: string, { place, groups, identityRegion, tables }: DashboardsProps) {
    super(scope, id);
    const principals = groups.map((group) => `arn:${partition(place)}:quicksight:${identityRegion}:${place.account}:group/${group}`);
    const allow = (actions: string[]): quicksight.CfnDataSet.ResourcePermissionProperty[] => principals.map((principal) => ({ principal, actions }));
    this.source = new quicksight.CfnDataSource(this, 'Source', {
      awsAccountId: place.account, dataSourceId: consumerNames.prefix(place), name: `Products for ${place.consumer}`, type: 'ATHENA', sslProperties: { disableSsl: false },
      // https://docs.aws.amazon.com/quicksight/latest/user/datasource-run-as-role.html
      dataSourceParameters: { athenaParameters: { workGroup: consumerNames.workGroup(place), roleArn: consumerNames.roleArn(place, 'bi') } },
    });
    const shown = tables.map((table) => ({ table, columns: table.columns.flatMap(({ name, type }) => inputColumn(name, type)) })).filter(({ columns }) => columns.length > 0);
    this.dataSets = shown.map(({ table: { database, table }, columns }) => new quicksight.CfnDataSet(this, `DataSet-${database}-${table}`, {
      awsAccountId: place.account, dataSetId: `${consumerNames.prefix(place)}-${database}-${table}`, name: `${database}.${table}`, importMode: 'DIRECT_QUERY',
      physicalTableMap: { table: { relationalTable: { dataSourceArn: this.source.attrArn, catalog: 'AwsDataCatalog', schema: database, name: table, inputColumns: columns } } },
      dataSetUsageConfiguration: { disableUseAsDirectQuerySource: false, disableUseAsImportedSource: true }, permissions: allow(USES_DATA_SET),
    }));
    const products = [...new Set(tables.map(({ product, major }) => `${product}-v${major}`))];
    this.analyses = products.flatMap((product) => {
      const own = shown.map((each, n) => ({ ...each, dataSet: this.dataSets[n] })).filter(({ table }) => `${table.product}-v${table.major}` === product);
      return own.length === 0 ? [] : [new quicksight.CfnAnalysis(this, `Analysis-${product}`, {
        awsAccountId: place.account, analysisId: `${consumerNames.prefix(place)}-${product}`, name: `${product.replace(/^dp_/, '')}: a start`, permissions: allow(OWNS_ANALYSIS),
        definition: {
          dataSetIdentifierDeclarations: own.map(({ table, dataSet }) => ({ identifier: table.table, dataSetArn: dataSet.attrArn })),
          sheets: own.map(({ table: { table }, columns }) => ({
            sheetId: table, name: table, contentType: 'INTERACTIVE',
            visuals: [{ tableVisual: {
              visualId: `${table}-rows`,
              chartConfiguration: { fieldWells: { tableUnaggregatedFieldWells: { values: columns.slice(0, MOST_COLUMNS).map(({ name }) => ({
                fieldId: `${table}.${name}`, column: { dataSetIdentifier: table, columnName: name },
              })) } } },
            } }],
          })),
        },
      })];
    });
  }
}

/** As QuickSight calls types; nothing of a column that it has no type for. */
function inputColumn(name: string, type: PlanType): (quicksight.CfnDataSet.InputColumnProperty & { readonly name: string })[] {
  if (typeof type !== 'string') return [];
  if (type.startsWith('decimal')) return [{ name, type: 'DECIMAL', subType: 'FIXED' }];
  switch (type) {
    case 'boolean': return [{ name, type: 'BOOLEAN' }];
    case 'int': case 'long': return [{ name, type: 'INTEGER' }];
    case 'float': case 'double': return [{ name, type: 'DECIMAL', subType: 'FLOAT' }];
    case 'date': case 'timestamp': case 'timestamptz': return [{ name, type: 'DATETIME' }];
    // As text in the catalogue, like all that Glue has no type for.
    case 'string': case 'time': case 'uuid': return [{ name, type: 'STRING' }];
    default: return [];
  }
}
