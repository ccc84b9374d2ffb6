import { Annotations, DefaultStackSynthesizer, Stack, Tags } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as glue from 'aws-cdk-lib/aws-glue';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { inOneLine } from '../../lib/contract/problem';
import { checkProp } from '../../lib/plan/checked-prop';
import { type DataContract } from '../../lib/plan/data-contract';
import { ProductCatalogue } from '../catalogue/product-catalogue';
import { checkStack } from '../domain/checked-stack';
import { type IDataDomain, placeOf } from '../domain/data-domain';
import { productOfApp } from '../domain/domain-of-app';
import { domainNames, productNames, type ProductPlace } from '../domain/naming';
import { ProductJobs, TIMEOUT } from '../jobs/product-jobs';
import { OwnerTopic } from '../monitoring/owner-topic';
import { type ProductMetrics } from '../monitoring/product-metrics';
import { ProductMonitoring } from '../monitoring/product-monitoring';
import { ProductWorkflow } from '../orchestration/product-workflow';
import { ProductPermissions } from '../permissions/product-permissions';
import { ProductRelease } from '../publishing/product-release';
import { ProductRulesets } from '../quality/product-rulesets';
import { ProductStorage } from '../storage/product-storage';
import { ProductTables } from '../tables/product-tables';
import { checkDeployable, checkProps } from './deployable';
import { planFile } from './plan-file';
import { type ProductParts } from './product-parts';

/** What a data product is made from. */
export interface DataProductProps {
  /** The promise, with how it is built: `DataContract.fromFile`. */
  readonly contract: DataContract;
  /** The domain that owns it, whose foundation is deployed: `DataDomain.fromMesh`. */
  readonly domain: IDataDomain;
  /**
   * Lets buckets and tables go when the product's stack is deleted. From the next deployment on, S3 empties the buckets within days:
   * wait for it before the stack is deleted.
   * @default false - all data stays, whatever becomes of the stack
   */
  readonly deleteData?: boolean;
  /**
   * The product's id once more, without which `deleteData` is refused.
   * @default - no data is deleted
   */
  readonly confirmDeletion?: string;
  /**
   * A zip of wheels in S3, its key ending in `.gluewheels.zip`, with what DuckDB needs: for jobs that reach no package index.
   * @default - pip installs what the package pins, by hash
   */
  readonly wheels?: s3.Location;
}

/**
 * One major version of a data product, in its domain's account: its buckets and tables, the jobs that build and certify it, the state
 * machine that runs them on its schedules, what watches them, and its place in the catalogue.
 */
export class DataProduct extends Construct {
  /** What landed (`landing/`), and what runs have read (`raw/`). */
  public readonly rawBucket: s3.Bucket;
  /** The product's tables (`tables/`), and the documents of its runs (`runs/`). */
  public readonly curatedBucket: s3.Bucket;
  /** Builds a candidate of the product. */
  public readonly etlJob: glue.PySparkEtlJob;
  /** Certifies the candidate. */
  public readonly qualityJob: glue.PySparkEtlJob;
  /** Both jobs run with it. */
  public readonly jobRole: iam.Role;
  /** Tells the product's owner of alarms and of runs that failed. */
  public readonly ownerTopic: sns.Topic;
  /** Rules of the contract for AWS Glue Data Quality, one ruleset for each published table. */
  public readonly rulesets: glue.CfnDataQualityRuleset[];
  /** Runs the product. */
  public readonly stateMachine: sfn.StateMachine;
  /** Takes runs that a schedule could not start. */
  public readonly deadLetterQueue: sqs.Queue;
  /** One for each thing that can be wrong with the product; none of a product that is retired. */
  public readonly alarms: cloudwatch.Alarm[];
  /** Rings while any of the alarms does; undefined of a product that is retired. */
  public readonly health?: cloudwatch.CompositeAlarm;
  private readonly metrics: ProductMetrics;
  private readonly place: ProductPlace;

  /**
   * Its stack goes after that of the domain's foundation where one app makes both.
   * @throws when the contract's status forbids it here, when contract, domain and stack do not fit, when the app makes the product already,
   * or when a name is longer than AWS takes
   */
  constructor(scope: Construct, id: string, props: DataProductProps) {
    super(scope, id);
    checkProps(props);
    const { contract, domain, deleteData = false, confirmDeletion, wheels } = props;
    const place = { ...placeOf(domain), entity: contract.entity, major: contract.majorVersion };
    checkDeployable({ contract, place, deleteData, confirmDeletion });
    this.place = place;
    checkStack(this, domain, 'a product');
    productOfApp(this, place);
    const plan = planFile(this, place, contract._plan);
    const parts: ProductParts = {
      domain, place, plan: contract._plan, planUrl: plan.url, planDigest: plan.digest, lineOf: (part) => contract._lineOf(part),
    };
    for (const warning of contract._warnings) Annotations.of(this).addWarningV2(`cdk-data-mesh:${warning.id}`, inOneLine(warning));

    const storage = new ProductStorage(this, 'Storage', { parts, deleteData });
    this.rawBucket = storage.raw;
    this.curatedBucket = storage.curated;
    const jobs = new ProductJobs(this, 'Jobs', { parts, raw: storage.raw, curated: storage.curated, planArn: plan.arn, wheels });
    this.etlJob = jobs.etl;
    this.qualityJob = jobs.quality;
    this.jobRole = jobs.role;
    this.ownerTopic = new OwnerTopic(this, 'Owner', { parts }).topic;

    // In this order CloudFormation makes them: who makes tables needs some permissions first, and jobs need the rest.
    const tables = new ProductTables(this, 'Tables', { parts, curated: storage.curated, deleteData });
    const { afterTables } = new ProductPermissions(this, 'Permissions', { parts, curated: storage.curated, jobRole: jobs.role, tables });
    const quality = new ProductRulesets(this, 'Quality', { parts });
    this.rulesets = [...quality.rulesets];
    for (const built of [jobs.etl, jobs.quality, quality]) built.node.addDependency(afterTables);
    // What is retired is not released, so that nothing of it is published, whoever starts it.
    const release = contract.status === 'retired' ? undefined : new ProductRelease(this, 'Release', { parts, etl: jobs.etl, quality: jobs.quality }).resource;
    const workflow = new ProductWorkflow(this, 'Workflow', {
      parts, timeoutSeconds: { etl: TIMEOUT.etl.toSeconds(), quality: TIMEOUT.quality.toSeconds() }, after: release ?? afterTables,
    });
    this.stateMachine = workflow.stateMachine;
    this.deadLetterQueue = workflow.deadLetters;
    new ProductCatalogue(this, 'Catalogue', { parts, tables: afterTables });
    const monitoring = new ProductMonitoring(this, 'Monitoring', { parts, topic: this.ownerTopic, workflow });
    this.alarms = monitoring.alarms;
    this.health = monitoring.health;
    this.metrics = monitoring.metrics;
    this.tag(parts);
  }

  /** Publications, by the hour. */
  public metricPublished(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.published(options);
  }

  /** Quality score of what was published, 0 to 100. */
  public metricScore(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.score(options);
  }

  /** Age of the newest data when it was published, in seconds. */
  public metricFreshness(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.freshness(options);
  }

  /** Share of the last 30 days in which what was published was fresh, in percent. */
  public metricAvailability(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.availability(options);
  }

  /** Share of a run's rows that went to the quarantine, in percent. */
  public metricQuarantinedShare(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.quarantinedShare(options);
  }

  /** Rows in the published tables. */
  public metricRows(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metrics.rows(options);
  }

  /**
   * A rule for runs that ended well: published, or with nothing to do. It goes into `crossStackScope`, which the stack of a product needs that
   * is deployed with the role for products: that role makes no rules.
   * @throws when there is no `crossStackScope` and that role would have to make the rule
   */
  public onRunSucceeded(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onRun(id, ['SUCCEEDED'], options);
  }

  /**
   * A rule for runs that failed, were aborted or took too long. It goes into `crossStackScope`, which the stack of a product needs that is
   * deployed with the role for products: that role makes no rules.
   * @throws when there is no `crossStackScope` and that role would have to make the rule
   */
  public onRunFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onRun(id, ['FAILED', 'TIMED_OUT', 'ABORTED'], options);
  }

  private onRun(id: string, status: string[], options: events.OnEventOptions): events.Rule {
    const { synthesizer } = Stack.of(this);
    checkProp(options.crossStackScope !== undefined || !(synthesizer instanceof DefaultStackSynthesizer) || synthesizer.cloudFormationExecutionRoleArn !== domainNames.productExecRoleArn(this.place),
      'crossStackScope', 'a scope in another stack', options.crossStackScope, 'the role that this stack is deployed with makes no rules: pass the stack of the target');
    const rule = new events.Rule(options.crossStackScope ?? this, id, options);
    rule.addTarget(options.target);
    // The ARN as it is computed, so that another stack imports nothing from this one.
    rule.addEventPattern({ source: ['aws.states'], detailType: ['Step Functions Execution Status Change'], detail: { stateMachineArn: [productNames.stateMachineArn(this.place)], status } });
    return rule;
  }

  private tag({ domain, plan: { product } }: ProductParts): void {
    const tags = {
      'mesh:domain': product.domain, 'mesh:product': `${product.domain}/${product.entity}-v${product.major}`, 'owner': product.owner,
      ...(domain.costCentre === undefined ? {} : { 'cost-centre': domain.costCentre }),
    };
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value);
  }
}
