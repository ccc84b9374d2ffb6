import { GetJobCommand, type GlueClient, type Job, type JobRun } from '@aws-sdk/client-glue';
import { canonicalJson } from '../../../lib/contract/digest';
import { HandlerError } from '../../handlers/custom-resource';
import { domainNames, productNames, type ProductPlace } from '../../domain/naming';

/** What decides what a job does. */
export interface Definition {
  readonly name: string;
  readonly role: string;
  readonly glueVersion: string;
  readonly command: string;
  readonly script: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly connections: readonly string[];
}

/** Arguments of Glue's that bring no code along. */
const HARMLESS = [
  '--TempDir', '--job-language', '--datalake-formats', '--enable-auto-scaling', '--enable-metrics', '--enable-observability-metrics', '--enable-job-insights',
  '--enable-continuous-cloudwatch-log', '--enable-spark-ui', '--custom-logGroup-prefix', '--custom-logStream-prefix', '--job-bookmark-option',
  '--mesh-engine', '--mesh-step',
];
/** Arguments that do: objects in S3, separated by commas. */
const CODE = ['--extra-py-files', '--additional-python-modules'];
/** Tells pip where from: by the hashes of a file that is accepted, or from nowhere. */
const INSTALLER = '--python-modules-installer-option';
const INSTALLS = ['-r', '--no-index'];
/** What a state machine says to each job run. */
const OF_A_RUN = ['--mesh-step', '--mesh-run-id', '--mesh-mode', '--mesh-owner', '--mesh-fence', '--mesh-replay-from', '--mesh-imports'];

/** The definition of a job as it is in Glue now, and when it was last changed. */
export async function definitionOf(glue: GlueClient, JobName: string): Promise<{ readonly definition: Definition; readonly changed: Date }> {
  const { Job: job } = await glue.send(new GetJobCommand({ JobName }));
  return { definition: definition(JobName, job!), changed: job!.LastModifiedOn ?? job!.CreatedOn ?? new Date(0) };
}

/** A job as CloudFormation or Glue describe it. */
export function definition(name: string, job: Pick<Job, 'Role' | 'GlueVersion' | 'Command' | 'DefaultArguments' | 'NonOverridableArguments' | 'Connections'>): Definition {
  return {
    name,
    role: job.Role ?? '',
    glueVersion: job.GlueVersion ?? '',
    command: job.Command?.Name ?? '',
    script: job.Command?.ScriptLocation ?? '',
    arguments: { ...job.DefaultArguments, ...job.NonOverridableArguments },
    connections: job.Connections?.Connections ?? [],
  };
}

/** Raises HandlerError unless a job is one that the package makes of the product: its role, its arguments, nothing that brings other code. */
export function assertOurs(job: Definition, place: ProductPlace, planUrl: string): void {
  type Wanted = [what: string, is: string | undefined, shouldBe: string];
  /** Of an argument that not every job has. */
  const given = (name: string, shouldBe: string): Wanted[] => (job.arguments[name] === undefined ? [] : [[name, job.arguments[name], shouldBe]]);
  const wanted: Wanted[] = [
    ['role', job.role, productNames.roleArn(place, 'job')],
    ['command', job.command, 'glueetl'],
    ['--mesh-plan', job.arguments['--mesh-plan'], planUrl],
    ['--mesh-raw-bucket', job.arguments['--mesh-raw-bucket'], productNames.bucket(place, 'raw')],
    ['--mesh-curated-bucket', job.arguments['--mesh-curated-bucket'], productNames.bucket(place, 'curated')],
    ['--mesh-run-table', job.arguments['--mesh-run-table'], domainNames.runTable(place)],
    ...given('--mesh-connections', domainNames.connection(place, '')),
    // With a key of its own a team could publish hashes whose values it can look up.
    ...given('--mesh-masking-key-secret', domainNames.maskingKey(place)),
  ];
  const known = [...HARMLESS, ...CODE, INSTALLER, ...wanted.map(([what]) => what)];
  const installer = job.arguments[INSTALLER];
  const wrong = [
    ...wanted.filter(([, is, shouldBe]) => is !== shouldBe).map(([what, is, shouldBe]) => `${what} is ${is ?? 'missing'}, expected ${shouldBe}`),
    ...Object.keys(job.arguments).filter((name) => !known.includes(name)).map((name) => `${name} is not an argument of our jobs`),
    ...(installer === undefined || INSTALLS.includes(installer) ? [] : [`${INSTALLER} is ${installer}, expected one of ${INSTALLS.join(', ')}`]),
    ...job.connections.filter((connection) => connection !== domainNames.networkConnection(place)).map((connection) => `${connection} is not a connection of the domain's`),
  ];
  if (wrong.length > 0) throw new HandlerError(`the job ${job.name} cannot be released: ${wrong.join('; ')}`, 'deploy the product with the constructs of this library');
}

/** Everything that a job runs, as objects in S3. */
export function codeOf(job: Definition): string[] {
  return [job.script, ...CODE.flatMap((name) => (job.arguments[name] ?? '').split(',').filter((url) => url !== ''))];
}

/** Raises HandlerError unless a job run used the definition that was released, and was told nothing but what a state machine tells. */
export function assertReleased(run: JobRun, now: Definition, changed: Date, released: Definition): void {
  const differs = canonicalJson(now) !== canonicalJson(released);
  const told = Object.entries(run.Arguments ?? {}).filter(([name, value]) => !OF_A_RUN.includes(name) && released.arguments[name] !== value).map(([name]) => name);
  const why = differs ? 'is not what was released'
    : run.StartedOn === undefined || changed > run.StartedOn ? `was changed at ${changed.toISOString()}, after its run ${run.Id} had started`
      : told.length > 0 ? `was run with ${told.join(', ')}, which was not released` : undefined;
  if (why !== undefined) throw new HandlerError(`the job ${released.name} ${why}`, 'deploy the product, then start a new run');
}
