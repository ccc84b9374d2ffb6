import {
  BatchGrantPermissionsCommand, BatchRevokePermissionsCommand, ListPermissionsCommand,
  type BatchPermissionsFailureEntry, type BatchPermissionsRequestEntry, type LakeFormationClient, type ListPermissionsCommandInput, type Permission, type Resource,
} from '@aws-sdk/client-lakeformation';
import { HandlerError } from '../handlers/custom-resource';
import { type Grant, type Target } from '../permissions/grants';
import { type Patience } from './patience';

/** What somebody has on something, as Lake Formation lists it. */
export interface Held {
  readonly principal: string;
  readonly resource: Resource;
  /** Undefined for what we never grant: columns, tags, the catalogue. */
  readonly target?: Target;
  readonly permissions: readonly Permission[];
  readonly grantable: readonly Permission[];
}

/** As many as one call takes: https://docs.aws.amazon.com/lake-formation/latest/dg/troubleshooting.html */
const BATCH = 20;
/** A revoke of what is gone has nothing to do; terraform-provider-aws tells it by the same words. */
const NOTHING_TO_REVOKE = /no permissions revoked|not found|does not exist|invalid principal/i;

/** The grants of one account's catalogue. */
export class LakeGrants {
  constructor(private readonly client: LakeFormationClient, private readonly catalogId: string, private readonly patience: Patience) {}

  /** What everybody has on something. */
  on(target: Target): Promise<Held[]> {
    return this.list({ Resource: resourceOf(target, this.catalogId) });
  }

  /** What one role has on anything. */
  of(principal: string): Promise<Held[]> {
    return this.list({ Principal: { DataLakePrincipalIdentifier: principal } });
  }

  grant(grants: readonly Grant[]): Promise<void> {
    return this.inBatches(grants.map(({ principal, target, permissions }) => ({
      Principal: { DataLakePrincipalIdentifier: principal }, Resource: resourceOf(target, this.catalogId), Permissions: [...permissions],
    })), 'grant', (Entries) => this.client.send(new BatchGrantPermissionsCommand({ CatalogId: this.catalogId, Entries })), () => false);
  }

  /** With the option to pass them on, if there is one. */
  revoke(held: readonly Held[]): Promise<void> {
    return this.inBatches(held.map(({ principal, resource, permissions, grantable }) => ({
      Principal: { DataLakePrincipalIdentifier: principal }, Resource: resource, Permissions: [...permissions],
      ...(grantable.length > 0 && { PermissionsWithGrantOption: [...grantable] }),
    })), 'revoke', (Entries) => this.client.send(new BatchRevokePermissionsCommand({ CatalogId: this.catalogId, Entries })),
    ({ Error: error }) => error?.ErrorCode === 'EntityNotFoundException' || NOTHING_TO_REVOKE.test(error?.ErrorMessage ?? ''));
  }

  private async list(filter: Omit<ListPermissionsCommandInput, 'CatalogId' | 'NextToken'>): Promise<Held[]> {
    const found: Held[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.patience.with(() => this.client.send(new ListPermissionsCommand({ CatalogId: this.catalogId, ...filter, NextToken })));
      for (const { Principal, Resource, Permissions = [], PermissionsWithGrantOption = [] } of page.PrincipalResourcePermissions ?? []) {
        if (Principal?.DataLakePrincipalIdentifier === undefined || Resource === undefined) continue;
        found.push({ principal: Principal.DataLakePrincipalIdentifier, resource: Resource, target: targetOf(Resource), permissions: Permissions, grantable: PermissionsWithGrantOption });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  /** A batch answers with the entries that failed, and succeeds as a call all the same. */
  private async inBatches(
    entries: readonly Omit<BatchPermissionsRequestEntry, 'Id'>[], verb: string,
    send: (entries: BatchPermissionsRequestEntry[]) => Promise<{ Failures?: BatchPermissionsFailureEntry[] }>, harmless: (failure: BatchPermissionsFailureEntry) => boolean,
  ): Promise<void> {
    for (let first = 0; first < entries.length; first += BATCH) {
      let left = entries.slice(first, first + BATCH).map((entry, n): BatchPermissionsRequestEntry => ({ Id: String(first + n), ...entry }));
      for (let attempt = 0; ; attempt += 1) {
        const tried = left;
        const failures = ((await this.patience.with(() => send(tried))).Failures ?? []).filter((failure) => !harmless(failure));
        if (failures.length === 0) break;
        const { RequestEntry, Error: error } = failures[0];
        const cause = { name: error?.ErrorCode ?? 'unknown', message: error?.ErrorMessage ?? 'no reason given' };
        if (!await this.patience.again(cause, attempt)) {
          throw new HandlerError(`Lake Formation refused to ${verb} ${described(RequestEntry)}: ${cause.name}: ${cause.message}`, remedyFor(cause.message));
        }
        left = tried.filter(({ Id }) => failures.some((failure) => failure.RequestEntry?.Id === Id));
      }
    }
  }
}

/** SELECT on a whole table is listed as SELECT on all its columns. */
function targetOf({ Database, Table, TableWithColumns, DataLocation, DataCellsFilter }: Resource): Target | undefined {
  if (DataCellsFilter !== undefined) return { kind: 'filter', database: DataCellsFilter.DatabaseName ?? '', table: DataCellsFilter.TableName ?? '', filter: DataCellsFilter.Name ?? '' };
  if (Database?.Name !== undefined) return { kind: 'database', database: Database.Name };
  if (DataLocation?.ResourceArn !== undefined) return { kind: 'location', arn: DataLocation.ResourceArn };
  if (TableWithColumns !== undefined && (TableWithColumns.ColumnWildcard === undefined || (TableWithColumns.ColumnWildcard.ExcludedColumnNames?.length ?? 0) > 0)) return undefined;
  const { DatabaseName: database, Name: table } = Table ?? TableWithColumns ?? {};
  if (database === undefined) return undefined;
  return Table?.TableWildcard !== undefined || table === undefined || table === 'ALL_TABLES' ? { kind: 'tables', database } : { kind: 'table', database, table };
}

export function resourceOf(target: Target, CatalogId: string): Resource {
  switch (target.kind) {
    case 'database': return { Database: { CatalogId, Name: target.database } };
    case 'table': return { Table: { CatalogId, DatabaseName: target.database, Name: target.table } };
    case 'tables': return { Table: { CatalogId, DatabaseName: target.database, TableWildcard: {} } };
    case 'filter': return { DataCellsFilter: { TableCatalogId: CatalogId, DatabaseName: target.database, TableName: target.table, Name: target.filter } };
    case 'location': return { DataLocation: { CatalogId, ResourceArn: target.arn } };
  }
}

export function shown(target: Target): string {
  switch (target.kind) {
    case 'database': return `the database ${target.database}`;
    case 'table': return `${target.database}.${target.table}`;
    case 'tables': return `all tables of ${target.database}`;
    case 'filter': return `${target.database}.${target.table} by the filter ${target.filter}`;
    case 'location': return target.arn;
  }
}

function described(entry: BatchPermissionsRequestEntry | undefined): string {
  const target = entry?.Resource && targetOf(entry.Resource);
  return `${entry?.Permissions?.join(', ') ?? 'permissions'} on ${target ? shown(target) : 'a resource'} to ${entry?.Principal?.DataLakePrincipalIdentifier ?? 'somebody'}`;
}

function remedyFor(message: string): string {
  if (/invalid principal/i.test(message)) return 'the role is not there; deploy the stack that makes it first';
  if (/not authorized|access ?denied|insufficient/i.test(message)) return 'ask the platform team whether this handler is an administrator of Lake Formation';
  return 'deploy again; if it persists, ask the platform team';
}
