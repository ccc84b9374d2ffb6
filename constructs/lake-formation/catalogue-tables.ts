import { GetTableCommand, paginateGetTables, type GlueClient, type Table } from '@aws-sdk/client-glue';
import { unless } from '../handlers/sdk';
import { type Patience } from './patience';

/** What the Glue Data Catalog has of a domain. */
export class CatalogueTables {
  constructor(private readonly client: GlueClient, private readonly catalogId: string, private readonly patience: Patience) {}

  async find(DatabaseName: string, Name: string): Promise<Table | undefined> {
    return (await unless('EntityNotFoundException', this.patience.with(() => this.client.send(new GetTableCommand({ CatalogId: this.catalogId, DatabaseName, Name })))))?.Table;
  }

  /** All whose name begins so. */
  async beginning(DatabaseName: string, prefix: string): Promise<Table[]> {
    return this.patience.with(async () => {
      const found: Table[] = [];
      const pages = paginateGetTables({ client: this.client }, { CatalogId: this.catalogId, DatabaseName, ...(prefix !== '' && { Expression: `${prefix}.*` }) });
      for await (const { TableList = [] } of pages) found.push(...TableList);
      // The service's expression is a pattern of its own; what counts is decided here.
      return found.filter(({ Name = '' }) => Name.startsWith(prefix));
    });
  }
}
