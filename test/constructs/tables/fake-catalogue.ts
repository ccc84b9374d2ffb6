import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand, DeleteTableCommand, GetTableCommand, GetTablesCommand, GlueClient, type Table, type TableInput, UpdateTableCommand } from '@aws-sdk/client-glue';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parseExactly, writeExactly, type Json } from '../../../constructs/iceberg/exact-json';
import { type TableMetadata } from '../../../constructs/iceberg/table-metadata';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { strictMock } from '../../support/strict-mock';
import { checkMetadata, checkSuccessor } from './iceberg-rules';

export const RUN_TABLE = 'mesh-sales-runs';

/** The catalogue, S3 and the run table of one account. Whatever a pointer is moved to is held against Iceberg's rules. */
export class FakeCatalogue {
  readonly tables = new Map<string, Table>();
  readonly objects = new Map<string, string>();
  databases = ['sales', 'sales_internal'];
  /** Called before an update is carried out: another writer. */
  meanwhile?: () => void;
  readonly glue = strictMock(GlueClient, 'glue');
  readonly s3 = strictMock(S3Client, 's3');
  readonly dynamo = strictMock(DynamoDBClient, 'dynamodb');
  readonly runs = new MemoryDynamoDb(RUN_TABLE);

  constructor() {
    for (const mock of [this.glue, this.s3, this.dynamo]) mock.reset();
    this.runs.answer(this.dynamo);
    this.glue.on(GetTableCommand).callsFake(({ DatabaseName, Name }: { DatabaseName: string; Name: string }) => ({ Table: structuredClone(this.table(DatabaseName, Name)) }));
    this.glue.on(GetTablesCommand).callsFake(({ DatabaseName, NextToken }: { DatabaseName: string; NextToken?: string }) => this.page(DatabaseName, NextToken));
    this.glue.on(CreateTableCommand).callsFake(({ DatabaseName, TableInput: input }: { DatabaseName: string; TableInput: TableInput }) => this.create(DatabaseName, input));
    this.glue.on(UpdateTableCommand).callsFake((input: { DatabaseName: string; TableInput: TableInput; VersionId?: string }) => this.update(input));
    this.glue.on(DeleteTableCommand).callsFake(({ DatabaseName, Name }: { DatabaseName: string; Name: string }) => {
      this.table(DatabaseName, Name);
      this.tables.delete(`${DatabaseName}.${Name}`);
      return {};
    });
    this.s3.on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const text = this.objects.get(`s3://${Bucket}/${Key}`) ?? refuse('NoSuchKey', 'The specified key does not exist.');
      return { Body: { transformToString: () => Promise.resolve(text), transformToByteArray: () => Promise.resolve(Buffer.from(text)) } };
    });
    this.s3.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }: { Bucket: string; Key: string; Body: string }) => {
      this.objects.set(`s3://${Bucket}/${Key}`, Body);
      return {};
    });
  }

  /** What a table's pointer points at. */
  metadata(name: string): TableMetadata {
    return this.at(this.tables.get(name)?.Parameters?.metadata_location ?? 'nowhere');
  }

  /** Names of all tables, and the version that each one has. */
  state(): Record<string, string> {
    return Object.fromEntries([...this.tables].map(([name, { VersionId }]) => [name, VersionId ?? '']));
  }

  /** Calls that change something in the catalogue. */
  changes(): number {
    return [CreateTableCommand, UpdateTableCommand, DeleteTableCommand].map((command) => this.glue.commandCalls(command as typeof CreateTableCommand).length).reduce((a, b) => a + b);
  }

  /** A run that puts rows into a table, as a publication leaves it. The id of its snapshot has 64 bits. */
  publish(name: string, rows: number, snapshotId = 8123456789012345679n): void {
    const table = this.tables.get(name) as Table;
    const before = this.metadata(name);
    const previous = table.Parameters?.metadata_location ?? '';
    const location = `${before.location}/metadata/${String(Number(previous.split('/').at(-1)?.split('-')[0]) + 1).padStart(5, '0')}-run-1.metadata.json`;
    const snapshot = { 'snapshot-id': snapshotId, 'schema-id': before['current-schema-id'], summary: { operation: 'append', 'total-records': String(rows) } };
    const after = {
      ...before, 'current-snapshot-id': snapshotId, snapshots: [...before.snapshots ?? [], snapshot], 'last-updated-ms': before['last-updated-ms'] + 1,
      'metadata-log': [...before['metadata-log'] ?? [], { 'timestamp-ms': before['last-updated-ms'], 'metadata-file': previous }],
    };
    this.objects.set(location, writeExactly(after as unknown as Json));
    this.tables.set(name, { ...table, VersionId: next(table), Parameters: { ...table.Parameters, metadata_location: location, 'mesh.run-id': 'run-1' } });
  }

  private at(location: string): TableMetadata {
    const text = this.objects.get(location);
    if (text === undefined) throw new Error(`there is no ${location}`);
    return parseExactly(text) as unknown as TableMetadata;
  }

  private table(database: string, name: string): Table {
    return this.tables.get(`${database}.${name}`) ?? refuse('EntityNotFoundException', 'Entity Not Found');
  }

  private create(database: string, input: TableInput): object {
    if (!this.databases.includes(database)) refuse('EntityNotFoundException', `Database ${database} not found.`);
    if (this.tables.has(`${database}.${input.Name}`)) refuse('AlreadyExistsException', 'Table already exists.');
    checkMetadata(this.at(input.Parameters?.metadata_location ?? ''));
    this.tables.set(`${database}.${input.Name}`, { ...input, Name: input.Name, DatabaseName: database, VersionId: '0' });
    return {};
  }

  private update({ DatabaseName, TableInput: input, VersionId }: { DatabaseName: string; TableInput: TableInput; VersionId?: string }): object {
    this.meanwhile?.();
    const before = this.table(DatabaseName, input.Name ?? '');
    if (VersionId !== undefined && VersionId !== before.VersionId) refuse('ConcurrentModificationException', 'Update table failed due to concurrent modifications.');
    const previous = before.Parameters?.metadata_location ?? '';
    checkSuccessor(this.at(previous), previous, this.at(input.Parameters?.metadata_location ?? ''));
    this.tables.set(`${DatabaseName}.${input.Name}`, { ...input, Name: input.Name, DatabaseName, VersionId: next(before) });
    return {};
  }

  /** Two tables a page, so that paging is seen. */
  private page(database: string, from = '0'): object {
    if (!this.databases.includes(database)) refuse('EntityNotFoundException', `Database ${database} not found.`);
    const all = [...this.tables.values()].filter(({ DatabaseName }) => DatabaseName === database);
    const end = Number(from) + 2;
    return { TableList: all.slice(Number(from), end), ...(end < all.length ? { NextToken: String(end) } : {}) };
  }
}

function next({ VersionId }: Table): string {
  return String(Number(VersionId) + 1);
}

function refuse(name: string, message: string): never {
  throw Object.assign(new Error(message), { name, $fault: 'client', $metadata: { requestId: 'r-1' } });
}
