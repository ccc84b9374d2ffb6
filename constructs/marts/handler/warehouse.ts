import { BatchExecuteStatementCommand, DescribeStatementCommand, ExecuteStatementCommand, GetStatementResultCommand, type RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { HandlerError } from '../../handlers/custom-resource';
import { isError } from '../../handlers/sdk';

/** Where SQL is said, and with whose credentials. */
export interface WarehouseAddress {
  readonly workgroup: string;
  readonly database: string;
  /** ARN of the secret of the administrator, which Redshift keeps and rotates. */
  readonly secret: string;
}

/** How long somebody may wait for an answer. */
export interface Waiting {
  /** Milliseconds that are left. */
  remaining(): number;
  sleep(ms: number): Promise<void>;
}

/** Redshift refused a statement. */
export class StatementRefused extends HandlerError {
  override readonly name = 'StatementRefused';
}

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5_000;
/** What the Data API takes in one transaction. */
const LONGEST_BATCH = 40;
/** Of an error's text, which is logged: what follows may quote a row. */
const LONGEST_REASON = 300;

/** A warehouse that is spoken to through the Data API: a statement is handed over, and looked at until it has ended. */
export class Warehouse {
  constructor(private readonly client: RedshiftDataClient, private readonly address: WarehouseAddress, private readonly waiting: Waiting) {}

  /** One statement by itself, several in one transaction. Raises StatementRefused with Redshift's reason. */
  async run(...statements: readonly string[]): Promise<void> {
    await this.ended(statements);
  }

  /** The rows of a query, every value as a text, without the blanks that system views fill names up with. */
  async rows(query: string): Promise<string[][]> {
    const Id = await this.ended([query]);
    const rows: string[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.client.send(new GetStatementResultCommand({ Id, NextToken }));
      rows.push(...(page.Records ?? []).map((record) => record.map(({ stringValue, longValue, booleanValue }) => String(stringValue ?? longValue ?? booleanValue ?? '').trimEnd())));
      NextToken = page.NextToken;
    } while (NextToken !== undefined && NextToken !== '');
    return rows;
  }

  private async ended(statements: readonly string[]): Promise<string> {
    const Id = await this.hand(statements);
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      const { Status, Error: why } = await this.client.send(new DescribeStatementCommand({ Id }));
      if (Status === 'FINISHED') return Id;
      if (Status === 'FAILED' || Status === 'ABORTED') throw new StatementRefused(reason(why ?? `it was ${Status.toLowerCase()}`));
      if (this.waiting.remaining() < pause) throw new HandlerError('the warehouse is still at work on a mart', 'deploy again, or wait for the next refresh: it goes on where it stopped');
      await this.waiting.sleep(pause);
    }
  }

  private async hand(statements: readonly string[]): Promise<string> {
    if (statements.length > LONGEST_BATCH) throw new Error(`${statements.length} statements in one transaction`);
    const { workgroup: WorkgroupName, database: Database, secret: SecretArn } = this.address;
    const to = { WorkgroupName, Database, SecretArn };
    const { Id } = statements.length === 1
      ? await this.client.send(new ExecuteStatementCommand({ ...to, Sql: statements[0] }))
      : await this.client.send(new BatchExecuteStatementCommand({ ...to, Sqls: [...statements] }));
    if (Id === undefined) throw new Error('a statement was taken and has no id');
    return Id;
  }
}

/** Whether a call failed because there is no such warehouse: then there is no mart in it either. */
export function isGone(error: unknown): boolean {
  return isError(error, 'ResourceNotFoundException');
}

function reason(text: string): string {
  return text.split('\n')[0].slice(0, LONGEST_REASON);
}
