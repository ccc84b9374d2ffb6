import * as fs from 'node:fs';
import * as path from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { packageRoot } from '../package-root';
import { type DomainPlace } from '../domain/naming';
import { auditNames } from './audit-names';

/** What the saved queries are made from. */
export interface AuditQueriesProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** What is asked again and again; the SQL is in queries/<file>.sql. */
export const QUERIES = [
  { file: 'reads', name: 'Who read what through Lake Formation' },
  { file: 'denied', name: 'Denied access' },
  { file: 'outside', name: 'Access outside Lake Formation' },
  { file: 'usage', name: 'Usage by contract, consumer and month' },
  { file: 'grants-by-hand', name: 'Grants changed by hand' },
] as const;

/** What one query may scan: a month of a busy mesh is a few GB, and one that forgot its days is stopped. */
const MOST_SCANNED = 200 * 1024 ** 3;

/** The workgroup of the auditors, and their saved queries. */
export class AuditQueries extends Construct {
  readonly workGroup: athena.CfnWorkGroup;

  constructor(scope: Construct, id: string, { place, key }: AuditQueriesProps) {
    super(scope, id);
    this.workGroup = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name: auditNames.name(place), description: 'Questions to what is recorded of the mesh', recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true, publishCloudWatchMetricsEnabled: true, bytesScannedCutoffPerQuery: MOST_SCANNED,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${auditNames.bucket(place, 'audit-results')}/queries/`, expectedBucketOwner: place.account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    this.workGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
    for (const { file, name } of QUERIES) {
      new athena.CfnNamedQuery(this, file, { name, database: auditNames.database(place), workGroup: this.workGroup.ref, queryString: queryText(file), description: firstLines(queryText(file)) });
    }
  }
}

/** The SQL of a saved query. */
export function queryText(file: (typeof QUERIES)[number]['file']): string {
  return fs.readFileSync(path.join(packageRoot(), 'constructs', 'audit', 'queries', `${file}.sql`), 'utf8');
}

/** The comment that a query begins with. */
function firstLines(sql: string): string {
  return sql.split('\n').filter((line) => line.startsWith('--')).map((line) => line.slice(3)).join(' ');
}
