import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { type Month, monthAfter } from '../../../lib/plan/sla-review/month';
import { type Usage } from '../../../lib/plan/sla-review/review';
import { type ReviewedProduct } from '../reviewed-product';

/** The answers to the saved query about usage, which a schedule asks each night of the last month and of this one. */
export interface UsageAnswers {
  readonly bucket: string;
  readonly prefix: string;
  readonly account: string;
}

/**
 * Reads by consumer in a month, for each published table: by the newest answer that has all of it, or as much as there is of one that is
 * not over. Undefined where nobody asked the trail, it has not answered, or its answer is no longer kept.
 */
export async function usageByTable(s3: S3Client, { bucket: Bucket, prefix: Prefix, account: ExpectedBucketOwner }: UsageAnswers, month: Month, now: Date): Promise<ReadonlyMap<string, readonly Usage[]> | undefined> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ExpectedBucketOwner }));
  // An answer has the month in which it was asked, and the one before.
  const { from, until } = month.until <= now ? monthAfter(month) : month;
  const [newest] = Contents.filter(({ Key, LastModified }) => Key?.endsWith('.csv') === true && LastModified !== undefined && LastModified >= from && LastModified < until)
    .sort((a, b) => b.LastModified!.getTime() - a.LastModified!.getTime());
  if (newest === undefined) return undefined;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: newest.Key, ExpectedBucketOwner }));
  const [header, ...rows] = rowsOf(await Body?.transformToString() ?? '');
  const at = (row: string[], name: string): string => row[header.indexOf(name)] ?? '';
  const found = new Map<string, Usage[]>();
  for (const row of rows.filter((each) => at(each, 'month') === month.name)) {
    const table = `${at(row, 'database_name')}.${at(row, 'table_name')}`;
    found.set(table, [...found.get(table) ?? [], { consumer: at(row, 'consumer'), reads: Number(at(row, 'reads')) }]);
  }
  return found;
}

/** Of a product: those of all its tables, by consumer. */
export function usageOf({ tables }: ReviewedProduct, byTable: ReadonlyMap<string, readonly Usage[]> | undefined): Usage[] | null {
  if (byTable === undefined) return null;
  const reads = new Map<string, number>();
  for (const usage of tables.flatMap((table) => byTable.get(table) ?? [])) reads.set(usage.consumer, (reads.get(usage.consumer) ?? 0) + usage.reads);
  return [...reads].map(([consumer, count]) => ({ consumer, reads: count }));
}

/** Athena writes every value in quotes, with a quote in it doubled: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html */
function rowsOf(csv: string): string[][] {
  return csv.split('\n').filter((line) => line !== '').map((line) => [...line.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, value]) => value.replaceAll('""', '"')));
}
