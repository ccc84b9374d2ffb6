import { type DataZoneClient } from '@aws-sdk/client-datazone';
import { type RAMClient } from '@aws-sdk/client-ram';
import { type S3Client } from '@aws-sdk/client-s3';
import { type DomainPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';

/** What the handler of governance reaches. */
export interface Outside {
  /** The platform. */
  readonly served: DomainPlace;
  readonly datazone: DataZoneClient;
  /** DataZone as a role of the platform's account. */
  readonly datazoneAs: (roleArn: string) => Promise<DataZoneClient>;
  readonly ram: RAMClient;
  readonly s3: S3Client;
  readonly pause: (ms: number) => Promise<void>;
}

/** Of a custom resource's properties, which CloudFormation hands over as texts. */
export function textOf(properties: Record<string, unknown>, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string') throw new HandlerError(`${name} must be text, received ${JSON.stringify(value) ?? 'nothing'}`, 'deploy governance again with one version of the library');
  return value;
}
