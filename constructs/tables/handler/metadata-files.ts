import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { HandlerError } from '../../handlers/custom-resource';
import { type Json, parseExactly, writeExactly } from '../../iceberg/exact-json';
import { type Metadata } from './metadata';

/** Metadata files of tables in S3: written once, never changed, and referred to by a pointer only when they are there. */
export class MetadataFiles {
  constructor(private readonly s3: S3Client, private readonly account: string, private readonly abortSignal: AbortSignal) {}

  /** Raises HandlerError when the file is not there, or is none that can be read. */
  async read(location: string): Promise<Metadata> {
    let text: string | undefined;
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ ...this.place(location), ExpectedBucketOwner: this.account }), { abortSignal: this.abortSignal });
      text = await Body?.transformToString();
    } catch (error) {
      // S3 tells whether an object is there to those alone who may list the bucket.
      if (!(error instanceof Error) || !['NoSuchKey', 'AccessDenied'].includes(error.name)) throw error;
    }
    if (text === undefined) {
      throw new HandlerError(`the catalogue points at ${location}, which is not there or may not be read`,
        'bring the object back from its older versions, or ask the platform team which policy denies it, then deploy again');
    }
    const metadata = parsed(text) as unknown as Metadata | undefined;
    if (metadata?.['format-version'] !== 2) throw new HandlerError(`${location} is no Iceberg metadata of format version 2`, 'point the table back at a metadata file that a run has made');
    return metadata;
  }

  async write(location: string, metadata: Metadata): Promise<void> {
    await this.s3.send(new PutObjectCommand({
      ...this.place(location), Body: writeExactly(metadata as unknown as Json), ContentType: 'application/json', ExpectedBucketOwner: this.account,
    }), { abortSignal: this.abortSignal });
  }

  private place(location: string): { Bucket: string; Key: string } {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
    if (Key === undefined) throw new HandlerError(`the catalogue points at ${location}, which is not in S3`, 'point the table back at its metadata file');
    return { Bucket, Key };
  }
}

/** A text's JSON; undefined of one that is none, whose error would quote it. */
function parsed(text: string): Json | undefined {
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}
