import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { HandlerError } from '../handlers/custom-resource';
import { placeInS3 } from '../handlers/place-in-s3';
import { type Json, parseExactly } from './exact-json';
import { type TableMetadata } from './table-metadata';

/** Metadata files of tables in S3: written once, never changed, and referred to by a pointer only when they are there. */
export class MetadataFiles {
  /** `account` owns the bucket; the signal ends what is under way. */
  constructor(protected readonly s3: S3Client, protected readonly account: string, protected readonly abortSignal?: AbortSignal) {}

  /** Raises HandlerError when the file is not there, or is none that can be read. */
  async read(location: string): Promise<TableMetadata> {
    const found = await this.tryRead(location);
    if (found === undefined) {
      throw new HandlerError(`${location}, where a table stands, is not there or may not be read`,
        'bring the object back from its older versions, or ask the platform team which policy denies it, then do the same again');
    }
    return found;
  }

  /** Undefined when the file is not there. Raises HandlerError when it is none that can be read. */
  async tryRead(location: string): Promise<TableMetadata | undefined> {
    let text: string | undefined;
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ ...placeInS3(location), ExpectedBucketOwner: this.account }), { abortSignal: this.abortSignal });
      text = await Body?.transformToString();
    } catch (error) {
      // S3 tells whether an object is there to those alone who may list the bucket.
      if (!(error instanceof Error) || !['NoSuchKey', 'AccessDenied'].includes(error.name)) throw error;
    }
    if (text === undefined) return undefined;
    const metadata = parsed(text) as unknown as TableMetadata | undefined;
    if (metadata?.['format-version'] !== 2) throw new HandlerError(`${location} is not Iceberg metadata of format version 2`, 'have the publisher restore the product: docs/operations.md, "rolling back"');
    return metadata;
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
