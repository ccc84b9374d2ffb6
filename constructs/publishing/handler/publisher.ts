import { type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { type GlueClient } from '@aws-sdk/client-glue';
import { type LambdaClient } from '@aws-sdk/client-lambda';
import { type S3Client } from '@aws-sdk/client-s3';
import { type SNSClient } from '@aws-sdk/client-sns';
import { productNames, type ProductPlace } from '../../domain/naming';
import { type AskedGrants } from '../../handlers/asked-grants';
import { type MetadataFiles } from '../../iceberg/metadata-files';
import { RunLog } from '../../run-log/run-log';
import { type RunTable } from '../../run-log/run-table';

/** What the publisher works with. */
export interface Outside {
  readonly glue: GlueClient;
  readonly s3: S3Client;
  /** Of tables in the domain's own account. */
  readonly metadata: MetadataFiles;
  readonly table: RunTable;
  /** In the region of the platform, where its bus is. */
  readonly events: EventBridgeClient;
  readonly lambda: LambdaClient;
  /** Who is waited for where grants have to be in force first. */
  readonly grants: Pick<AskedGrants, 'follow'>;
  readonly cloudwatch: CloudWatchClient;
  readonly sns: SNSClient;
  /** SHA-256 of every file that any released job may run. */
  readonly acceptedCode: readonly string[];
  /** Why a file may be run by none, by its SHA-256. */
  readonly refusedCode: ReadonlyMap<string, string>;
  now(): number;
}

/** One product, as its run log and its jobs are called. */
export interface Product {
  readonly place: ProductPlace;
  readonly log: RunLog;
  /** `sales/orders v1`, for people. */
  readonly title: string;
  readonly jobs: readonly [etl: string, quality: string];
}

export function productAt(place: ProductPlace, table: RunTable): Product {
  return {
    place,
    log: new RunLog(table, productNames.runPartition(place)),
    title: `${place.domain}/${place.entity} v${place.major}${place.environment === null ? '' : ` (${place.environment})`}`,
    jobs: [productNames.job(place, 'etl'), productNames.job(place, 'quality')],
  };
}
