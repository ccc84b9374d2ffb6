import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { HandlerError } from '../../handlers/custom-resource';
import { type IcebergMetadata } from '../../iceberg/glue-columns';

/** A metadata file, with its snapshot as text: a 64-bit number loses its last digits in a JSON number of JavaScript's. */
export interface Metadata {
  readonly metadata: IcebergMetadata;
  readonly snapshotId: string | null;
}

/** Bucket and key of `s3://bucket/key`. */
export function placeInS3(url: string): { readonly Bucket: string; readonly Key: string } {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (Key === undefined) throw new HandlerError(`${url} is no object in S3`, 's3://<bucket>/<key> was expected');
  return { Bucket, Key };
}

/** Reads what a pointer points at. */
export async function readMetadata(s3: S3Client, location: string): Promise<Metadata> {
  let text: string;
  try {
    const { Body } = await s3.send(new GetObjectCommand(placeInS3(location)));
    text = await Body!.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) throw new HandlerError(`${location} is not there`, 'start a new run of the product');
    throw error;
  }
  const [, snapshotId] = /"current-snapshot-id"\s*:\s*(\d+)/.exec(text) ?? [];
  return { metadata: JSON.parse(text) as IcebergMetadata, snapshotId: snapshotId ?? null };
}
