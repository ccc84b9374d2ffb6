import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { placeInS3 } from '../../handlers/place-in-s3';
import { type Outside } from './publisher';
import { type CodeFile, recordedCode } from './recorded-code';

type Judging = Pick<Outside, 's3' | 'table' | 'acceptedCode' | 'refusedCode'>;

/**
 * Those of these objects that are not yet recorded as accepted for the product. Raises HandlerError unless each of them is, by its content, code
 * that the foundation accepts or has accepted for an earlier release of the product, and none that the platform refuses; and, where job runs have
 * used them, unless each was there before the first of these.
 */
export async function acceptedCode({ s3, table, acceptedCode: accepted, refusedCode }: Judging, place: ProductPlace, urls: readonly string[], firstRun?: Date): Promise<CodeFile[]> {
  const recorded = await recordedCode(table, place);
  const fresh = new Map<string, CodeFile>();
  for (const url of new Set(urls)) {
    const { digest, written } = await fileAt(s3, url);
    assertNotRefused({ url, digest }, refusedCode);
    if (!accepted.includes(digest) && !recorded.has(digest)) {
      throw new HandlerError(`${url} is not code that the foundation accepts, or has accepted for an earlier release of the product (SHA-256 ${digest})`,
        'deploy foundation and product with the same version of the library; what should run all the same, the platform team names in `acceptedCode`');
    }
    if (firstRun !== undefined && written !== undefined && written > firstRun) {
      throw new HandlerError(`${url} was written at ${written.toISOString()}, after the job run that used it had started`, 'start a new run');
    }
    if (!recorded.has(digest)) fresh.set(digest, { url, digest });
  }
  return [...fresh.values()];
}

/** Raises HandlerError where one of these objects is, by its content, code that the platform refuses. */
export async function assertNoneRefused({ s3, refusedCode }: Judging, urls: readonly string[]): Promise<void> {
  // Most platforms refuse nothing, most of the time.
  if (refusedCode.size === 0) return;
  for (const url of new Set(urls)) assertNotRefused({ url, digest: (await fileAt(s3, url)).digest }, refusedCode);
}

function assertNotRefused({ url, digest }: CodeFile, refused: Judging['refusedCode']): void {
  const why = refused.get(digest);
  if (why !== undefined) throw new HandlerError(`${url} is code that the platform refuses: ${why} (SHA-256 ${digest})`, 'deploy the product with the version of the library that its foundation has, then start a new run');
}

async function fileAt(s3: S3Client, url: string): Promise<{ readonly digest: string; readonly written?: Date }> {
  const { Body, LastModified } = await s3.send(new GetObjectCommand(placeInS3(url)));
  return { digest: createHash('sha256').update(await Body!.transformToByteArray()).digest('hex'), written: LastModified };
}
