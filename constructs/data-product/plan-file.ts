import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileAssetPackaging, Stack, Stage } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type Plan } from '../../lib/plan/plan-schema';
import { type DomainPlace, type ProductPlace, s3Arn } from '../domain/naming';

/** A document that is uploaded with its stack, under a name that is its content. */
export interface JsonFile {
  readonly url: string;
  readonly arn: string;
  /** SHA-256, in hex, of its bytes. */
  readonly digest: string;
}

/** Puts a plan among the assets of a stack. */
export function planFile(scope: Construct, place: ProductPlace, plan: Plan): JsonFile {
  return jsonFile(scope, place, 'plan', plan);
}

/** Puts a document among the assets of a stack. */
export function jsonFile(scope: Construct, place: DomainPlace, name: string, content: unknown): JsonFile {
  const stack = Stack.of(scope);
  const outdir = Stage.of(scope)?.outdir;
  if (outdir === undefined) throw new Error(`what carries a ${name} belongs in an App or a Stage`);
  const bytes = Buffer.from(JSON.stringify(content));
  const digest = createHash('sha256').update(bytes).digest('hex');
  const fileName = `${name}.${digest}.json`;
  // Straight into the assembly: a copy in a temporary folder would only be copied here again.
  fs.writeFileSync(path.join(outdir, fileName), bytes);
  const { bucketName, objectKey } = stack.synthesizer.addFileAsset({ fileName, sourceHash: digest, packaging: FileAssetPackaging.FILE, displayName: `${name}.json` });
  const bucket = assetBucket(stack, bucketName, place);
  return { url: `s3://${bucket}/${objectKey}`, arn: s3Arn(place, `${bucket}/${objectKey}`), digest };
}

/** The name of the bucket of assets. A stack without an environment leaves account and region to CloudFormation; the place knows both. */
export function assetBucket(stack: Stack, name: string, { account, region }: DomainPlace): string {
  const resolved = stack.resolve(name) as string | { 'Fn::Sub'?: string };
  const text = typeof resolved === 'string' ? resolved : resolved['Fn::Sub'];
  return text === undefined ? name : text.replaceAll('${AWS::AccountId}', account).replaceAll('${AWS::Region}', region);
}
