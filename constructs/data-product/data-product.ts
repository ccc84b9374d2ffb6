import { Annotations, Tags, Token, Stack } from 'aws-cdk-lib';
import type * as glue from 'aws-cdk-lib/aws-glue';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type DataContract } from '../../lib/plan/data-contract';
import { type IDataDomain, placeOf } from '../domain/data-domain';
import { ProductJobs } from '../jobs/product-jobs';
import { OwnerTopic } from '../monitoring/owner-topic';
import { ProductRulesets } from '../quality/product-rulesets';
import { ProductStorage } from '../storage/product-storage';
import { checkDeployable } from './deployable';
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

  /** @throws when the contract's status forbids it here, when contract, domain and stack do not fit, or when a name is longer than AWS takes */
  constructor(scope: Construct, id: string, props: DataProductProps) {
    super(scope, id);
    const { contract, domain, deleteData = false, confirmDeletion, wheels } = props;
    const place = { ...placeOf(domain), entity: contract.entity, major: contract.majorVersion };
    checkDeployable({ contract, place, deleteData, confirmDeletion });
    this.checkStack(domain);
    const plan = planFile(this, place, contract._plan);
    const parts: ProductParts = {
      domain, place, plan: contract._plan, planUrl: plan.url, planDigest: plan.digest, lineOf: (part) => contract._lineOf(part),
    };
    for (const warning of contract._warnings) Annotations.of(this).addWarningV2(`cdk-data-mesh:contract`, warning);

    const storage = new ProductStorage(this, 'Storage', { parts, deleteData });
    this.rawBucket = storage.raw;
    this.curatedBucket = storage.curated;
    const jobs = new ProductJobs(this, 'Jobs', { parts, raw: storage.raw, curated: storage.curated, planArn: plan.arn, wheels });
    this.etlJob = jobs.etl;
    this.qualityJob = jobs.quality;
    this.jobRole = jobs.role;
    this.rulesets = [...new ProductRulesets(this, 'Quality', { parts }).rulesets];
    this.ownerTopic = new OwnerTopic(this, 'Owner', { parts }).topic;
    this.tag(parts);
  }

  /** A stack without an environment may go anywhere, so that it is for whoever deploys it to know. */
  private checkStack({ account, region, domainName }: IDataDomain): void {
    for (const [what, is, wanted] of [['account', Stack.of(this).account, account], ['region', Stack.of(this).region, region]] as const) {
      if (!Token.isUnresolved(is) && is !== wanted) {
        throw new Error(`the stack of a product must be in its domain's ${what} ${wanted} (${domainName}), got ${is}; set the stack's \`env\``);
      }
    }
  }

  private tag({ domain, plan: { product } }: ProductParts): void {
    const tags = {
      'mesh:domain': product.domain, 'mesh:product': `${product.domain}/${product.entity}-v${product.major}`, 'owner': product.owner,
      ...(domain.costCentre === undefined ? {} : { 'cost-centre': domain.costCentre }),
    };
    for (const [name, value] of Object.entries(tags)) Tags.of(this).add(name, value);
  }
}
