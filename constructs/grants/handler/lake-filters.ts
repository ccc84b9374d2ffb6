import {
  CreateDataCellsFilterCommand, DeleteDataCellsFilterCommand, ListDataCellsFilterCommand, UpdateDataCellsFilterCommand, type DataCellsFilter, type LakeFormationClient,
} from '@aws-sdk/client-lakeformation';
import { unless } from '../../handlers/sdk';
import { type Patience } from '../../lake-formation/patience';
import { type Filter } from '../desired-access';

/** The data cells filters of one account's catalogue. */
export class LakeFilters {
  constructor(private readonly client: LakeFormationClient, private readonly catalogId: string, private readonly patience: Patience) {}

  /** All of a table; none where there is no such table. */
  async of(DatabaseName: string, Name: string): Promise<Filter[]> {
    const found: Filter[] = [];
    let NextToken: string | undefined;
    do {
      const page = await unless('EntityNotFoundException', this.patience.with(() => this.client.send(new ListDataCellsFilterCommand({ Table: { CatalogId: this.catalogId, DatabaseName, Name }, NextToken }))));
      found.push(...(page?.DataCellsFilters ?? []).map(filterOf));
      NextToken = page?.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  async create(filter: Filter): Promise<void> {
    await unless('AlreadyExistsException', this.patience.with(() => this.client.send(new CreateDataCellsFilterCommand({ TableData: this.wire(filter) }))));
  }

  /** What somebody changed by hand says again what its name says. */
  async mend(filter: Filter): Promise<void> {
    await this.patience.with(() => this.client.send(new UpdateDataCellsFilterCommand({ TableData: this.wire(filter) })));
  }

  async remove({ database, table, name }: Pick<Filter, 'database' | 'table' | 'name'>): Promise<void> {
    const TableCatalogId = this.catalogId;
    await unless('EntityNotFoundException', this.patience.with(() => this.client.send(new DeleteDataCellsFilterCommand({ TableCatalogId, DatabaseName: database, TableName: table, Name: name }))));
  }

  private wire({ database, table, name, columns, rowFilter }: Filter): DataCellsFilter {
    return {
      TableCatalogId: this.catalogId, DatabaseName: database, TableName: table, Name: name, ColumnNames: [...columns],
      RowFilter: rowFilter === null ? { AllRowsWildcard: {} } : { FilterExpression: rowFilter },
    };
  }
}

/** A filter for all columns but some has no columns here, which is what none of ours has. */
function filterOf({ DatabaseName = '', TableName = '', Name = '', ColumnNames = [], ColumnWildcard, RowFilter }: DataCellsFilter): Filter {
  return {
    database: DatabaseName, table: TableName, name: Name, columns: ColumnWildcard === undefined ? [...ColumnNames].sort() : [],
    // A row filter for all rows is listed with an expression that says so.
    rowFilter: RowFilter?.AllRowsWildcard !== undefined || RowFilter?.FilterExpression === undefined || /^true$/i.test(RowFilter.FilterExpression) ? null : RowFilter.FilterExpression,
  };
}
