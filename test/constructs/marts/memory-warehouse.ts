import { BatchExecuteStatementCommand, DescribeStatementCommand, ExecuteStatementCommand, GetStatementResultCommand, RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { CreateUsageLimitCommand, GetNamespaceCommand, GetWorkgroupCommand, ListUsageLimitsCommand, RedshiftServerlessClient, UpdateUsageLimitCommand, type UsageLimit } from '@aws-sdk/client-redshift-serverless';
import { strictMock } from '../../support/strict-mock';

const ACCOUNT = 'arn:aws:redshift-serverless:eu-west-1:666666666666';
export const WORKGROUP = `${ACCOUNT}:workgroup/00000000-0000-4000-8000-000000000000`;
const SECRET = 'arn:aws:secretsmanager:eu-west-1:666666666666:secret:redshift!mesh-reporting-mesh_admin-AbCdEf';

/** Redshift as far as marts go: it knows the statements that are said to it, and nothing else. */
export class MemoryWarehouse {
  /** Materialised views of the store, and the views that lead to them. */
  readonly stored = new Set<string>();
  readonly shown = new Map<string, string>();
  readonly external = new Map<string, string>();
  readonly roles = new Set<string>();
  /** Columns of tables that the role may read, `sales.orders_v1`. */
  readonly readable = new Map<string, readonly string[]>();
  /** Marts that it takes no statement for, though their tables may be read. */
  readonly unmade = new Set<string>();
  readonly said: string[] = [];
  limits: UsageLimit[] = [];
  exists = true;
  private readonly results = new Map<string, { rows: string[][]; error?: string }>();

  constructor() {
    const gone = (): never => {
      throw Object.assign(new Error('there is no such workgroup'), { name: 'ResourceNotFoundException' });
    };
    const serverless = strictMock(RedshiftServerlessClient, 'redshift-serverless');
    serverless.on(GetNamespaceCommand).callsFake(() => (this.exists ? { namespace: { namespaceName: 'mesh-reporting', adminPasswordSecretArn: SECRET } } : gone()));
    serverless.on(GetWorkgroupCommand).callsFake(() => (this.exists ? { workgroup: { workgroupName: 'mesh-reporting', workgroupArn: WORKGROUP } } : gone()));
    serverless.on(ListUsageLimitsCommand).callsFake(() => ({ usageLimits: this.limits }));
    serverless.on(CreateUsageLimitCommand).callsFake((asked: UsageLimit) => {
      this.limits.push({ ...asked, usageLimitId: `limit-${this.limits.length}` });
      return { usageLimit: this.limits.at(-1) };
    });
    serverless.on(UpdateUsageLimitCommand).callsFake(({ usageLimitId, amount }: UsageLimit) => {
      this.limits = this.limits.map((limit) => (limit.usageLimitId === usageLimitId ? { ...limit, amount } : limit));
      return { usageLimit: this.limits.find((limit) => limit.usageLimitId === usageLimitId) };
    });
    const data = strictMock(RedshiftDataClient, 'redshift-data');
    data.on(ExecuteStatementCommand).callsFake(({ Sql }: { Sql: string }) => this.take([Sql]));
    data.on(BatchExecuteStatementCommand).callsFake(({ Sqls }: { Sqls: string[] }) => this.take(Sqls));
    data.on(DescribeStatementCommand).callsFake(({ Id }: { Id: string }) => ({ Id, ...this.results.get(Id)?.error === undefined ? { Status: 'FINISHED' } : { Status: 'FAILED', Error: this.results.get(Id)?.error } }));
    data.on(GetStatementResultCommand).callsFake(({ Id }: { Id: string }) => ({ Records: this.results.get(Id)!.rows.map((row) => row.map((stringValue) => ({ stringValue }))) }));
  }

  /** Names that analysts find, and the versions that they lead to. */
  marts(): string[] {
    return [...this.shown].map(([name, version]) => `${name} -> ${version}`);
  }

  private take(statements: readonly string[]): { Id: string } {
    const Id = `00000000-0000-4000-8000-${String(this.results.size).padStart(12, '0')}`;
    // One transaction: the first that fails undoes the others.
    const before = { stored: [...this.stored], shown: [...this.shown] };
    try {
      this.results.set(Id, { rows: statements.map((sql) => this.run(sql)).at(-1)! });
    } catch (error) {
      this.stored.clear();
      for (const name of before.stored) this.stored.add(name);
      this.shown.clear();
      for (const [name, version] of before.shown) this.shown.set(name, version);
      this.results.set(Id, { rows: [], error: (error as Error).message });
    }
    return { Id };
  }

  private run(sql: string): string[][] {
    this.said.push(sql);
    const does = (pattern: RegExp, act: (...groups: string[]) => string[][] | void): string[][] | undefined => {
      const found = pattern.exec(sql);
      return found === null ? undefined : act(...found.slice(1)) ?? [];
    };
    const read = (columns: string, database: string, table: string): void => {
      const known = this.readable.get(`${database}.${table}`);
      if (!this.external.has(database)) throw new Error(`ERROR: schema "${database}" does not exist`);
      if (known === undefined) throw new Error(`ERROR: relation "${database}.${table}" does not exist`);
      for (const column of columns.split(', ')) if (!known.includes(column.replaceAll('"', ''))) throw new Error(`ERROR: column ${column} does not exist in ${table}`);
    };
    const answer = does(/^SELECT role_name FROM svv_roles$/, () => [...this.roles].map((name) => [name]))
      ?? does(/^CREATE ROLE "(\w+)"$/, (name) => { this.roles.add(name); })
      ?? does(/^CREATE SCHEMA IF NOT EXISTS "(\w+)"$|^REVOKE CREATE ON SCHEMA public FROM PUBLIC$/, () => [])
      ?? does(/^GRANT (?:USAGE ON SCHEMA|SELECT ON) .+ TO ROLE "(\w+)"$/, (role) => { if (!this.roles.has(role)) throw new Error(`ERROR: role "${role}" does not exist`); })
      ?? does(/^CREATE EXTERNAL SCHEMA IF NOT EXISTS "(\w+)" FROM DATA CATALOG DATABASE '\w+' IAM_ROLE '(.+)'$/, (name, role) => { if (!this.external.has(name)) this.external.set(name, `{"IAM_ROLE":"${role}"}`); })
      ?? does(/^SELECT schemaname, esoptions FROM svv_external_schemas$/, () => [...this.external])
      ?? does(/^DROP SCHEMA IF EXISTS "(\w+)"$/, (name) => { this.external.delete(name); })
      ?? does(/^SELECT name FROM svv_mv_info WHERE schema_name = 'mesh_store'$/, () => [...this.stored].map((name) => [name]))
      ?? does(/^SELECT table_name FROM svv_tables WHERE table_schema = 'mesh_marts'$/, () => [...this.shown.keys()].map((name) => [name]))
      ?? does(/^SELECT definition FROM pg_views WHERE schemaname = 'mesh_marts' AND viewname = '(\w+)'$/, (name) => (this.shown.has(name) ? [[`SELECT * FROM mesh_store.${this.shown.get(name)}`]] : []))
      ?? does(/^CREATE MATERIALIZED VIEW "mesh_store"."(\w+)" BACKUP NO AUTO REFRESH NO AS SELECT (.+) FROM "(\w+)"."(\w+)"$/, (name, columns, database, table) => {
        if (this.stored.has(name)) throw new Error(`ERROR: relation "${name}" already exists`);
        if ([...this.unmade].some((mart) => name.startsWith(mart))) throw new Error('ERROR: column "order_id" has unsupported type');
        read(columns, database, table);
        this.stored.add(name);
      })
      ?? does(/^REFRESH MATERIALIZED VIEW "mesh_store"."(\w+)"$/, (name) => { if (!this.stored.has(name)) throw new Error(`ERROR: relation "${name}" does not exist`); })
      ?? does(/^DROP MATERIALIZED VIEW IF EXISTS "mesh_store"."(\w+)"$/, (name) => {
        if ([...this.shown.values()].includes(name)) throw new Error(`ERROR: cannot drop ${name} because other objects depend on it`);
        this.stored.delete(name);
      })
      ?? does(/^DROP VIEW IF EXISTS "mesh_marts"."(\w+)"$/, (name) => { this.shown.delete(name); })
      ?? does(/^CREATE VIEW "mesh_marts"."(\w+)" AS SELECT .+ FROM "mesh_store"."(\w+)"$/, (name, version) => {
        if (this.shown.has(name)) throw new Error(`ERROR: relation "${name}" already exists`);
        if (!this.stored.has(version)) throw new Error(`ERROR: relation "${version}" does not exist`);
        this.shown.set(name, version);
      })
      ?? does(/^SELECT (.+) FROM "(\w+)"."(\w+)" LIMIT 1$/, (columns, database, table) => { read(columns, database, table); });
    if (answer === undefined) throw new Error(`ERROR: syntax error: ${sql}`);
    return answer;
  }
}
