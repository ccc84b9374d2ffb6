import { createHash } from 'node:crypto';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetTableCommand, GetTablesCommand, GlueClient, type Table } from '@aws-sdk/client-glue';
import {
  AddLFTagsToResourceCommand, BatchGrantPermissionsCommand, BatchRevokePermissionsCommand, CreateLFTagCommand, DeregisterResourceCommand, DescribeResourceCommand, GetLFTagCommand,
  GetResourceLFTagsCommand, LakeFormationClient, ListPermissionsCommand, RegisterResourceCommand, UpdateLFTagCommand, UpdateResourceCommand,
  type BatchPermissionsFailureEntry, type BatchPermissionsRequestEntry, type LFTagPair, type Permission, type PrincipalResourcePermissions, type Resource, type ResourceInfo,
} from '@aws-sdk/client-lakeformation';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Plan } from '../../../../lib/plan/plan-schema';
import { strictMock } from '../../../support/strict-mock';

/** One permission of one principal on one resource, as the fake keeps it: `<principal> <permission> <resource>`, with `+grant` if it may be passed on. */
interface Right { readonly principal: string; readonly resource: Resource; readonly permission: Permission; grantable: boolean }

export const lakeFormation = strictMock(LakeFormationClient, 'lakeformation');
const glue = strictMock(GlueClient, 'glue');
export const dynamo = strictMock(DynamoDBClient, 'dynamodb');
const s3 = strictMock(S3Client, 's3');

const ADMIN = 'permissions';

/** Lake Formation, the catalogue, the run table and S3 of one account, as far as the handler asks them. */
export class FakeLake {
  rights: Right[] = [];
  readonly locations = new Map<string, ResourceInfo>();
  readonly tagKeys = new Map<string, string[]>();
  /** By table, database or `table.column`. */
  readonly tags = new Map<string, Record<string, string>>();
  readonly tables = new Map<string, Table>();
  readonly databases = new Set<string>();
  readonly roles = new Set<string>();
  readonly holders = new Map<string, Set<string>>();
  readonly objects = new Map<string, Buffer>();
  /** What batches answer before they do anything, entry by entry; used up one call at a time. */
  failures: ((entry: BatchPermissionsRequestEntry) => { ErrorCode: string; ErrorMessage: string } | undefined)[] = [];
  largestBatch = 0;
  pageSize = 1_000;

  constructor() {
    for (const mock of [lakeFormation, glue, dynamo, s3]) mock.reset();
    lakeFormation.on(ListPermissionsCommand).callsFake((input: { Principal?: { DataLakePrincipalIdentifier: string }; Resource?: Resource; NextToken?: string }) => this.list(input));
    lakeFormation.on(BatchGrantPermissionsCommand).callsFake(({ Entries }: { Entries: BatchPermissionsRequestEntry[] }) => this.batch(Entries, (entry) => this.grant(entry)));
    lakeFormation.on(BatchRevokePermissionsCommand).callsFake(({ Entries }: { Entries: BatchPermissionsRequestEntry[] }) => this.batch(Entries, (entry) => this.revoke(entry)));
    lakeFormation.on(DescribeResourceCommand).callsFake(({ ResourceArn }: { ResourceArn: string }) => ({ ResourceInfo: this.locations.get(ResourceArn) ?? refuse('EntityNotFoundException', 'Entity not found') }));
    lakeFormation.on(RegisterResourceCommand).callsFake((input: { ResourceArn: string } & ResourceInfo) => {
      if (this.locations.has(input.ResourceArn)) refuse('AlreadyExistsException', 'Resource is already registered');
      this.locations.set(input.ResourceArn, { ResourceArn: input.ResourceArn, RoleArn: input.RoleArn, HybridAccessEnabled: input.HybridAccessEnabled });
      return {};
    });
    lakeFormation.on(UpdateResourceCommand).callsFake((input: { ResourceArn: string } & ResourceInfo) => {
      this.locations.set(input.ResourceArn, { ResourceArn: input.ResourceArn, RoleArn: input.RoleArn, HybridAccessEnabled: input.HybridAccessEnabled });
      return {};
    });
    lakeFormation.on(DeregisterResourceCommand).callsFake(({ ResourceArn }: { ResourceArn: string }) => {
      if (!this.locations.delete(ResourceArn)) refuse('EntityNotFoundException', 'Entity not found');
      return {};
    });
    lakeFormation.on(GetLFTagCommand).callsFake(({ TagKey }: { TagKey: string }) => ({ TagKey, TagValues: this.tagKeys.get(TagKey) ?? refuse('EntityNotFoundException', 'Tag not found') }));
    lakeFormation.on(CreateLFTagCommand).callsFake(({ TagKey, TagValues }: { TagKey: string; TagValues: string[] }) => {
      if (this.tagKeys.has(TagKey)) refuse('InvalidInputException', 'Tag key already exists');
      this.tagKeys.set(TagKey, TagValues);
      return {};
    });
    lakeFormation.on(UpdateLFTagCommand).callsFake(({ TagKey, TagValuesToAdd }: { TagKey: string; TagValuesToAdd: string[] }) => {
      const present = this.tagKeys.get(TagKey) ?? refuse('EntityNotFoundException', 'Tag not found');
      if (TagValuesToAdd.some((value) => present.includes(value))) refuse('InvalidInputException', 'Tag value already exists');
      this.tagKeys.set(TagKey, [...present, ...TagValuesToAdd]);
      return {};
    });
    lakeFormation.on(GetResourceLFTagsCommand).callsFake(({ Resource: resource }: { Resource: Resource }) => this.tagsOn(resource));
    lakeFormation.on(AddLFTagsToResourceCommand).callsFake((input: { Resource: Resource; LFTags: LFTagPair[] }) => this.addTags(input.Resource, input.LFTags));
    glue.on(GetTableCommand).callsFake(({ DatabaseName, Name }: { DatabaseName: string; Name: string }) => ({ Table: this.tables.get(`${DatabaseName}.${Name}`) ?? refuse('EntityNotFoundException', 'Table not found') }));
    glue.on(GetTablesCommand).callsFake(({ DatabaseName, Expression, NextToken }: { DatabaseName: string; Expression?: string; NextToken?: string }) => {
      const pattern = new RegExp(`^${Expression ?? '.*'}$`);
      const found = [...this.tables.values()].filter((table) => table.DatabaseName === DatabaseName && pattern.test(table.Name ?? ''));
      return this.page(found, NextToken, (TableList, token) => ({ TableList, ...token }));
    });
    dynamo.on(UpdateItemCommand).callsFake((input: { Key: { pk: { S: string }; sk: { S: string } }; UpdateExpression: string; ExpressionAttributeValues: { ':holder': { SS: string[] } } }) => {
      const key = `${input.Key.pk.S} ${input.Key.sk.S}`;
      const held = this.holders.get(key) ?? new Set<string>();
      for (const holder of input.ExpressionAttributeValues[':holder'].SS) held[input.UpdateExpression.startsWith('ADD') ? 'add' : 'delete'](holder);
      this.holders.set(key, held);
      return { Attributes: { ...input.Key, ...(held.size > 0 && { holders: { SS: [...held] } }) } };
    });
    s3.on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const bytes = this.objects.get(`s3://${Bucket}/${Key}`) ?? refuse('NoSuchKey', 'The specified key does not exist.');
      return { Body: Object.assign(Uint8Array.from(bytes), { transformToByteArray: () => Promise.resolve(bytes) }) };
    });
  }

  /** Uploads a plan as the CDK does, and tells what a custom resource says of it. */
  upload(plan: Plan): { PlanUrl: string; PlanDigest: string } {
    const bytes = Buffer.from(JSON.stringify(plan));
    const PlanDigest = createHash('sha256').update(bytes).digest('hex');
    const PlanUrl = `s3://cdk-hnb659fds-assets-111122223333-eu-west-1/${PlanDigest}.json`;
    this.objects.set(PlanUrl, bytes);
    return { PlanUrl, PlanDigest };
  }

  /** Makes a table as a role does: who makes it has all permissions on it, and may pass them on. */
  makeTable(database: string, name: string, location: string, columns: string[], maker: string): void {
    if (this.tables.has(`${database}.${name}`)) return;
    this.tables.set(`${database}.${name}`, { DatabaseName: database, Name: name, StorageDescriptor: { Location: location, Columns: columns.map((Name) => ({ Name, Type: 'string' })) } });
    for (const permission of ['ALL', 'ALTER', 'DELETE', 'DESCRIBE', 'DROP', 'INSERT', 'SELECT'] as const) this.put(maker, { Table: { DatabaseName: database, Name: name } }, permission, true);
  }

  put(principal: string, resource: Resource, permission: Permission, grantable = false): void {
    const there = this.find(principal, resource, permission);
    if (there === undefined) this.rights.push({ principal, resource, permission, grantable });
    else there.grantable ||= grantable;
  }

  /** Who has what, for people: `job SELECT sales.orders_v1`. */
  get shown(): string[] {
    return this.rights.map(({ principal, permission, resource, grantable }) => `${principal.split('/').at(-1)} ${permission}${grantable ? '+grant' : ''} ${nameOf(resource)}`).sort();
  }

  private find(principal: string, resource: Resource, permission: Permission): Right | undefined {
    return this.rights.find((one) => one.principal === principal && one.permission === permission && nameOf(one.resource) === nameOf(resource));
  }

  private list({ Principal, Resource: resource, NextToken }: { Principal?: { DataLakePrincipalIdentifier: string }; Resource?: Resource; NextToken?: string }): object {
    if (resource !== undefined && resource.Table?.Name !== undefined && !this.tables.has(nameOf(resource))) refuse('EntityNotFoundException', 'Table not found');
    const rows = new Map<string, PrincipalResourcePermissions>();
    for (const right of this.rights) {
      if (Principal !== undefined && right.principal !== Principal.DataLakePrincipalIdentifier) continue;
      if (resource !== undefined && nameOf(right.resource) !== nameOf(resource)) continue;
      // SELECT on a whole table comes back as SELECT on all its columns.
      const listed: Resource = right.permission === 'SELECT' && right.resource.Table !== undefined
        ? { TableWithColumns: { DatabaseName: right.resource.Table.DatabaseName, Name: right.resource.Table.Name ?? 'ALL_TABLES', ColumnWildcard: {} } }
        : right.resource.Table?.TableWildcard !== undefined ? { Table: { ...right.resource.Table, Name: 'ALL_TABLES' } } : right.resource;
      const key = `${right.principal} ${JSON.stringify(listed)}`;
      const row = rows.get(key) ?? { Principal: { DataLakePrincipalIdentifier: right.principal }, Resource: listed, Permissions: [], PermissionsWithGrantOption: [] };
      row.Permissions?.push(right.permission);
      if (right.grantable) row.PermissionsWithGrantOption?.push(right.permission);
      rows.set(key, row);
    }
    return this.page([...rows.values()], NextToken, (PrincipalResourcePermissions, token) => ({ PrincipalResourcePermissions, ...token }));
  }

  private batch(entries: BatchPermissionsRequestEntry[], one: (entry: BatchPermissionsRequestEntry) => void): { Failures?: BatchPermissionsFailureEntry[] } {
    if (entries.length > 20) refuse('InvalidInputException', 'Too many entries');
    this.largestBatch = Math.max(this.largestBatch, entries.length);
    const failing = this.failures.shift();
    const Failures: BatchPermissionsFailureEntry[] = [];
    for (const RequestEntry of entries) {
      const forced = failing?.(RequestEntry);
      try {
        if (forced) refuse(forced.ErrorCode, forced.ErrorMessage);
        one(RequestEntry);
      } catch (error) {
        Failures.push({ RequestEntry, Error: { ErrorCode: (error as Error).name, ErrorMessage: (error as Error).message } });
      }
    }
    return Failures.length > 0 ? { Failures } : {};
  }

  protected grant({ Principal, Resource: resource = {}, Permissions = [], PermissionsWithGrantOption = [] }: BatchPermissionsRequestEntry): void {
    const principal = Principal?.DataLakePrincipalIdentifier ?? '';
    if (!this.roles.has(principal)) refuse('InvalidInputException', `Invalid principal, ${principal}`);
    if (resource.DataLocation && !this.locations.has(resource.DataLocation.ResourceArn ?? '')) refuse('InvalidInputException', 'Please register the S3 path first');
    if (resource.Table?.Name !== undefined && !this.tables.has(nameOf(resource))) refuse('EntityNotFoundException', 'Table not found');
    if (resource.Database && !this.databases.has(resource.Database.Name ?? '')) refuse('EntityNotFoundException', 'Database not found');
    for (const permission of Permissions) this.put(principal, resource, permission, PermissionsWithGrantOption.includes(permission));
  }

  private revoke({ Principal, Resource: resource = {}, Permissions = [] }: BatchPermissionsRequestEntry): void {
    const principal = Principal?.DataLakePrincipalIdentifier ?? '';
    const held = Permissions.map((permission) => this.find(principal, resource, permission)).filter((right) => right !== undefined);
    if (held.length === 0) refuse('InvalidInputException', 'No permissions revoked. Grantee has no permissions and no grantable permissions on resource.');
    this.rights = this.rights.filter((right) => !held.includes(right));
  }

  private page<T>(all: T[], NextToken: string | undefined, answer: (items: T[], token: { NextToken?: string }) => object): object {
    const first = Number(NextToken ?? 0), next = first + this.pageSize;
    return answer(all.slice(first, next), next < all.length ? { NextToken: String(next) } : {});
  }

  private tagsOn(resource: Resource): object {
    const pairs = (name: string): LFTagPair[] | undefined => {
      const own = Object.entries(this.tags.get(name) ?? {});
      return own.length > 0 ? own.map(([TagKey, value]) => ({ TagKey, TagValues: [value] })) : undefined;
    };
    if (resource.Database) return { LFTagOnDatabase: pairs(nameOf(resource)) };
    const table = nameOf(resource);
    const columns = this.tables.get(table)?.StorageDescriptor?.Columns ?? [];
    return { LFTagsOnTable: pairs(table), LFTagsOnColumns: columns.flatMap(({ Name }) => (pairs(`${table}.${Name}`) ? [{ Name, LFTags: pairs(`${table}.${Name}`) }] : [])) };
  }

  private addTags(resource: Resource, pairs: LFTagPair[]): object {
    const { TableWithColumns } = resource;
    const names = TableWithColumns?.ColumnNames?.map((column) => `${TableWithColumns.DatabaseName}.${TableWithColumns.Name}.${column}`) ?? [nameOf(resource)];
    for (const { TagKey = '', TagValues = [] } of pairs) {
      if (!this.tagKeys.get(TagKey)?.includes(TagValues[0])) refuse('InvalidInputException', `${TagKey} has no value ${TagValues[0]}`);
      const mayTag = this.rights.some((right) => right.principal.endsWith(ADMIN) && right.permission === 'ASSOCIATE' && right.resource.LFTag?.TagKey === TagKey && right.resource.LFTag.TagValues?.includes(TagValues[0]));
      if (!mayTag) refuse('AccessDeniedException', `Insufficient permissions on ${TagKey}`);
    }
    for (const name of names) this.tags.set(name, { ...this.tags.get(name), ...Object.fromEntries(pairs.map(({ TagKey, TagValues }) => [TagKey ?? '', TagValues?.[0] ?? ''])) });
    return {};
  }
}

export function nameOf({ Database, Table: table, TableWithColumns, DataLocation, LFTag, DataCellsFilter }: Resource): string {
  if (Database) return `database ${Database.Name}`;
  if (DataLocation) return DataLocation.ResourceArn ?? '';
  if (LFTag) return `tag ${LFTag.TagKey}=${LFTag.TagValues?.join(',')}`;
  if (DataCellsFilter) return `${DataCellsFilter.DatabaseName}.${DataCellsFilter.TableName} filter ${DataCellsFilter.Name}`;
  if (TableWithColumns?.ColumnNames) return `${TableWithColumns.DatabaseName}.${TableWithColumns.Name}(${TableWithColumns.ColumnNames.join(',')})`;
  const { DatabaseName, Name } = table ?? TableWithColumns ?? {};
  return `${DatabaseName}.${Name === undefined || Name === 'ALL_TABLES' ? '*' : Name}`;
}

export function refuse(name: string, message: string): never {
  throw Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: 400 } });
}
