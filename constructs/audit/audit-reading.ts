import { type Statement } from '../domain/exact-policy';
import { usesKeyCalled } from '../domain/key-policy';
import { arnIn, type DomainPlace, s3Arn } from '../domain/naming';
import { auditNames } from './audit-names';

/** What it takes to ask what is recorded of the mesh, and to change nothing; `place` is the platform's. */
export function readsAudit(place: DomainPlace): Statement[] {
  return [
    {
      sid: 'AsksTheTrail', resources: [arnIn(place, 'athena', `workgroup/${auditNames.name(place)}`)],
      actions: [
        'athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution', 'athena:BatchGetQueryExecution', 'athena:ListQueryExecutions', 'athena:GetQueryResults',
        'athena:GetWorkGroup', 'athena:ListNamedQueries', 'athena:GetNamedQuery', 'athena:BatchGetNamedQuery',
      ],
    },
    ...askingStatements(place, 'queries/'),
  ];
}

/** What Athena does for whoever asks it, beside taking the query: reads the trail, and writes the answer into a folder. */
export function askingStatements(place: DomainPlace, folder: string): Statement[] {
  const database = auditNames.database(place);
  const archive = auditNames.bucket(place, 'audit');
  const results = auditNames.bucket(place, 'audit-results');
  return [
    {
      sid: 'TrailTable', actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'],
      resources: [arnIn(place, 'glue', 'catalog'), arnIn(place, 'glue', `database/${database}`), arnIn(place, 'glue', `table/${database}/cloudtrail`)],
    },
    { sid: 'Archive', actions: ['s3:GetObject'], resources: [s3Arn(place, `${archive}/AWSLogs/*`)], why: 'trails name their objects by time' },
    { sid: 'ArchiveBuckets', actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [s3Arn(place, archive), s3Arn(place, results)] },
    { sid: 'Answers', actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], resources: [s3Arn(place, `${results}/${folder}*`)], why: 'Athena names answers by the query\'s id' },
    usesArchiveKey(place),
  ];
}

/** Of what is encrypted with the archive's key, whatever it is. */
export function usesArchiveKey(place: DomainPlace): Statement {
  return usesKeyCalled('ArchiveKey', place, auditNames.keyAlias(place));
}
