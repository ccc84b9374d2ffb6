import {
  CreateTableCommand, DeleteTableCommand, type GlueClient, GetTableCommand, paginateGetTables, type Table, UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { HandlerError } from '../../handlers/custom-resource';
import { pointerOf, tableEntry } from '../../iceberg/table-entry';
import { type TableMetadata } from '../../iceberg/table-metadata';

/** Tables in the Glue Data Catalog. An answer that did not come is not trusted: the entry is read again, and says whether the call was carried out. */
export class CatalogueEntries {
  private readonly options: { readonly abortSignal: AbortSignal };

  constructor(private readonly glue: GlueClient, abortSignal: AbortSignal) {
    this.options = { abortSignal };
  }

  async find(database: string, table: string): Promise<Table | undefined> {
    try {
      return (await this.glue.send(new GetTableCommand({ DatabaseName: database, Name: table }), this.options)).Table;
    } catch (error) {
      if (isNamed(error, 'EntityNotFoundException')) return undefined;
      throw error;
    }
  }

  /** All of a database, to the last page, so that what is deleted then moves none; none of one that is not there. */
  async all(database: string): Promise<Table[]> {
    const found: Table[] = [];
    try {
      for await (const { TableList } of paginateGetTables({ client: this.glue }, { DatabaseName: database }, this.options)) found.push(...TableList ?? []);
    } catch (error) {
      if (!isNamed(error, 'EntityNotFoundException')) throw error;
    }
    return found;
  }

  /** Raises HandlerError when somebody else made a table of that name in the meantime, or the database is not there. */
  async create(database: string, table: string, location: string, metadata: TableMetadata, marks: Readonly<Record<string, string>>): Promise<void> {
    const TableInput = tableEntry(table, location, metadata, marks);
    try {
      await this.glue.send(new CreateTableCommand({ DatabaseName: database, TableInput }), this.options);
    } catch (error) {
      if (isNamed(error, 'EntityNotFoundException')) throw new HandlerError(`there is no database ${database}`, 'ask the platform team to deploy the domain\'s foundation, which makes it');
      await this.settle(database, table, location, error);
    }
  }

  /** Points an entry at new metadata, if it is still the one that was looked at. */
  async move(found: Table, location: string, metadata: TableMetadata): Promise<void> {
    const { DatabaseName: database = '', Name: table = '', VersionId } = found;
    try {
      await this.glue.send(new UpdateTableCommand({
        DatabaseName: database, TableInput: tableEntry(table, location, metadata, {}, found), VersionId,
        // Glue keeps a limited number of old versions of an entry; Iceberg's metadata has the history.
        SkipArchive: true,
      }), this.options);
    } catch (error) {
      await this.settle(database, table, location, error);
    }
  }

  /** Takes a name away, if it is there; its files stay. */
  async forget({ DatabaseName, Name }: Table): Promise<void> {
    try {
      await this.glue.send(new DeleteTableCommand({ DatabaseName, Name }), this.options);
    } catch (error) {
      if (!isNamed(error, 'EntityNotFoundException')) throw error;
    }
  }

  /** The client tries again by itself, and then meets what its own first attempt did. */
  private async settle(database: string, table: string, location: string, error: unknown): Promise<void> {
    const after = await this.find(database, table);
    if (after !== undefined && pointerOf(after) === location) return;
    if (isNamed(error, 'AlreadyExistsException', 'ConcurrentModificationException')) {
      throw new HandlerError(`${database}.${table} was changed by somebody else while it was being deployed`, 'deploy again: it goes on where it stopped');
    }
    throw error;
  }
}

function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
