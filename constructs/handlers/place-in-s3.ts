import { HandlerError } from './custom-resource';

/** Bucket and key of `s3://bucket/key`. Raises HandlerError of anything else. */
export function placeInS3(url: string): { readonly Bucket: string; readonly Key: string } {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (Key === undefined) throw new HandlerError(`${url} is not an object in S3, expected s3://<bucket>/<key>`, 'point what names it, a table or a job, back at an object');
  return { Bucket, Key };
}
