import { ConcurrentModificationException, EntityNotFoundException, GetTableCommand, type GlueClient, type Table, UpdateTableCommand } from '@aws-sdk/client-glue';
import { HandlerError } from '../../handlers/custom-resource';
import { CERTIFICATE_ID, maskedBy, MASKINGS, MASKINGS_NEXT, toldMaskings } from '../../iceberg/maskings';
import { marked, pointerOf, tableEntry } from '../../iceberg/table-entry';
import { type TableMetadata } from '../../iceberg/table-metadata';
import { type Certified, type Swap } from '../../run-log/run-log';

/** What a consumer, or a product that imports, can tell of what it reads: parameters of the table, swapped together with its pointer. */
export function published({ certificate, steps }: Pick<Certified, 'certificate' | 'steps'>, object: string): Record<string, string> {
  const table = certificate.tables.find(({ table: name }) => name === object);
  return {
    'mesh.run-id': certificate.runId,
    [CERTIFICATE_ID]: certificate.certificateId,
    'mesh.certified-at': certificate.issuedAt,
    'mesh.verdict': certificate.verdict,
    'mesh.score': String(certificate.score),
    'mesh.contract-digest': certificate.contractDigest,
    'mesh.newest': certificate.freshness.newest ?? certificate.issuedAt,
    'mesh.snapshot-id': table?.snapshotId ?? '',
    [MASKINGS]: toldMaskings(maskedBy({ steps }), object),
    [MASKINGS_NEXT]: '',
  };
}

/** The published tables of a database, whose pointers only this function moves. */
export class PublishedTables {
  constructor(private readonly glue: GlueClient) {}

  /** Raises HandlerError when the table is gone, or is none of Iceberg's. */
  async find(database: string, table: string): Promise<Table> {
    const found = await this.entry(database, table);
    if (found !== undefined && pointerOf(found) !== undefined) return found;
    throw new HandlerError(`${database}.${table} is not an Iceberg table of the Glue Data Catalog`, 'deploy the product again; its stack makes the table');
  }

  /** Whatever it points at; undefined where there is none. */
  async entry(database: string, table: string): Promise<Table | undefined> {
    try {
      return (await this.glue.send(new GetTableCommand({ DatabaseName: database, Name: table }))).Table;
    } catch (error) {
      if (error instanceof EntityNotFoundException) return undefined;
      throw error;
    }
  }

  /**
   * Points the table at what is new, with the facts of its certificate; of a table that a run has left as it was, only these are new. Done
   * when both are there already; raises HandlerError when it points at neither of the two. An answer that did not come is not trusted: the
   * table is read again. The table as it was before.
   */
  async swap(swap: Swap, metadata: TableMetadata, parameters: Record<string, string>): Promise<Table> {
    const name = `${swap.database}.${swap.table}`;
    const before = await this.find(swap.database, swap.table);
    if (stands(before, swap, parameters)) return before;
    if (pointerOf(before) !== swap.new && pointerOf(before) !== swap.expected) {
      throw new HandlerError(`${name} points at ${pointerOf(before)}, expected ${swap.expected ?? 'none'}: something other than a run has changed it`,
        'find out what did (CloudTrail: glue UpdateTable), then have the publisher restore the product, which finishes this run: docs/operations.md, "rolling back"');
    }
    await this.move(before, swap, metadata, parameters);
    return before;
  }

  /** Has a table say how its columns will be masked, while it still stands where it does. */
  async tellNext(database: string, entry: Table, next: string): Promise<void> {
    if (entry.Parameters?.[MASKINGS_NEXT] === next) return;
    await this.glue.send(new UpdateTableCommand({ DatabaseName: database, TableInput: marked(entry, { [MASKINGS_NEXT]: next }), VersionId: entry.VersionId, SkipArchive: true }));
  }

  /** Points a table at what is new, whatever its entry says before. */
  async move(before: Table, swap: Pick<Swap, 'database' | 'table' | 'new'>, metadata: TableMetadata, parameters: Record<string, string>): Promise<void> {
    try {
      await this.glue.send(new UpdateTableCommand({
        DatabaseName: swap.database, TableInput: tableEntry(swap.table, swap.new, metadata, parameters, before), VersionId: before.VersionId,
        // Glue keeps a limited number of old versions of an entry; Iceberg's metadata has the history.
        SkipArchive: true,
      }));
    } catch (error) {
      const after = await this.find(swap.database, swap.table);
      if (stands(after, swap, parameters)) return;
      if (error instanceof ConcurrentModificationException) throw new HandlerError(`${swap.database}.${swap.table} was changed while it was being published`, 'start the product\'s state machine again: it finishes this run');
      throw error;
    }
  }
}

/** Whether a table points where it should and says by which certificate. */
export function stands(table: Table, swap: Pick<Swap, 'new'>, parameters: Record<string, string>): boolean {
  return pointerOf(table) === swap.new && Object.entries(parameters).every(([name, value]) => (table.Parameters?.[name] ?? '') === value);
}
