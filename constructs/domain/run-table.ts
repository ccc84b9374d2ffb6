import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { keptTable } from './kept-table';
import { domainNames, type DomainPlace } from './naming';

/**
 * Conditions of a statement that touches items of the run table with these partition keys alone; a transaction is allowed by what is in it:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html and …/transaction-apis-iam.html
 */
export function onPartitions(keys: string | string[], operator: 'StringEquals' | 'StringLike' = 'StringLike'): Record<string, Record<string, string | string[]>> {
  // For all values of none would hold: the second condition wants one.
  return { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': keys }, Null: { 'dynamodb:LeadingKeys': 'false' } };
}

/**
 * Conditions of a statement that lets a state machine take, renew and give back the lock of products with these partition keys, by
 * UpdateItem, and write nothing else of a run. No condition knows the sort key, so what tells the lock apart is its attributes: keys and
 * what an update only compares count among them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function onLock(keys: string, operator: 'StringEquals' | 'StringLike' = 'StringLike'): Record<string, Record<string, string | string[]>> {
  return {
    [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': keys, 'dynamodb:Attributes': ['pk', 'sk', 'owner', 'since', 'leaseUntil', 'fence'] },
    'Null': { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
    // Which attributes count in a transaction is not documented.
    'ForAllValues:StringNotLike': { 'dynamodb:EnclosingOperation': 'Transact*' },
  };
}

/** What a domain's table of runs is made from. */
export interface RunTableProps {
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** Locks, runs, watermarks and releases of the domain's products: docs/guides/job.md says what lies in it. Nothing in it expires. */
export class RunTable extends Construct {
  readonly table: dynamodb.Table;

  constructor(scope: Construct, id: string, { place, key }: RunTableProps) {
    super(scope, id);
    this.table = keptTable(this, {
      tableName: domainNames.runTable(place), encryptionKey: key,
      why: 'it can be taken back to any second of the last 35 days, and what is older says nothing that tables and certificates do not',
    });
  }
}
