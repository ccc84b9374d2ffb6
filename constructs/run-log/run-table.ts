import {
  type AttributeValue, DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, TransactionCanceledException, TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';

export type Value = string | number | Uint8Array;
export type Item = Readonly<Record<string, Value>>;
export interface Key { readonly pk: string; readonly sk: string }

/** A condition in DynamoDB's words; `#name` is an attribute, `:name` one of the values. */
export interface When {
  readonly text: string;
  readonly values: Readonly<Record<string, Value>>;
}

/** One part of a transaction: writes a whole item, sets attributes (and removes those that are null), or only looks. */
export type Action =
  | { readonly put: Key; readonly item: Readonly<Record<string, Value | null>> }
  | { readonly change: Key; readonly to: Readonly<Record<string, Value | null>>; readonly when: When }
  | { readonly check: Key; readonly when: When };

/** A transaction was refused since a condition does not hold; of which of its actions, by position. */
export class ConditionFailed extends Error {
  constructor(readonly positions: ReadonlySet<number>) {
    super(`condition ${[...positions].join(', ')} does not hold`);
  }
}

const ATTEMPTS = 6;
/** Reasons to cancel a transaction that pass by themselves. */
const PASSING = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** The domain's table of locks, runs and releases, with the keys `pk` and `sk`. Every read is consistent. */
export class RunTable {
  constructor(private readonly client: DynamoDBClient, private readonly name: string, private readonly pause: (ms: number) => Promise<void> = sleep) {}

  async get(key: Key): Promise<Item | undefined> {
    const { Item: found } = await this.client.send(new GetItemCommand({ TableName: this.name, Key: wired({ ...key }), ConsistentRead: true }));
    return found === undefined ? undefined : plain(found);
  }

  /** Items whose `sk` begins so, in its order or against it; page by page, as far as they are asked for. */
  async *query(pk: string, prefix: string, { newestFirst = false } = {}): AsyncGenerator<Item> {
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.client.send(new QueryCommand({
        TableName: this.name, KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)', ExpressionAttributeValues: wired({ ':pk': pk, ':sk': prefix }),
        ScanIndexForward: !newestFirst, ConsistentRead: true, ExclusiveStartKey: from,
      }));
      for (const item of page.Items ?? []) yield plain(item);
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async put(key: Key, item: Readonly<Record<string, Value | null>>): Promise<void> {
    await this.client.send(new PutItemCommand({ TableName: this.name, Item: wired({ ...key, ...item }) }));
  }

  async delete(key: Key): Promise<void> {
    await this.client.send(new DeleteItemCommand({ TableName: this.name, Key: wired({ ...key }) }));
  }

  /** All or nothing. Raises ConditionFailed; what passes by itself, such as another transaction on the same item, is waited for. */
  async transact(actions: readonly Action[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.client.send(new TransactWriteItemsCommand({ TransactItems: actions.map((action) => this.request(action)) }));
        return;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const reasons = error.CancellationReasons ?? [];
        const refused = [...reasons.keys()].filter((n) => reasons[n].Code === 'ConditionalCheckFailed');
        if (refused.length > 0) throw new ConditionFailed(new Set(refused));
        if (attempt === ATTEMPTS || !reasons.some(({ Code }) => PASSING.includes(Code ?? ''))) throw error;
        await this.pause(Math.random() * 50 * 2 ** attempt);
      }
    }
  }

  private request(action: Action): TransactWriteItem {
    if ('put' in action) return { Put: { TableName: this.name, Item: wired({ ...action.put, ...action.item }) } };
    if ('check' in action) {
      const { check, when } = action;
      return { ConditionCheck: { TableName: this.name, Key: wired({ ...check }), ConditionExpression: when.text, ...placeholders(when.text, when.values) } };
    }
    const { change, to, when } = action;
    const set = Object.keys(to).filter((name) => to[name] !== null);
    const gone = Object.keys(to).filter((name) => to[name] === null);
    const text = [
      ...(set.length > 0 ? [`SET ${set.map((name) => `#${name} = :_${name}`).join(', ')}`] : []),
      ...(gone.length > 0 ? [`REMOVE ${gone.map((name) => `#${name}`).join(', ')}`] : []),
    ].join(' ');
    const values = { ...when.values, ...Object.fromEntries(set.map((name) => [`_${name}`, to[name] as Value])) };
    return {
      Update: { TableName: this.name, Key: wired({ ...change }), UpdateExpression: text, ConditionExpression: when.text, ...placeholders(`${text} ${when.text}`, values) },
    };
  }
}

/** Every attribute goes by a placeholder: many good names are reserved words. */
function placeholders(text: string, values: Readonly<Record<string, Value>>): { ExpressionAttributeNames: Record<string, string>; ExpressionAttributeValues?: Record<string, AttributeValue> } {
  const names = Object.fromEntries([...text.matchAll(/#(\w+)/g)].map(([placeholder, name]) => [placeholder, name]));
  const own = wired(Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])));
  return { ExpressionAttributeNames: names, ...(Object.keys(own).length > 0 ? { ExpressionAttributeValues: own } : {}) };
}

function wired(item: Readonly<Record<string, Value | null>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).flatMap(([name, value]) => (value === null ? [] : [[name, wire(value)]])));
}

function wire(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  return typeof value === 'number' ? { N: String(value) } : { B: value };
}

function plain(item: Record<string, AttributeValue>): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.N !== undefined ? Number(value.N) : value.B ?? value.S ?? '']));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
