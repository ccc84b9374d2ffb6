import { type Plan } from '../../lib/plan/plan-schema';
import { productNames, type ProductPlace } from '../domain/naming';
import { jsonata, type MapState, type State, whenBusy } from './asl';
import { unloaded } from './unload';

type ProductSource = Extract<Plan['sources'][number], { kind: 'product' }>;

/** Another product's table, as a run is to read it. */
export interface Import {
  readonly source: string;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly select: string }[];
  /** Columns that cannot be imported. */
  readonly without: readonly string[];
}

/** What a plan imports. */
export function importsOf(plan: Plan): Import[] {
  return plan.sources.filter((source): source is ProductSource => source.kind === 'product').map(({ name, database, table, fields = [] }) => ({
    source: name, database, table,
    columns: fields.flatMap((field) => {
      const select = unloaded(field.name, field.type);
      return select === undefined ? [] : [{ name: field.name, select }];
    }),
    without: fields.filter((field) => unloaded(field.name, field.type) === undefined).map((field) => field.name),
  }));
}

/** What imports are made with. */
export interface ImportNames {
  readonly place: ProductPlace;
  readonly roleArn: string;
  readonly workGroup: string;
  /** Renews the lock of the run: unloading may take longer than a lease. */
  readonly renew: (next: string) => State;
}

/** Where a run finds its imports. */
export const importsFolder = (place: ProductPlace): string => `s3://${productNames.bucket(place, 'raw')}/imports/`;

const GLUE_BUSY = ['Glue.ThrottlingException', 'Glue.OperationTimeoutException', 'Glue.InternalServiceException'];
const ATHENA_BUSY = ['Athena.TooManyRequestsException', 'Athena.ThrottlingException', 'Athena.InternalServerException'];

/**
 * Each source in turn: look where the table stands, unload the columns that the role may see, look again. Rows and pin belong
 * together when the pointer has not moved in between; if it has, once more. The pin is written last: without it nothing was imported.
 */
export function importStates(imports: readonly Import[], names: ImportNames): MapState {
  const { place, roleArn: RoleArn, workGroup } = names;
  const Credentials = { RoleArn };
  const look = (comment: string, assign: Record<string, string>, next: string): State => ({
    Type: 'Task', Comment: comment, Resource: 'arn:aws:states:::aws-sdk:glue:getTable', Credentials,
    Arguments: { DatabaseName: jsonata('$import.database'), Name: jsonata('$import.table') },
    TimeoutSeconds: 60, Retry: whenBusy(...GLUE_BUSY), Assign: assign, Next: next,
  });
  return {
    Type: 'Map',
    Comment: 'Certified snapshots of other products, one after the other',
    Items: imports.map(({ source, database, table, columns }) => ({ source, database, table, columns })),
    MaxConcurrency: 1,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: 'Import',
      States: {
        'Import': { Type: 'Pass', Assign: { import: jsonata('$states.input'), tries: 0 }, Next: 'Where it is' },
        'Where it is': look('Columns that Lake Formation hides from the role are not among them', {
          pointer: jsonata('$states.result.Table.Parameters.metadata_location'),
          facts: jsonata('$states.result.Table.Parameters'),
          columns: jsonata('[$import.columns[name in $states.result.Table.StorageDescriptor.Columns.Name]]'),
          folder: jsonata(`'${importsFolder(place)}' & $runId & '/' & $import.source & '/' & $uuid() & '/'`),
          // Of 32 to 128 characters: https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
          token: jsonata('$uuid()'),
          tries: jsonata('$tries + 1'),
        }, 'Unload'),
        'Unload': {
          Type: 'Task', Comment: 'By its token Athena knows a query that it has accepted before and whose answer was lost', Resource: 'arn:aws:states:::aws-sdk:athena:startQueryExecution', Credentials,
          Arguments: {
            WorkGroup: workGroup, ClientRequestToken: jsonata('$token'),
            QueryString: jsonata([
              '\'UNLOAD (SELECT \' & $join($columns.select, \', \') & \' FROM "\' & $import.database & \'"."\' & $import.table & \'")\'',
              '" TO \'" & $folder & "\' WITH (format = \'PARQUET\', compression = \'ZSTD\')"',
            ].join(' & ')),
          },
          TimeoutSeconds: 60, Retry: whenBusy(...ATHENA_BUSY), Assign: { query: jsonata('$states.result.QueryExecutionId') }, Next: 'Wait for Athena',
        },
        'Wait for Athena': { Type: 'Wait', Seconds: 10, Next: 'Keep the lock' },
        'Keep the lock': names.renew('How far Athena is'),
        'How far Athena is': {
          Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:athena:getQueryExecution', Credentials,
          Arguments: { QueryExecutionId: jsonata('$query') },
          TimeoutSeconds: 60, Retry: whenBusy(...ATHENA_BUSY), Assign: { unloading: jsonata('$states.result.QueryExecution.Status.State') }, Next: 'Unloaded?',
        },
        'Unloaded?': {
          Type: 'Choice',
          Choices: [
            { Condition: jsonata('$unloading = \'SUCCEEDED\''), Next: 'Where it is now' },
            { Condition: jsonata('$unloading in [\'FAILED\', \'CANCELLED\']'), Next: 'Not unloaded' },
          ],
          Default: 'Wait for Athena',
        },
        'Where it is now': look('Rows and facts are of one pointer when it has not moved', { after: jsonata('$states.result.Table.Parameters.metadata_location') }, 'Unmoved?'),
        'Unmoved?': {
          Type: 'Choice',
          Choices: [{ Condition: jsonata('$after = $pointer'), Next: 'Pin' }, { Condition: jsonata('$tries < 2'), Next: 'Where it is' }],
          Default: 'Moved twice',
        },
        'Pin': {
          Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:putObject', Credentials,
          Arguments: {
            Bucket: productNames.bucket(place, 'raw'),
            Key: jsonata('\'imports/\' & $runId & \'/\' & $import.source & \'/_pin.json\''),
            ContentType: 'application/json',
            Body: jsonata('{"folder": $folder, "columns": [$columns.name], "metadataLocation": $pointer, "facts": $sift($facts, function($v, $k) {$contains($k, /^mesh\\./)})}'),
          },
          TimeoutSeconds: 60, Retry: whenBusy('S3.SlowDownException', 'S3.S3Exception'), End: true,
        },
        'Not unloaded': {
          Type: 'Fail', Error: 'ImportFailed',
          // Athena's own words may quote a value.
          Cause: jsonata('\'source \' & $import.source & \': Athena could not unload \' & $import.database & \'.\' & $import.table & \', query \' & $query & \' says why\''),
        },
        'Moved twice': {
          Type: 'Fail', Error: 'ImportFailed',
          Cause: jsonata('\'source \' & $import.source & \': \' & $import.database & \'.\' & $import.table & \' was published again each time it was read; start the run again\''),
        },
      },
    },
  };
}
