import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  BatchStopJobRunCommand, ConcurrentModificationException, EntityNotFoundException, GetJobCommand, GetJobRunsCommand, GetTableCommand, GlueClient, type JobRun, type Table,
  UpdateTableCommand, type TableInput,
} from '@aws-sdk/client-glue';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { createHash } from 'node:crypto';
import { type Import } from '../../../constructs/orchestration/import-states';
import { runDefinition } from '../../../constructs/orchestration/run-definition';
import { type Definition as JobDefinition } from '../../../constructs/publishing/handler/job-definition';
import { packed } from '../../../constructs/run-log/layout';
import { handler } from '../../../constructs/publishing/handler/index';
import { releaseOf, writeRelease } from '../../../constructs/publishing/handler/release';
import { RunTable } from '../../../constructs/run-log/run-table';
import { arnIn, domainNames, productNames, type ProductPlace } from '../../../constructs/domain/naming';
import { type Plan } from '../../../lib/plan/plan-schema';
import { AwsModel } from '../../support/aws-model';
import { ConditionalCheckFailed, MemoryDynamoDb } from '../../support/memory-dynamodb';
import { Execution, type Call, type Machine, TaskFailed } from '../../support/step-functions';
import { strictMock } from '../../support/strict-mock';

export const PLACE: ProductPlace = {
  mesh: 'shoply', environment: null, domain: 'sales', account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1',
  entity: 'orders', major: 1,
};
const IDENTITY = { InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '' };
const CURATED = productNames.bucket(PLACE, 'curated');
const RUNS = domainNames.runTable(PLACE);
const PARTITION = productNames.runPartition(PLACE);
const STATE_MACHINE = productNames.stateMachineArn(PLACE);
const CODE = 's3://cdk-hnb659fds-assets-222222222222-eu-west-1';
const CONTRACT_DIGEST = `sha256:${'c'.repeat(64)}`;
export const PLAN = {
  planVersion: 3, generator: 'test', product: { id: 'dp_sales_orders', domain: 'sales', entity: 'orders', major: 1 }, digests: { contract: CONTRACT_DIGEST }, sla: { freshnessSeconds: 3600 },
  tables: ['orders', 'totals'].map((name) => ({ name, published: true, database: 'sales', table: `${name}_v1` })), modes: ['init', 'full', 'delta'],
} as unknown as Plan;

/** What jobs of the package run. */
export const PACKAGE = Buffer.from('the wheel of the package');
export const sha256 = (of: Buffer): string => createHash('sha256').update(of).digest('hex');

/** How the jobs of the next run behave. */
export type Behaviour = 'publishes' | 'finds nothing new' | 'is rejected' | 'crashes' | 'hangs';

const glueMock = strictMock(GlueClient, 'glue');
const dynamoMock = strictMock(DynamoDBClient, 'dynamodb');
const s3Mock = strictMock(S3Client, 's3');
const eventsMock = strictMock(EventBridgeClient, 'events');
const lambdaMock = strictMock(LambdaClient, 'lambda');
const cloudwatchMock = strictMock(CloudWatchClient, 'cloudwatch');
const snsMock = strictMock(SNSClient, 'sns');

export { cloudwatchMock, dynamoMock, eventsMock, glueMock, lambdaMock, s3Mock, snsMock };

/** A call that has grants follow, and what the first table said of its maskings then. */
interface GrantsAsked {
  readonly call: unknown;
  readonly waits: boolean;
  readonly masked: string | undefined;
  readonly next: string | undefined;
}

/** A domain's account with one deployed product: its real state machine and the real publisher, over services in memory. */
export class World {
  readonly dynamo = new MemoryDynamoDb(RUNS);
  readonly clock = { now: Date.parse('2030-01-01T06:00:00Z') };
  readonly tables = new Map<string, Table & { version: number }>();
  readonly objects = new Map<string, { body: Buffer; modified: Date }>();
  readonly jobRuns = new Map<string, (JobRun & { Arguments: Record<string, string> })[]>();
  readonly definitions: Record<'etl' | 'quality', JobDefinition>;
  /** Everything that was told, by whom it was told to. */
  readonly told: { alerts: string[]; events: unknown[]; catalogue: unknown[]; metrics: string[]; grants: GrantsAsked[] } = { alerts: [], events: [], catalogue: [], metrics: [], grants: [] };
  /** Owners and fences of all writes that the run log took, in their order. */
  readonly writes: number[] = [];
  /** All that was ever certified: pointers by table. */
  readonly certified = new Map<string, Set<string>>();
  behaviour: Behaviour = 'publishes';
  /** Tables that runs leave as they are, and the verdict of what they certify. */
  left: readonly string[] = [];
  verdict: 'certified' | 'provisional' = 'certified';
  /** How runs mask columns. */
  masked: Readonly<Record<string, string>> = { 'orders.email': 'none', 'totals.orders': 'none' };
  /** Other products that runs import, and what is seen of them. */
  imports: Import[] = [];
  readonly others = new Map<string, Table>();
  readonly unloads: string[] = [];
  private readonly accepted = new Map<string, string>();
  /** States of Athena's queries, one for each look. */
  athena: string[] = [];
  readonly pins: { Bucket: string; Key: string; Body: Record<string, unknown> }[] = [];
  /** Raises what a call shall end with, before or after it took effect. */
  trouble: (call: Call, when: 'before' | 'after') => void = () => {};
  enter: (state: string, execution: Execution) => void = () => {};
  /** Whether the bus of the mesh cannot be reached. */
  deaf = false;
  /** Whether grants cannot be reconciled. */
  grantsFail = false;
  /** Is called before a table's entry changes. */
  onUpdate: (table: string) => void = () => {};
  /** Is around each action of the publisher. */
  around: <T>(action: string, work: () => Promise<T>) => Promise<T> = (_, work) => work();
  /** Of each table, as the newest metadata file has them. */
  readonly snapshots = new Map<string, string[]>();
  /** What EventBridge has told of executions. */
  private readonly ends: object[] = [];
  private executions = 0;
  private files = 0;

  /** As a foundation has it that keeps no record of code. */
  static async deployed(): Promise<World> {
    const world = new World();
    await writeRelease(new RunTable(new DynamoDBClient({ region: PLACE.region }), RUNS), PLACE,
      releaseOf(PLACE, PLAN, `${CODE}/plan.json`, world.definitions, 'stack|Release'), []);
    return world;
  }

  /** The foundation is deployed anew, with what it accepts and refuses. */
  foundation({ accepts = [PACKAGE], refuses = {} }: { accepts?: readonly Buffer[]; refuses?: Readonly<Record<string, string>> } = {}): void {
    process.env.ACCEPTED_CODE = accepts.map(sha256).join(',');
    process.env.REFUSED_CODE = JSON.stringify(refuses);
  }

  /** What jobs run lies there from now on, as a deployment of the product puts it there. */
  code(body: Buffer): void {
    for (const name of ['glue.py', 'jobs.whl']) this.objects.set(`${CODE}/${name}`, { body, modified: new Date(this.clock.now) });
  }

  /** Another world with the same past, which answers from now on. */
  copy(): World {
    const copy = new World();
    copy.dynamo.load(this.dynamo.all());
    copy.clock.now = this.clock.now;
    for (const [name, table] of this.tables) copy.tables.set(name, { ...table });
    for (const [location, object] of this.objects) copy.objects.set(location, { ...object });
    for (const [name, runs] of this.jobRuns) copy.jobRuns.set(name, runs.map((run) => ({ ...run })));
    for (const [name, pointers] of this.certified) copy.certified.set(name, new Set(pointers));
    for (const [name, kept] of this.snapshots) copy.snapshots.set(name, [...kept]);
    for (const name of ['alerts', 'events', 'catalogue', 'metrics'] as const) (copy.told[name] as unknown[]).push(...this.told[name]);
    copy.left = this.left;
    copy.verdict = this.verdict;
    copy.masked = this.masked;
    copy.writes.push(...this.writes);
    copy.ends.push(...this.ends);
    copy.executions = this.executions;
    copy.files = this.files;
    return copy;
  }

  private constructor() {
    process.env.MESH_PLACE = JSON.stringify(PLACE);
    process.env.AWS_REGION = PLACE.region;
    this.foundation();
    for (const name of ['glue.py', 'jobs.whl']) this.objects.set(`${CODE}/${name}`, { body: PACKAGE, modified: new Date(0) });
    const job = (name: 'etl' | 'quality', step: string): JobDefinition => ({
      name: productNames.job(PLACE, name), role: productNames.roleArn(PLACE, 'job'), glueVersion: '5.1', command: 'glueetl', script: `${CODE}/glue.py`, connections: [],
      arguments: { '--extra-py-files': `${CODE}/jobs.whl`, '--mesh-plan': `${CODE}/plan.json`, '--mesh-step': step },
    });
    this.definitions = { etl: job('etl', 'build'), quality: job('quality', 'certify') };
    for (const table of ['orders_v1', 'totals_v1']) {
      const location = this.metadataFile(table, null);
      this.certified.set(table, new Set([location]));
      this.tables.set(table, {
        DatabaseName: 'sales', Name: table, VersionId: '0', version: 0, Description: 'as deployed', Parameters: { table_type: 'ICEBERG', metadata_location: location }, StorageDescriptor: { Columns: [] },
      });
    }
    this.answer();
  }

  // -- executions --

  /** Tells of the first end once more, as EventBridge may. */
  async tellAgain(): Promise<void> {
    await this.lambda(this.ends[0]);
  }

  /** The state machine, started. */
  async start(input: Record<string, unknown> = { mode: 'full' }, name = `e${this.executions += 1}`): Promise<Execution> {
    const execution = new Execution(this.machine(), `${STATE_MACHINE.replace(':stateMachine:', ':execution:')}:${name}`, input);
    return this.ended(await execution.run());
  }

  async redrive(execution: Execution): Promise<Execution> {
    return this.ended(await execution.redrive());
  }

  /** The foundation's rule tells the publisher of every execution that did not succeed. */
  private async ended(execution: Execution): Promise<Execution> {
    if (execution.status === 'SUCCEEDED') return execution;
    this.ends.push({
      'version': '0', 'id': 'x', 'account': PLACE.account, 'region': PLACE.region, 'time': '', 'resources': [], 'source': 'aws.states', 'detail-type': 'Step Functions Execution Status Change',
      'detail': { executionArn: execution.arn, stateMachineArn: STATE_MACHINE, status: execution.status, error: execution.error ?? null, cause: execution.cause ?? null, stopDate: this.clock.now },
    });
    await this.lambda(this.ends.at(-1));
    return execution;
  }

  machine(): Machine {
    return {
      definition: runDefinition({
        place: PLACE, identity: IDENTITY, modes: ['init', 'full', 'delta'], runTable: RUNS, publisher: domainNames.handlerArn(PLACE, 'publisher'),
        topic: arnIn(PLACE, 'sns', productNames.ownerTopic(PLACE)), imports: this.imports, importRole: productNames.roleArn(PLACE, 'import'), workGroup: 'none',
        jobs: { etl: { name: this.definitions.etl.name, timeoutSeconds: 3600 }, quality: { name: this.definitions.quality.name, timeoutSeconds: 3600 } },
      }),
      clock: this.clock,
      enter: (state, execution) => this.enter(state, execution),
      call: async (call) => {
        this.trouble(call, 'before');
        const answer = await this.service(call);
        this.trouble(call, 'after');
        return answer;
      },
    };
  }

  private async service(call: Call): Promise<unknown> {
    const given = call.arguments;
    switch (call.resource) {
      case 'arn:aws:states:::dynamodb:updateItem':
        try {
          const answer = this.dynamo.update(given as never);
          if (call.state === 'Acquire') this.writes.push(Number(answer.Attributes.fence.N));
          return answer;
        } catch (error) {
          if (error instanceof ConditionalCheckFailed) throw new TaskFailed('DynamoDB.ConditionalCheckFailedException', error.message);
          throw error;
        }
      case 'arn:aws:states:::lambda:invoke': return { StatusCode: 200, Payload: await this.lambda(given.Payload) };
      case 'arn:aws:states:::sns:publish':
        this.told.alerts.push(String(given.Message));
        return {};
      case 'arn:aws:states:::glue:startJobRun.sync': return this.job(String(given.JobName), given.Arguments as Record<string, string>, call.timeoutSeconds!);
      default: return this.asImportRole(call);
    }
  }

  /** What the role of imports is allowed, and no other. */
  private asImportRole({ resource, role, arguments: given }: Call): unknown {
    if (role !== productNames.roleArn(PLACE, 'import')) throw new Error(`${resource} is not for ${role ?? 'the role of the state machine'}`);
    const refuse = (problems: readonly string[]): void => { if (problems.length > 0) throw new Error(problems.join('; ')); };
    switch (resource) {
      case 'arn:aws:states:::aws-sdk:glue:getTable': {
        refuse(AwsModel.of('glue').problemsOfInput('GetTable', given));
        const table = this.others.get(`${String(given.DatabaseName)}.${String(given.Name)}`);
        if (table === undefined) throw new TaskFailed('Glue.EntityNotFoundException', 'not found');
        return { Table: structuredClone(table) };
      }
      case 'arn:aws:states:::aws-sdk:athena:startQueryExecution':
        refuse(AwsModel.of('athena').problemsOfInput('StartQueryExecution', given));
        return { QueryExecutionId: this.query(String(given.QueryString), given.ClientRequestToken as string | undefined ?? `none${this.unloads.length}`) };
      case 'arn:aws:states:::aws-sdk:athena:getQueryExecution':
        refuse(AwsModel.of('athena').problemsOfInput('GetQueryExecution', given));
        return { QueryExecution: { Status: { State: this.athena.shift() ?? 'SUCCEEDED' } } };
      case 'arn:aws:states:::aws-sdk:s3:putObject':
        refuse(AwsModel.of('s3').problemsOfInput('PutObject', { ...given, Body: JSON.stringify(given.Body) }));
        this.pins.push(given as (typeof this.pins)[number]);
        return {};
      default: throw new Error(`nobody answers ${resource}`);
    }
  }

  /** Athena's id of a query; one that it has accepted before under the same token is not begun once more. */
  private query(text: string, token: string): string {
    const id = this.accepted.get(token) ?? `q${this.unloads.push(text)}`;
    this.accepted.set(token, id);
    return id;
  }

  /** What the Lambda service makes of a handler's error. */
  private async lambda(event: unknown): Promise<unknown> {
    try {
      const { action } = event as { action?: string };
      const answer: unknown = await this.around(action ?? 'outside', () => handler(event as never, {} as never));
      return JSON.parse(JSON.stringify(answer)) as unknown;
    } catch (error) {
      const { name, message } = error as Error;
      throw new TaskFailed(name, JSON.stringify({ errorType: name, errorMessage: message }));
    }
  }

  // -- jobs --

  /** One job run: what the Python jobs do, in a few lines. A hanging one stays at work until somebody stops it. */
  private job(name: string, given: Record<string, string>, timeoutSeconds: number): unknown {
    const runs = this.jobRuns.get(name) ?? [];
    this.jobRuns.set(name, runs);
    if (runs.some(({ JobRunState }) => JobRunState === 'RUNNING')) throw new TaskFailed('Glue.ConcurrentRunsExceededException', 'Concurrent runs exceeded');
    const run = { Id: `jr_${this.files += 1}`, JobName: name, StartedOn: new Date(this.clock.now), JobRunState: 'RUNNING' as const, Arguments: given };
    runs.unshift(run);
    this.clock.now += 60_000;
    if (this.behaviour === 'hangs') {
      this.clock.now += timeoutSeconds * 1000;
      throw new TaskFailed('States.Timeout');
    }
    const failure = this.work(given);
    Object.assign(run, { JobRunState: failure === undefined ? 'SUCCEEDED' : 'FAILED' });
    if (failure !== undefined) throw new TaskFailed('States.TaskFailed', JSON.stringify({ JobName: name, Id: run.Id, JobRunState: 'FAILED', ErrorMessage: failure }));
    return { JobRunState: 'SUCCEEDED' };
  }

  private work(given: Record<string, string>): string | undefined {
    const { '--mesh-run-id': runId, '--mesh-step': step, '--mesh-owner': owner, '--mesh-fence': fence, '--mesh-mode': mode } = given;
    const lock = this.item('lock');
    if (lock?.owner?.S !== owner || lock.fence.N !== fence) return 'this run lost its lock to another run and stops';
    this.writes.push(Number(fence));
    const known = this.item(`id#${runId}`);
    const sequence = known === undefined ? Number(lock.runs?.N ?? 0) + 1 : Number(known.sequence.N);
    const sk = `run#${String(sequence).padStart(12, '0')}`;
    if (known === undefined) {
      for (const other of this.states()) if (other.state === 'publishing') throw new Error(`run ${other.runId} is publishing while another begins`);
      this.put('lock', { ...lock, runs: { N: String(sequence) } });
      this.put(`id#${runId}`, { sequence: { N: String(sequence) }, runId: { S: runId }, generation: { S: 'g1' } });
      this.put(sk, {
        product: { S: 'dp_sales_orders' }, major: { N: '1' }, runId: { S: runId }, mode: { S: mode === '' ? 'full' : mode }, state: { S: 'running' }, planDigest: { S: this.release().planDigest },
        startedAt: { S: new Date(this.clock.now).toISOString() }, fence: { N: fence }, generation: { S: 'g1' },
      });
    }
    const head = this.item(sk)!;
    if (['publishing', 'published', 'certified', 'skipped'].includes(head.state.S!)) return undefined;
    if (head.state.S === 'failed') this.put(sk, { ...head, state: { S: 'running' } });
    if (this.behaviour === 'crashes') return 'a fault of ours: MemoryError';
    if (this.behaviour === 'finds nothing new') {
      this.put(sk, { ...head, state: { S: 'skipped' }, message: { S: 'nothing new' } });
      return undefined;
    }
    if (step === 'build') return undefined;
    if (this.behaviour === 'is rejected') {
      this.put(sk, { ...head, state: { S: 'rejected' }, message: { S: 'orders: rowCount measured 0' } });
      return 'sales/orders rejected: orders: rowCount measured 0';
    }
    this.certify(sk, head, runId, fence);
    return undefined;
  }

  private certify(sk: string, head: NonNullable<ReturnType<World['item']>>, runId: string, fence: string): void {
    const tables = ['orders', 'totals'].map((table) => {
      if (this.left.includes(table)) return { table, rows: 3, snapshotId: this.snapshots.get(`${table}_v1`)!.at(-1)!, metadataLocation: this.pointer(`${table}_v1`) };
      const snapshotId = String(3_000_000_000_000_000_000n + BigInt(this.files));
      const metadataLocation = this.metadataFile(`${table}_v1`, snapshotId);
      this.certified.get(`${table}_v1`)!.add(metadataLocation);
      return { table, rows: 3, snapshotId, metadataLocation };
    });
    const certificate = {
      certificateId: `c-${runId}`, runId, issuedAt: new Date(this.clock.now).toISOString(), contractDigest: CONTRACT_DIGEST, planDigest: this.release().planDigest, verdict: this.verdict, score: 97.5, tables,
      freshness: { seconds: 60, newest: null }, availability: { percent: null, promisedPercent: null }, stability: { changes: [] },
    };
    const outcome = {
      swaps: tables.map(({ table, metadataLocation }) => ({ table: ['sales', `${table}_v1`], expected: this.pointer(`${table}_v1`), new: metadataLocation })),
      watermarks: { shop: new Date(this.clock.now).toISOString() },
      events: [{ type: 'product.published', time: certificate.issuedAt, domain: 'sales', runId, score: 97.5 }],
    };
    const text = (name: string, value: unknown): Record<string, { S: string }> => ({ [name]: { S: packed(name, value, 1, '').attributes[name] as string } });
    this.put(`${sk}#step#g1#build:orders`, text('result', { rowsIn: 4, quarantined: 1 }));
    this.put(`${sk}#step#g1#judged`, text('result', { masked: this.masked, checks: {} }));
    this.put(`${sk}#step#g1#outcome`, text('result', outcome));
    this.put(sk, { ...head, state: { S: 'certified' }, fence: { N: fence }, ...text('certificate', certificate) });
  }

  // -- what is there --

  pointer(table: string): string {
    return this.tables.get(table)!.Parameters!.metadata_location;
  }

  item(sk: string): ReturnType<MemoryDynamoDb['get']> {
    return this.dynamo.get(PARTITION, sk);
  }

  private certificateOf(runId: string): { tables: { table: string; snapshotId: string; metadataLocation: string }[] } {
    return JSON.parse(this.dynamo.all().find((item) => item.runId?.S === runId && item.certificate !== undefined)!.certificate.S!) as ReturnType<World['certificateOf']>;
  }

  /** Where the tables stood that a run has certified. */
  certifiedBy(runId: string): string[] {
    return this.certificateOf(runId).tables.map(({ metadataLocation }) => metadataLocation);
  }

  watermarksOf(runId: string): Record<string, string> {
    const sequence = this.dynamo.all().find(({ sk }) => sk.S === `id#${runId}`)!.sequence.N!.padStart(12, '0');
    return (JSON.parse(this.item(`run#${sequence}#step#g1#outcome`)!.result.S!) as { watermarks: Record<string, string> }).watermarks;
  }

  /** A deployment releases something else. */
  released(change: object): void {
    const items = this.dynamo.all().map((item) => (item.release === undefined ? item : { ...item, release: { S: JSON.stringify({ ...JSON.parse(item.release.S!) as object, ...change }) } }));
    this.dynamo.load(items);
  }

  /** A table forgets its oldest snapshots, and their files are put away: of all but the current one, if it is not said how many. */
  forget(table: string, many = this.snapshots.get(table)!.length - 1): void {
    const location = this.pointer(table);
    const { body, modified } = this.objects.get(location)!;
    const known = this.snapshots.get(table)!;
    this.objects.set(location, { modified, body: Buffer.from(body.toString().replace(/"snapshots":\[[^\]]*\]/, `"snapshots":${snapshotsIn(table, known.slice(many))}`)) });
    for (const id of known.slice(0, many)) this.objects.delete(manifestList(table, id));
  }

  /** What only that run has made of its tables goes, as a later one does it that came behind a rollback. */
  putAway(runId: string): void {
    for (const { table, snapshotId, metadataLocation } of this.certificateOf(runId).tables) {
      this.objects.delete(metadataLocation);
      this.objects.delete(manifestList(`${table}_v1`, snapshotId));
    }
  }

  /** Those that a table lists where it stands. */
  snapshotsAt(table: string): string[] {
    return [...this.objects.get(this.pointer(table))!.body.toString().matchAll(/\{"snapshot-id":(\d+),/g)].map(([, id]) => id);
  }

  /** Runs, oldest first. */
  states(): { runId: string; state: string }[] {
    return this.dynamo.all().filter((item) => item.pk.S === PARTITION && /^run#\d+$/.test(item.sk.S!)).map((item) => ({ runId: item.runId.S!, state: item.state.S! }));
  }

  owner(): string | undefined {
    return this.item('lock')?.owner?.S;
  }

  outbox(): number {
    return this.dynamo.all().filter((item) => item.sk.S!.startsWith('outbox#')).length;
  }

  private release(): { planDigest: string } {
    return JSON.parse(this.dynamo.all().find((item) => item.release !== undefined)!.release.S!) as { planDigest: string };
  }

  private put(sk: string, item: Record<string, unknown>): void {
    this.dynamo.load([...this.dynamo.all().filter((other) => !(other.pk.S === PARTITION && other.sk.S === sk)), { pk: { S: PARTITION }, sk: { S: sk }, ...item }]);
  }

  private metadataFile(table: string, snapshotId: string | null): string {
    const location = `s3://${CURATED}/tables/sales/${table}/metadata/${String(this.files += 1).padStart(5, '0')}.metadata.json`;
    const kept = [...this.snapshots.get(table) ?? [], ...(snapshotId === null ? [] : [snapshotId])];
    this.snapshots.set(table, kept);
    const body = `{"format-version":2,"table-uuid":"${table}-uuid","location":"s3://${CURATED}/tables/sales/${table}","current-schema-id":0,"current-snapshot-id":${snapshotId ?? -1},`
      + `"snapshots":${snapshotsIn(table, kept)},`
      + '"schemas":[{"schema-id":0,"fields":[{"id":1,"name":"order_id","required":true,"type":"string"}]}]}';
    this.objects.set(location, { body: Buffer.from(body), modified: new Date(this.clock.now) });
    if (snapshotId !== null) this.objects.set(manifestList(table, snapshotId), { body: Buffer.from(''), modified: new Date(this.clock.now) });
    return location;
  }

  private answer(): void {
    this.dynamo.answer(dynamoMock.reset());
    glueMock.reset().on(GetTableCommand).callsFake(({ Name }: { Name: string }) => {
      const table = this.tables.get(Name);
      if (table === undefined) throw new EntityNotFoundException({ message: Name, $metadata: {} });
      return { Table: { ...structuredClone(table), version: undefined } };
    });
    glueMock.on(UpdateTableCommand).callsFake(({ TableInput: input, VersionId }: { TableInput: TableInput; VersionId: string }) => {
      this.onUpdate(input.Name!);
      const table = this.tables.get(input.Name!)!;
      if (VersionId !== table.VersionId) throw new ConcurrentModificationException({ message: 'changed', $metadata: {} });
      this.tables.set(input.Name!, { DatabaseName: 'sales', ...input, Name: input.Name!, version: table.version + 1, VersionId: String(table.version + 1) });
      return {};
    });
    glueMock.on(GetJobCommand).callsFake(({ JobName }: { JobName: string }) => {
      const { role, glueVersion, command, script, arguments: given } = JobName === this.definitions.etl.name ? this.definitions.etl : this.definitions.quality;
      return { Job: { Name: JobName, Role: role, GlueVersion: glueVersion, Command: { Name: command, ScriptLocation: script }, DefaultArguments: given, LastModifiedOn: new Date(0) } };
    });
    glueMock.on(GetJobRunsCommand).callsFake(({ JobName }: { JobName: string }) => ({ JobRuns: this.jobRuns.get(JobName) ?? [] }));
    glueMock.on(BatchStopJobRunCommand).callsFake(({ JobName, JobRunIds }: { JobName: string; JobRunIds: string[] }) => {
      for (const run of this.jobRuns.get(JobName) ?? []) if (JobRunIds.includes(run.Id!)) run.JobRunState = 'STOPPED';
      return { SuccessfulSubmissions: [], Errors: [] };
    });
    s3Mock.reset().on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const found = this.objects.get(`s3://${Bucket}/${Key}`);
      if (found === undefined) throw new NoSuchKey({ message: Key, $metadata: {} });
      const Body = Object.assign(new Uint8Array(found.body), { transformToString: () => Promise.resolve(found.body.toString()), transformToByteArray: () => Promise.resolve(found.body) });
      return { Body, LastModified: found.modified };
    });
    s3Mock.on(ListObjectsV2Command).callsFake(({ Bucket, Prefix }: { Bucket: string; Prefix: string }) => {
      const found = [...this.objects.keys()].filter((location) => location.startsWith(`s3://${Bucket}/${Prefix}`));
      return found.length === 0 ? {} : { Contents: found.map((location) => ({ Key: location.slice(`s3://${Bucket}/`.length) })) };
    });
    eventsMock.reset().on(PutEventsCommand).callsFake(({ Entries }: { Entries: unknown[] }) => {
      if (this.deaf) throw new Error('the bus does not answer');
      this.told.events.push(...Entries);
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    });
    lambdaMock.reset().on(InvokeCommand).callsFake(({ Payload, InvocationType }: { Payload: Uint8Array; InvocationType?: string }) => {
      const call = JSON.parse(Buffer.from(Payload).toString()) as { readonly action: string };
      if (call.action !== 'follow') {
        this.told.catalogue.push(call);
        return { StatusCode: 202 };
      }
      const { Parameters = {} } = this.tables.get('orders_v1') ?? {};
      this.told.grants.push({ call, waits: InvocationType !== 'Event', masked: Parameters['mesh.maskings'], next: Parameters['mesh.maskings-next'] });
      return this.grantsFail ? { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"the bindings cannot be read"}') } : { StatusCode: 200 };
    });
    cloudwatchMock.reset().on(PutMetricDataCommand).callsFake(({ MetricData }: { MetricData: { MetricName: string; Timestamp: Date }[] }) => {
      if (MetricData.some(({ Timestamp }) => Date.now() - Timestamp.getTime() > 14 * 24 * 3_600_000)) throw Object.assign(new Error('Timestamp must be within the last two weeks'), { name: 'InvalidParameterValueException' });
      this.told.metrics.push(...MetricData.map(({ MetricName }) => MetricName));
      return {};
    });
    snsMock.reset().on(PublishCommand).callsFake(({ Message }: { Message: string }) => {
      this.told.alerts.push(Message);
      return { MessageId: '1' };
    });
  }
}

function manifestList(table: string, snapshotId: string): string {
  return `s3://${CURATED}/tables/sales/${table}/metadata/snap-${snapshotId}.avro`;
}

/** The snapshots of a table as its metadata has them. */
function snapshotsIn(table: string, ids: readonly string[]): string {
  return `[${ids.map((id) => `{"snapshot-id":${id},"manifest-list":"${manifestList(table, id)}"}`).join(',')}]`;
}
