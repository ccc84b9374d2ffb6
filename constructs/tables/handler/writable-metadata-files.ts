import { PutObjectCommand } from '@aws-sdk/client-s3';
import { placeInS3 } from '../../handlers/place-in-s3';
import { type Json, writeExactly } from '../../iceberg/exact-json';
import { MetadataFiles } from '../../iceberg/metadata-files';
import { type TableMetadata } from '../../iceberg/table-metadata';

/** Metadata files where a deployment adds its own: of the foundation's handlers, this one alone may write them. */
export class WritableMetadataFiles extends MetadataFiles {
  async write(location: string, metadata: TableMetadata): Promise<void> {
    await this.s3.send(new PutObjectCommand({
      ...placeInS3(location), Body: writeExactly(metadata as unknown as Json), ContentType: 'application/json', ExpectedBucketOwner: this.account,
    }), { abortSignal: this.abortSignal });
  }
}
