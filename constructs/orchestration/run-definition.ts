import { productNames, type ProductPlace } from '../domain/naming';
import { type Catcher, type Definition, jsonata, type State, whenBusy } from './asl';
import { type Import, importsFolder, importStates } from './import-states';

/** What a product's runs are told by. */
export interface RunNames {
  readonly place: ProductPlace;
  /** The product's identity, as the publisher is told it. */
  readonly identity: Readonly<Record<string, string>>;
  readonly modes: readonly string[];
  readonly runTable: string;
  readonly publisher: string;
  readonly topic: string;
  readonly jobs: Readonly<Record<'etl' | 'quality', { readonly name: string; readonly timeoutSeconds: number }>>;
  readonly imports: readonly Import[];
  readonly importRole: string;
  readonly workGroup: string;
}

const LEASE_MS = 15 * 60_000;
const QUARTER_OF_AN_HOUR = 15 * 60;
/** A full load waits for the one before: every five minutes for two hours. */
const BUSY = { seconds: 300, times: 24 };
/** A job that was asked to stop has a quarter of an hour. */
const STOPPING = { seconds: 10, times: 90 };

/** Optimised integrations and those of the SDK spell the service differently. */
const ofDynamoDb = (...errors: string[]): string[] => ['DynamoDB', 'DynamoDb'].flatMap((service) => errors.map((error) => `${service}.${error}`));
const CONDITION_FAILED = ofDynamoDb('ConditionalCheckFailedException');
const DYNAMODB_BUSY = ofDynamoDb('ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceededException', 'TransactionConflictException', 'InternalServerErrorException');
/** Lambda's, and those that the publisher meets itself once its own attempts are used up. All its actions can be repeated. */
const PUBLISHER_BUSY = [
  'Lambda.TooManyRequestsException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.ClientExecutionTimeoutException',
  'ThrottlingException', 'ProvisionedThroughputExceededException', 'TransactionCanceledException', 'OperationTimeoutException', 'InternalServiceException', 'InternalServerError', 'SlowDown', 'TimeoutError',
];
const GLUE_BUSY = ['Glue.ConcurrentRunsExceededException', 'Glue.ResourceNumberLimitExceededException', 'Glue.ThrottlingException', 'Glue.OperationTimeoutException', 'Glue.InternalServiceException'];

/** A timeout has no cause. */
const WHAT_FAILED = { error: jsonata('$states.errorOutput.Error'), cause: jsonata('$exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : \'\'') };
/** Whether somebody has redriven the execution since it took the lock. */
const REDRIVEN = '$exists($states.context.Execution.RedriveCount) and $states.context.Execution.RedriveCount > $redrives';
/** Whatever goes wrong before a run is announced. */
const CATCH: readonly Catcher[] = [{
  ErrorEquals: ['States.ALL'], Next: 'Redriven?', Assign: WHAT_FAILED,
}];

/** One run of a product, from its lock to its release. What it may be stopped at, and how it goes on, docs/decisions/0017 says. */
export function runDefinition(names: RunNames): Definition {
  const { jobs, imports, modes } = names;
  const beforeBuild = imports.length === 0 ? 'Build' : 'Replays?';
  const finds = (state: string, next: string): { Condition: string; Next: string } => ({ Condition: jsonata(`$state = '${state}'`), Next: next });
  return {
    Comment: 'Builds, certifies and publishes a data product',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: BUSY.seconds * BUSY.times + jobs.etl.timeoutSeconds + jobs.quality.timeoutSeconds + imports.length * 2 * 3600 + 3 * 3600,
    StartAt: 'Request',
    States: {
      'Request': {
        Type: 'Pass',
        Assign: {
          mode: jsonata('$exists($states.input.mode) ? $states.input.mode : \'\''),
          replayFrom: jsonata('$exists($states.input.replayFrom) ? $states.input.replayFrom : \'\''),
          runId: jsonata([
            '$exists($states.input.runId) ? $states.input.runId',
            ': ($exists($states.input.mode) ? $states.input.mode : \'run\') & \'-\'',
            '& $replace($exists($states.input.scheduledTime) ? $states.input.scheduledTime : $states.context.Execution.StartTime, /[-:.]/, \'\')',
          ].join(' ')),
          owner: jsonata('$states.context.Execution.Id'),
          fence: 0, redrives: 0, busy: 0, stopping: 0, done: 'nothing', state: 'none', error: 'none', cause: 'none',
        },
        Next: 'Is it one?',
      },
      'Is it one?': {
        Type: 'Choice',
        Choices: [{
          Condition: jsonata(`$mode in ${JSON.stringify(['', ...modes])} and $contains($runId, /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/) and $contains($replayFrom, /^[A-Za-z0-9._-]{0,80}$/)`), Next: 'Acquire',
        }],
        Default: 'Bad request',
      },
      'Bad request': {
        Type: 'Fail', Error: 'BadRequest',
        Cause: `the input is {"mode": one of ${modes.join(', ')}, "runId": at most 80 letters, digits, dots, dashes and underscores, "replayFrom": the id of a run}, each of them optional`,
      },

      'Acquire': {
        ...lock(names, {
          UpdateExpression: 'SET #owner = :owner, #since = :since, #leaseUntil = :until ADD #fence :one',
          ConditionExpression: 'attribute_not_exists(#owner) OR #owner = :owner OR #leaseUntil <= :now',
          ExpressionAttributeNames: { '#owner': 'owner', '#since': 'since', '#leaseUntil': 'leaseUntil', '#fence': 'fence' },
          ExpressionAttributeValues: {
            ':owner': { S: jsonata('$owner') }, ':since': { S: jsonata('$fromMillis($millis())') }, ':until': { N: jsonata(`$string($millis() + ${LEASE_MS})`) },
            ':now': { N: jsonata('$string($millis())') }, ':one': { N: '1' },
          },
          ReturnValues: 'UPDATED_NEW',
        }),
        Assign: { fence: jsonata('$number($states.result.Attributes.fence.N)'), redrives: jsonata('$exists($states.context.Execution.RedriveCount) ? $states.context.Execution.RedriveCount : 0') },
        Catch: [{ ErrorEquals: CONDITION_FAILED, Next: 'Busy' }, ...CATCH],
        Next: 'Evict',
      },
      'Busy': {
        Type: 'Choice',
        Choices: [{ Condition: jsonata('$mode = \'delta\''), Next: 'Skip' }, { Condition: jsonata(`$busy < ${BUSY.times}`), Next: 'Wait for the lock' }],
        Default: 'Fail the run',
        Assign: { error: 'Busy', cause: 'another run of the product has held the lock for two hours' },
      },
      'Wait for the lock': { Type: 'Wait', Seconds: BUSY.seconds, Assign: { busy: jsonata('$busy + 1') }, Next: 'Acquire' },
      'Skip': { ...ask(names, 'skipped', 'Skipped'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Skipped' }] },
      'Skipped': { Type: 'Succeed', Comment: 'The next delta reads what this one would have' },

      'Evict': { ...ask(names, 'evict', 'Evicted?'), Assign: { ended: jsonata('$states.result.Payload.ended'), stopping: jsonata('$stopping + 1') } },
      'Evicted?': {
        Type: 'Choice',
        Choices: [{ Condition: jsonata('$ended'), Next: 'Resume' }, { Condition: jsonata(`$stopping < ${STOPPING.times}`), Next: 'Wait for jobs to stop' }],
        Default: 'Redriven?',
        Assign: { error: 'NotEvicted', cause: 'a job run of an earlier owner does not end' },
      },
      'Wait for jobs to stop': { Type: 'Wait', Seconds: STOPPING.seconds, Next: 'Evict' },

      'Resume': { ...ask(names, 'resume', 'Where it stands'), Assign: { state: jsonata('$states.result.Payload.state'), done: 'resumed' } },
      'Where it stands': {
        Type: 'Choice',
        Choices: [
          finds('certified', 'Commit'), finds('publishing', 'Publish'), finds('published', 'Announce'), finds('skipped', 'Release'),
          { Condition: jsonata('$done = \'resumed\' and $state in [\'none\', \'running\', \'failed\']'), Next: beforeBuild },
          { Condition: jsonata('$done = \'built\' and $state = \'running\''), Next: 'Certify' },
        ],
        Default: 'Redriven?',
        Assign: { error: 'NotCertified', cause: jsonata('\'run \' & $runId & \' is \' & $state') },
      },
      ...(imports.length === 0 ? {} : {
        'Replays?': { Type: 'Choice', Comment: 'A replay reads what was imported then', Choices: [{ Condition: jsonata('$replayFrom != \'\''), Next: 'Build' }], Default: 'Imports' },
        'Imports': {
          ...importStates(imports, { place: names.place, roleArn: names.importRole, workGroup: names.workGroup, renew: (next) => ({ ...renew(names), Next: next }) }),
          Catch: CATCH, Next: 'Build',
        },
      } satisfies Record<string, State>),

      'Build': { ...job(names, 'etl', 'build'), Assign: { done: 'built' } },
      'Certify': { ...job(names, 'quality', 'certify'), Assign: { done: 'certified' } },
      'Look': { ...ask(names, 'look', 'Where it stands'), Assign: { state: jsonata('$states.result.Payload.state') } },

      'Commit': ask(names, 'commit', 'Publish'),
      'Publish': ask(names, 'publish', 'Record'),
      'Record': ask(names, 'record', 'Announce'),
      'Announce': {
        ...ask(names, 'announce', 'Release'),
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell of the outbox', Assign: WHAT_FAILED }],
      },
      'Tell of the outbox': tell(names, 'published, but not announced', 'Release'),
      'Release': {
        ...lock(names, {
          UpdateExpression: 'REMOVE #owner, #since, #leaseUntil',
          ConditionExpression: '#owner = :owner AND #fence = :fence',
          ExpressionAttributeNames: { '#owner': 'owner', '#since': 'since', '#leaseUntil': 'leaseUntil', '#fence': 'fence' },
          ExpressionAttributeValues: { ':owner': { S: jsonata('$owner') }, ':fence': { N: jsonata('$string($fence)') } },
        }),
        Comment: 'A lock that cannot be given back is free when its lease is over',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        Next: 'Done',
      },
      'Done': { Type: 'Succeed' },

      'Redriven?': {
        Type: 'Choice',
        Comment: 'Whoever stopped the execution before gave its lock back: it begins again, with the same run',
        Choices: [{
          Condition: jsonata(REDRIVEN),
          Next: 'Acquire', Assign: { redrives: jsonata('$states.context.Execution.RedriveCount'), busy: 0, stopping: 0, done: 'nothing', state: 'none' },
        }],
        Default: 'Fail the run',
      },
      'Fail the run': {
        ...ask(names, 'fail', 'Failed', { error: jsonata('$error'), cause: jsonata('$cause') }),
        Assign: { cause: jsonata('$states.result.Payload.message') },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell of the failure' }],
      },
      'Tell of the failure': tell(names, 'a run failed, and the publisher cannot be reached', 'Failed'),
      'Failed': failed(names),
    },
  };
}

/** An update of the product's lock. */
function lock({ place, runTable }: RunNames, update: Readonly<Record<string, unknown>>): Extract<State, { Type: 'Task' }> {
  return {
    Type: 'Task', Resource: 'arn:aws:states:::dynamodb:updateItem',
    Arguments: { TableName: runTable, Key: { pk: { S: productNames.runPartition(place) }, sk: { S: 'lock' } }, ...update },
    TimeoutSeconds: 60, Retry: whenBusy(...DYNAMODB_BUSY),
  };
}

function renew(names: RunNames): Extract<State, { Type: 'Task' }> {
  return lock(names, {
    UpdateExpression: 'SET #leaseUntil = :until',
    ConditionExpression: '#owner = :owner AND #fence = :fence',
    ExpressionAttributeNames: { '#owner': 'owner', '#leaseUntil': 'leaseUntil', '#fence': 'fence' },
    ExpressionAttributeValues: { ':owner': { S: jsonata('$owner') }, ':fence': { N: jsonata('$string($fence)') }, ':until': { N: jsonata(`$string($millis() + ${LEASE_MS})`) } },
  });
}

/** The publisher does what the state machine must not be trusted with, or cannot say in a few lines. */
function ask({ identity, publisher }: RunNames, action: string, next: string, more: Readonly<Record<string, unknown>> = {}): Extract<State, { Type: 'Task' }> {
  return {
    Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: publisher, Payload: { action, ...identity, runId: jsonata('$runId'), owner: jsonata('$owner'), fence: jsonata('$fence'), ...more } },
    TimeoutSeconds: QUARTER_OF_AN_HOUR, Retry: whenBusy(...PUBLISHER_BUSY), Catch: CATCH, Next: next,
  };
}

/** Fails the execution. A Fail state would, too, and again whenever it is redriven; a task that failed is tried again, and lets it go on then. */
function failed(names: RunNames): State {
  const task = ask(names, 'failed', 'Redriven?', { error: jsonata('$error'), cause: jsonata('$cause'), redriven: jsonata(REDRIVEN) });
  return { ...task, Retry: undefined, Catch: undefined };
}

function job({ jobs, place, imports }: RunNames, which: 'etl' | 'quality', step: string): Extract<State, { Type: 'Task' }> {
  return {
    Type: 'Task', Resource: 'arn:aws:states:::glue:startJobRun.sync',
    Arguments: {
      JobName: jobs[which].name,
      Arguments: {
        '--mesh-step': step, '--mesh-run-id': jsonata('$runId'), '--mesh-mode': jsonata('$mode'), '--mesh-replay-from': jsonata('$replayFrom'),
        '--mesh-owner': jsonata('$owner'), '--mesh-fence': jsonata('$string($fence)'),
        ...(imports.length === 0 ? {} : { '--mesh-imports': jsonata(`'${importsFolder(place)}' & $runId & '/'`) }),
      },
    },
    TimeoutSeconds: jobs[which].timeoutSeconds + QUARTER_OF_AN_HOUR, Retry: whenBusy(...GLUE_BUSY), Catch: CATCH, Next: 'Look',
  };
}

function tell({ topic, place }: RunNames, what: string, next: string): State {
  return {
    Type: 'Task', Resource: 'arn:aws:states:::sns:publish',
    Arguments: { TopicArn: topic, Subject: `${place.domain}/${place.entity} v${place.major}: ${what}`.slice(0, 100), Message: jsonata('$error & \': \' & $cause & \'\\n\\n\' & $owner') },
    TimeoutSeconds: 60, Catch: [{ ErrorEquals: ['States.ALL'], Next: next }], Next: next,
  };
}
