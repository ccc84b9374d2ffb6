import {
  type AttributeValue, DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand,
  TransactionCanceledException, type TransactWriteItem, TransactWriteItemsCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type StrictMock } from './strict-mock';

type Attributes = Record<string, AttributeValue>;
interface Expressions {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Attributes;
}

/** The condition of a single write does not hold. */
export class ConditionalCheckFailed extends Error {
  override readonly name = 'ConditionalCheckFailedException';
}

/** One DynamoDB table with the keys `pk` and `sk`, as far as run logs use it. Whatever it has not learnt is an error. */
export class MemoryDynamoDb {
  private items = new Map<string, Attributes>();

  constructor(private readonly name: string) {}

  /** Answers a mocked client. */
  answer(mock: StrictMock): void {
    mock.on(GetItemCommand).callsFake((input: { TableName: string; Key: Attributes }) => ({ Item: this.read(input.TableName, input.Key) }));
    mock.on(PutItemCommand).callsFake((input: { TableName: string; Item: Attributes } & Expressions) => {
      this.transact([{ Put: input }]);
      return {};
    });
    mock.on(DeleteItemCommand).callsFake((input: { Key: Attributes }) => {
      this.items.delete(keyOf(input.Key));
      return {};
    });
    mock.on(UpdateItemCommand).callsFake((input: { TableName: string; Key: Attributes } & Expressions) => this.update(input));
    mock.on(QueryCommand).callsFake((input: { ExpressionAttributeValues: Attributes; ScanIndexForward?: boolean; ExclusiveStartKey?: Attributes }) => this.query(input));
    mock.on(TransactWriteItemsCommand).callsFake((input: { TransactItems: TransactWriteItem[] }) => {
      this.transact(input.TransactItems);
      return {};
    });
  }

  /** UpdateItem. */
  update(input: { TableName: string; Key: Attributes } & Expressions): { Attributes: Attributes } {
    const before = this.read(input.TableName, input.Key);
    if (!holds(input, before)) throw new ConditionalCheckFailed('The conditional request failed');
    const after = updated(input, before ?? { ...input.Key });
    this.items.set(keyOf(input.Key), after);
    return { Attributes: structuredClone(after) };
  }

  /** Everything that is there, sorted by its keys. */
  all(): Attributes[] {
    return structuredClone(this.sorted());
  }

  load(items: readonly Attributes[]): void {
    this.items = new Map(items.map((item) => [keyOf(item), structuredClone(item)]));
  }

  get(pk: string, sk: string): Attributes | undefined {
    return this.items.get(keyOf({ pk: { S: pk }, sk: { S: sk } }));
  }

  private sorted(): Attributes[] {
    return [...this.items.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  }

  private read(table: string, key: Attributes): Attributes | undefined {
    if (table !== this.name) throw new Error(`there is no table ${table}`);
    const found = this.items.get(keyOf(key));
    return found === undefined ? undefined : structuredClone(found);
  }

  /** Two items a page, so that paging is seen. */
  private query(input: { ExpressionAttributeValues: Attributes; ScanIndexForward?: boolean; ExclusiveStartKey?: Attributes }): { Items: Attributes[]; LastEvaluatedKey?: Attributes } {
    const { ':pk': pk, ':sk': sk } = input.ExpressionAttributeValues;
    const found = this.sorted().filter((item) => item.pk.S === pk.S && item.sk.S!.startsWith(sk.S!));
    if (input.ScanIndexForward === false) found.reverse();
    const start = input.ExclusiveStartKey === undefined ? 0 : found.findIndex((item) => keyOf(item) === keyOf(input.ExclusiveStartKey!)) + 1;
    const Items = structuredClone(found.slice(start, start + 2));
    const last = Items.at(-1);
    return { Items, ...(last !== undefined && start + 2 < found.length ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {}) };
  }

  private transact(actions: TransactWriteItem[]): void {
    const keys = actions.map((action) => keyOf(action.Put?.Item ?? action.Update?.Key ?? action.ConditionCheck?.Key ?? action.Delete!.Key!));
    if (new Set(keys).size < keys.length) throw new Error('Transaction request cannot include multiple operations on one item');
    const reasons = actions.map((action, n) => {
      const expressions = (action.Put ?? action.Update ?? action.ConditionCheck ?? action.Delete) as Expressions;
      return holds(expressions, this.items.get(keys[n])) ? { Code: 'None' } : { Code: 'ConditionalCheckFailed' };
    });
    if (reasons.some(({ Code }) => Code !== 'None')) {
      throw new TransactionCanceledException({ message: 'Transaction cancelled', $metadata: {}, CancellationReasons: reasons });
    }
    for (const [n, { Put, Update, Delete }] of actions.entries()) {
      if (Put !== undefined) this.items.set(keys[n], structuredClone(Put.Item!));
      if (Update !== undefined) this.items.set(keys[n], updated(Update, this.items.get(keys[n]) ?? { ...Update.Key! }));
      if (Delete !== undefined) this.items.delete(keys[n]);
    }
  }
}

function keyOf(item: Attributes): string {
  return `${item.pk.S}\u0000${item.sk.S}`;
}

function holds({ ConditionExpression: text, ...expressions }: Expressions, item: Attributes | undefined): boolean {
  return text === undefined || new Condition(text, expressions, item ?? {}).value();
}

/** `a AND b OR c`, comparisons, IN, attribute_exists and attribute_not_exists. */
class Condition {
  private readonly words: string[];

  constructor(text: string, private readonly expressions: Expressions, private readonly item: Attributes) {
    this.words = text.match(/[#:]?\w+|<=|>=|<>|[=<>(),]/g) ?? [];
  }

  value(): boolean {
    const found = this.or();
    if (this.words.length > 0) throw new Error(`unexpected ${this.words.join(' ')}`);
    return found;
  }

  private or(): boolean {
    let found = this.and();
    while (this.words[0] === 'OR') {
      this.words.shift();
      found = this.and() || found;
    }
    return found;
  }

  private and(): boolean {
    let found = this.term();
    while (this.words[0] === 'AND') {
      this.words.shift();
      found = this.term() && found;
    }
    return found;
  }

  private term(): boolean {
    const word = this.words.shift()!;
    if (word === 'attribute_exists' || word === 'attribute_not_exists') {
      this.expect('(');
      const exists = this.operand(this.words.shift()!) !== undefined;
      this.expect(')');
      return exists === (word === 'attribute_exists');
    }
    const left = this.operand(word);
    const operator = this.words.shift();
    if (operator === 'IN') {
      this.expect('(');
      const among: unknown[] = [];
      do among.push(this.operand(this.words.shift()!)); while (this.words.shift() === ',');
      return among.includes(left);
    }
    const right = this.operand(this.words.shift()!);
    if (left === undefined || right === undefined) return false;
    if (operator === '=') return left === right;
    if (operator === '<=') return left <= right;
    throw new Error(`the operator ${operator} is not known`);
  }

  private expect(word: string): void {
    const found = this.words.shift();
    if (found !== word) throw new Error(`expected ${word}, found ${found}`);
  }

  private operand(word: string): string | number | undefined {
    const value = word.startsWith(':') ? required(this.expressions.ExpressionAttributeValues, word) : this.item[nameOf(this.expressions, word)];
    if (value === undefined) return undefined;
    return value.N !== undefined ? Number(value.N) : value.S;
  }
}

/** SET, REMOVE, ADD and DELETE, each with a list. */
function updated(expressions: Expressions, before: Attributes): Attributes {
  const item = structuredClone(before);
  const clauses = [...expressions.UpdateExpression!.matchAll(/(SET|REMOVE|ADD|DELETE) (.+?)(?= (?:SET|REMOVE|ADD|DELETE) |$)/g)];
  if (clauses.length === 0) throw new Error(`cannot read ${expressions.UpdateExpression}`);
  for (const [, kind, list] of clauses) {
    for (const part of list.split(',').map((one) => one.trim())) {
      if (kind === 'REMOVE') delete item[nameOf(expressions, part)];
      if (kind === 'SET') {
        const [name, value] = part.split(' = ');
        item[nameOf(expressions, name)] = required(expressions.ExpressionAttributeValues, value);
      }
      if (kind === 'ADD' || kind === 'DELETE') {
        const [name, value] = part.split(' ');
        const attribute = nameOf(expressions, name);
        const found = added(kind, item[attribute], required(expressions.ExpressionAttributeValues, value));
        if (found === undefined) delete item[attribute];
        else item[attribute] = found;
      }
    }
  }
  return item;
}

/** A number grows, a set gains or loses; an empty set is no attribute. */
function added(kind: 'ADD' | 'DELETE', before: AttributeValue | undefined, value: AttributeValue): AttributeValue | undefined {
  if (value.SS !== undefined) {
    const set = new Set(before?.SS ?? []);
    for (const one of value.SS) if (kind === 'ADD') set.add(one); else set.delete(one);
    return set.size === 0 ? undefined : { SS: [...set] };
  }
  if (kind === 'DELETE' || value.N === undefined) throw new Error(`${kind} takes a set, or a number to add`);
  return { N: String(Number(before?.N ?? 0) + Number(value.N)) };
}

function nameOf({ ExpressionAttributeNames: names }: Expressions, word: string): string {
  return word.startsWith('#') ? required(names, word) : word;
}

function required<T>(given: Record<string, T> | undefined, name: string): T {
  const found = given?.[name];
  if (found === undefined) throw new Error(`${name} is used and not given`);
  return found;
}
