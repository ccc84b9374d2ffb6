import * as fs from 'node:fs';
import * as path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { assetBucket } from '../data-product/plan-file';
import { type ProductPlace, s3Arn } from '../domain/naming';
import { builtFile } from '../package-root';

/** A file that a job is started with. */
export interface CodeFile {
  readonly bucket: s3.IBucket;
  readonly key: string;
  /** `s3://<bucket>/<key>` */
  readonly url: string;
  readonly arn: string;
}

/** What the package brings for its jobs, uploaded with the stack under names that are their content. */
export class JobCode extends Construct {
  /** What Glue starts. */
  readonly script: CodeFile;
  /** All that the script imports. */
  readonly wheel: CodeFile;
  private readonly place: ProductPlace;

  constructor(scope: Construct, id: string, place: ProductPlace) {
    super(scope, id);
    this.place = place;
    this.script = this.file('Script', builtFile('jobs', 'glue.py'));
    this.wheel = this.file('Wheel', wheel());
  }

  /** The packages that DuckDB needs and Glue lacks, each with its hashes, for pip. */
  requirements(): CodeFile {
    return this.file('Requirements', builtFile('jobs', 'duckdb.txt'));
  }

  private file(id: string, file: string): CodeFile {
    const { bucket, s3ObjectKey: key, s3BucketName } = new s3assets.Asset(this, id, { path: file });
    const name = assetBucket(Stack.of(this), s3BucketName, this.place);
    return { bucket, key, url: `s3://${name}/${key}`, arn: s3Arn(this.place, `${name}/${key}`) };
  }
}

/** The one wheel in dist/jobs. */
function wheel(): string {
  const folder = path.dirname(builtFile('jobs', 'glue.py'));
  const file = fs.readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`there is no wheel in ${folder}; run \`npm run build\``);
  return path.join(folder, file);
}
