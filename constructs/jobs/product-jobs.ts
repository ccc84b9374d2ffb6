import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type ProductParts } from '../data-product/product-parts';
import { domainNames, productNames, s3Arn } from '../domain/naming';
import { type CodeFile, JobCode } from './job-code';
import { hashes, isRemote, JobRole } from './job-role';
import { workersFor } from './workers';

/** What the jobs of a product are made from. */
export interface ProductJobsProps {
  readonly parts: ProductParts;
  readonly raw: s3.IBucket;
  readonly curated: s3.IBucket;
  /** Of the plan, which the jobs read. */
  readonly planArn: string;
  /**
   * A zip of wheels with what DuckDB needs, called `….gluewheels.zip`, for jobs that reach no package index.
   * @default - pip installs what the package pins, by hash
   */
  readonly wheels?: s3.Location;
}

/** The longest that a build, and a certification of what was built, may take before they are taken to hang. */
export const TIMEOUT = { etl: Duration.hours(8), quality: Duration.hours(4) };
/** What Spark logs of a failing task may hold a value of its row: kept for as long as it takes to look. */
const RETENTION = { output: logs.RetentionDays.THREE_MONTHS, error: logs.RetentionDays.TWO_WEEKS };

/** The two jobs of a product: one builds its candidate, the other certifies it. Publishing is for the publisher. */
export class ProductJobs extends Construct {
  readonly etl: glue.PySparkEtlJob;
  readonly quality: glue.PySparkEtlJob;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: ProductJobsProps) {
    super(scope, id);
    const { parts: { place, plan, domain: { key } }, wheels } = props;
    const code = new JobCode(this, 'Code', place);
    const requirements = plan.engine.aws === 'duckdb' && wheels === undefined ? code.requirements() : undefined;

    // Glue puts the names of security configuration and role between: `<prefix>/<configuration>-role/<role>/output`. Seen in the field, not in AWS's pages.
    const prefix = `/aws-glue/jobs/${productNames.prefix(place)}`;
    const security = glue.SecurityConfiguration.fromSecurityConfigurationName(this, 'Security', domainNames.securityConfiguration(place));
    const groups = (['output', 'error'] as const).map((stream) => ({ stream, name: `${prefix}/${domainNames.securityConfiguration(place)}-role/${productNames.role(place, 'job')}/${stream}` }));
    for (const { stream, name } of groups) {
      new logs.LogGroup(this, stream === 'output' ? 'Output' : 'Errors', { logGroupName: name, encryptionKey: key, retention: RETENTION[stream], removalPolicy: RemovalPolicy.DESTROY });
    }
    this.role = new JobRole(this, 'Role', {
      parts: props.parts,
      code: [props.planArn, code.script.arn, code.wheel.arn, ...(requirements === undefined ? [] : [requirements.arn]),
        ...(wheels === undefined ? [] : [s3Arn(place, `${wheels.bucketName}/${wheels.objectKey}`)])],
      logGroups: groups.map(({ name }) => name),
    }).role;

    const common = this.arguments(props, requirements, prefix);
    const job = (name: 'etl' | 'quality', jobId: string, step: string, description: string): glue.PySparkEtlJob => new glue.PySparkEtlJob(this, jobId, {
      jobName: productNames.job(place, name), description,
      glueVersion: glue.GlueVersion.V5_1,
      role: this.role.withoutPolicyUpdates(),
      script: glue.Code.fromBucket(code.script.bucket, code.script.key),
      extraPythonFiles: [glue.Code.fromBucket(code.wheel.bucket, code.wheel.key)],
      workerConfiguration: workersFor(plan),
      timeout: TIMEOUT[name],
      // When a run may go on, the state machine says; that it does not run beside itself, the lock. This is the second rope.
      maxRetries: 0,
      maxConcurrentRuns: 1,
      securityConfiguration: security,
      // Since Glue 5.0 all logging is continuous, and these arguments are of older versions.
      continuousLogging: { enabled: false },
      // Both would need leave to write any metric; a run's own figures are posted by the publisher.
      enableMetrics: false,
      enableObservabilityMetrics: false,
      connections: isRemote(plan) ? [glue.Connection.fromConnectionName(this, `${jobId}Network`, domainNames.networkConnection(place))] : undefined,
      defaultArguments: { ...common, '--mesh-step': step },
    });
    this.etl = job('etl', 'Etl', 'build', `Builds the candidate tables of ${plan.product.id} v${place.major}`);
    this.quality = job('quality', 'Quality', 'certify', `Certifies the candidate tables of ${plan.product.id} v${place.major}`);
    for (const made of [this.etl, this.quality]) {
      Annotations.of(made).acknowledgeWarning('@aws-cdk/aws-glue-alpha:plaintextJobArgumentSecret', 'the argument is the name of a secret, which the job reads at runtime');
      for (const rule of ['GL1', 'GL3']) {
        Validations.of(made).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason: 'the security configuration is the domain\'s, in its foundation, and encrypts logs and bookmarks with the domain\'s key' });
      }
    }
  }

  /** docs/guides/job.md says what each means. */
  private arguments({ parts: { place, plan, planUrl }, raw, curated, wheels }: ProductJobsProps, requirements: CodeFile | undefined, logPrefix: string): Record<string, string> {
    const modules = wheels === undefined ? requirements?.url : `s3://${wheels.bucketName}/${wheels.objectKey}`;
    return {
      '--mesh-plan': planUrl,
      '--mesh-raw-bucket': raw.bucketName,
      '--mesh-curated-bucket': curated.bucketName,
      '--mesh-run-table': domainNames.runTable(place),
      ...(hashes(plan) ? { '--mesh-masking-key-secret': domainNames.maskingKey(place) } : {}),
      ...(isRemote(plan) ? { '--mesh-connections': domainNames.connection(place, '') } : {}),
      '--datalake-formats': 'iceberg',
      '--enable-auto-scaling': 'true',
      '--job-bookmark-option': 'job-bookmark-disable',
      '--custom-logGroup-prefix': logPrefix,
      // https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
      ...(modules === undefined ? {} : { '--additional-python-modules': modules, '--python-modules-installer-option': wheels === undefined ? '-r' : '--no-index' }),
    };
  }
}
