import { type S3Client } from '@aws-sdk/client-s3';
import { type STSClient } from '@aws-sdk/client-sts';
import { type Holders } from '../../handlers/holders';
import { type RunTable } from '../../run-log/run-table';
import { type DomainPlace } from '../../domain/naming';

/** What the catalogue's handler reaches beside DataZone. */
export interface Outside {
  readonly served: DomainPlace;
  readonly s3: S3Client;
  readonly sts: STSClient;
  readonly table: RunTable;
  readonly holders: Holders;
  readonly pause: (ms: number) => Promise<void>;
}
