import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { snapshotIdOf, type TableMetadata } from '../../../constructs/iceberg/table-metadata';
import { WritableMetadataFiles } from '../../../constructs/tables/handler/writable-metadata-files';
import { strictMock } from '../../support/strict-mock';

const s3 = strictMock(S3Client, 's3');
const files = new WritableMetadataFiles(new S3Client({ region: 'eu-west-1' }), '111122223333');
const LOCATION = 's3://curated/tables/sales/orders_v1/metadata/00000-a.metadata.json';

function holding(text: string): void {
  s3.on(GetObjectCommand).resolves({ Body: { transformToString: () => Promise.resolve(text) } as never });
}

function failing(name: string): void {
  s3.on(GetObjectCommand).rejects(Object.assign(new Error(name), { name }));
}

beforeEach(() => { s3.reset(); });

describe('a table\'s metadata file', () => {
  test('is read and written to the last digit, in a bucket of its own account', async () => {
    const text = '{"format-version":2,"current-snapshot-id":8123456789012345679,"snapshots":[{"snapshot-id":8123456789012345679}]}';
    holding(text);
    s3.on(PutObjectCommand).resolves({});
    await files.write(LOCATION, await files.read(LOCATION));
    const [read, write] = s3.calls().map(({ args: [command] }) => command.input);
    const where = { Bucket: 'curated', Key: 'tables/sales/orders_v1/metadata/00000-a.metadata.json', ExpectedBucketOwner: '111122223333' };
    expect(read).toEqual(where);
    expect(write).toEqual({ ...where, Body: text, ContentType: 'application/json' });
  });

  test.each([
    ['8123456789012345679', '8123456789012345679'], ['12', '12'], ['-1', null], ['null', null],
  ])('whose current snapshot is %s stands at %s, whatever a property says', async (id, snapshot) => {
    holding(`{"format-version":2,"properties":{"comment":"\\"current-snapshot-id\\":7","current-snapshot-id":"7"},"current-snapshot-id":${id}}`);
    expect(snapshotIdOf(await files.read(LOCATION))).toBe(snapshot);
  });

  test('that names no snapshot stands at none', () => {
    expect(snapshotIdOf({ 'format-version': 2 } as TableMetadata)).toBeNull();
  });

  test.each(['NoSuchKey', 'AccessDenied'])('that S3 answers with %s is not there, or may not be read', async (name) => {
    failing(name);
    await expect(files.read(LOCATION)).rejects.toThrow(`${LOCATION}, where a table stands, is not there or may not be read → bring the object back`);
  });

  test('that could not be asked for now is no fault of the table\'s', async () => {
    failing('SlowDown');
    await expect(files.read(LOCATION)).rejects.toThrow(/^SlowDown$/);
  });

  test.each(['{"row": "ada@shoply.com"', '{"format-version":1}', '[]'])('that is none is told without what is in it: %s', async (text) => {
    holding(text);
    await expect(files.read(LOCATION)).rejects.toThrow(new RegExp(`^${LOCATION} is not Iceberg metadata of format version 2 → have the publisher restore the product`));
  });

  test('is an object in S3', async () => {
    await expect(files.read('file:/tmp/x.metadata.json')).rejects.toThrow('file:/tmp/x.metadata.json is not an object in S3, expected s3://<bucket>/<key> →');
  });
});
