import { type AttributeValue, DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  type BatchPermissionsRequestEntry, CreateDataCellsFilterCommand, type DataCellsFilter, DeleteDataCellsFilterCommand, ListDataCellsFilterCommand, UpdateDataCellsFilterCommand,
} from '@aws-sdk/client-lakeformation';
import { dynamo, FakeLake, lakeFormation, nameOf, refuse } from '../permissions/handler/fake-lake';

type Keys = Record<string, AttributeValue>;

/** A lake with data cells filters, and items of the run table. */
export class FilteredLake extends FakeLake {
  readonly filters = new Map<string, DataCellsFilter>();
  readonly items = new Map<string, Keys>();

  constructor() {
    super();
    const keyOf = ({ DatabaseName, TableName, Name }: Partial<DataCellsFilter>): string => nameOf({ DataCellsFilter: { DatabaseName, TableName, Name } });
    lakeFormation.on(CreateDataCellsFilterCommand).callsFake(({ TableData }: { TableData: DataCellsFilter }) => {
      if (this.filters.has(keyOf(TableData))) refuse('AlreadyExistsException', 'Filter already exists');
      const table = this.tables.get(`${TableData.DatabaseName}.${TableData.TableName}`) ?? refuse('EntityNotFoundException', 'Table not found');
      const known = (table.StorageDescriptor?.Columns ?? []).map(({ Name }) => Name);
      const unknown = TableData.ColumnNames?.find((column) => !known.includes(column));
      if (unknown !== undefined) refuse('InvalidInputException', `There is no column ${unknown}`);
      this.filters.set(keyOf(TableData), TableData);
      return {};
    });
    lakeFormation.on(UpdateDataCellsFilterCommand).callsFake(({ TableData }: { TableData: DataCellsFilter }) => {
      if (!this.filters.has(keyOf(TableData))) refuse('EntityNotFoundException', 'Filter not found');
      this.filters.set(keyOf(TableData), TableData);
      return {};
    });
    lakeFormation.on(DeleteDataCellsFilterCommand).callsFake((input: Partial<DataCellsFilter>) => {
      if (this.rights.some(({ resource }) => resource.DataCellsFilter !== undefined && nameOf(resource) === keyOf(input))) refuse('InvalidInputException', 'Somebody still has it');
      if (!this.filters.delete(keyOf(input))) refuse('EntityNotFoundException', 'Filter not found');
      return {};
    });
    lakeFormation.on(ListDataCellsFilterCommand).callsFake(({ Table, NextToken }: { Table: { DatabaseName: string; Name: string }; NextToken?: string }) => {
      const all = [...this.filters.values()].filter(({ DatabaseName, TableName }) => DatabaseName === Table.DatabaseName && TableName === Table.Name);
      const first = Number(NextToken ?? 0), next = first + this.pageSize;
      return { DataCellsFilters: all.slice(first, next), ...(next < all.length && { NextToken: String(next) }) };
    });
    const item = ({ pk, sk }: Keys): string => `${pk.S} ${sk.S}`;
    dynamo.on(GetItemCommand).callsFake(({ Key }: { Key: Keys }) => ({ Item: this.items.get(item(Key)) }));
    dynamo.on(PutItemCommand).callsFake(({ Item }: { Item: Keys }) => {
      this.items.set(item(Item), Item);
      return {};
    });
    dynamo.on(QueryCommand).callsFake(({ ExpressionAttributeValues: { ':pk': pk, ':sk': sk } }: { ExpressionAttributeValues: Keys }) => ({
      Items: [...this.items.values()].filter((one) => one.pk.S === pk.S && one.sk.S?.startsWith(sk.S ?? '')),
    }));
    dynamo.on(DeleteItemCommand).callsFake(({ Key }: { Key: Keys }) => {
      this.items.delete(item(Key));
      return {};
    });
  }

  /** A role of a consumer, and whatever the filter shows to it: `reporting-analyst: order_id, total_amount where country = 'DE'`. */
  get seen(): string[] {
    return this.rights.filter(({ permission, resource }) => permission === 'SELECT' && resource.DataCellsFilter !== undefined).map(({ principal, resource, grantable }) => {
      const { ColumnNames = [], RowFilter } = this.filters.get(nameOf(resource)) ?? {};
      const rows = RowFilter?.FilterExpression === undefined ? '' : ` where ${RowFilter.FilterExpression}`;
      return `${principal.split('/').at(-1)}${grantable ? ' +grant' : ''}: ${resource.DataCellsFilter?.TableName} ${ColumnNames.join(', ')}${rows}`;
    }).sort();
  }

  protected override grant(entry: BatchPermissionsRequestEntry): void {
    const { DataCellsFilter } = entry.Resource ?? {};
    if (DataCellsFilter !== undefined && !this.filters.has(nameOf({ DataCellsFilter }))) refuse('EntityNotFoundException', 'Filter not found');
    super.grant(entry);
  }
}
