import { Tags, Token } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { checkKnown, checkProp, hasMember } from '../../lib/plan/checked-prop';
import { REASON, SHA_256 } from '../../lib/plan/file-digest';
import { JobEncryption } from '../jobs/job-encryption';
import { DomainDashboard } from '../monitoring/domain-dashboard';
import { bootstrapQualifier, deployerRoleArn } from './bootstrap';
import { checkStack } from './checked-stack';
import { type IDataDomain, placeOf } from './data-domain';
import { DomainHandlers } from './domain-handlers';
import { DomainKey } from './domain-key';
import { DomainLake } from './domain-lake';
import { DomainNetwork } from './domain-network';
import { foundationOfApp } from './domain-of-app';
import { DomainSchedules } from './domain-schedules';
import { checkNames } from './foundation-names';
import { INTERFACE_VERSION } from './interface-version';
import { LogBucket } from './log-bucket';
import { MaskingKey } from './masking-key';
import { arnIn, domainNames } from './naming';
import { type NetworkSource } from './network-source';
import { productArns } from './product-arns';
import { productBoundary } from './product-boundary';
import { ProductDeploy } from './product-deploy';
import { ProductExec } from './product-exec';
import { RunNotices } from './run-notices';
import { RunTable } from './run-table';

/** What a domain's foundation is made from. */
export interface DomainFoundationProps {
  /** Whose foundation it is: `DataDomain.fromMesh` reads it from mesh.yaml. */
  readonly domain: IDataDomain;
  /**
   * Where jobs run that read databases.
   * @default - none: jobs reach AWS by its public endpoints, and no database
   */
  readonly network?: NetworkSource;
  /**
   * ARNs of the roles that deploy foundations: they become administrators of Lake Formation.
   * @default - the role that the CDK's bootstrap gave CloudFormation in the domain's account
   */
  readonly deployers?: string[];
  /**
   * SHA-256, in hex, of further files that jobs may run: of a zip of wheels of your own, or of a release of this package whose products were
   * deployed before foundations kept record. Beside these and what this package brings, each product may go on with what was accepted for
   * an earlier release of it, also when it is no longer named here. What other jobs certify is not published.
   * @default - none
   */
  readonly acceptedCode?: string[];
  /**
   * Files that no job may run any more, such as a wheel that turned out to be dangerous: by their SHA-256, in hex, the reason, which whoever
   * deploys or runs a product with one is told. A release with it is refused, and what it certifies is not published, whatever else accepts it.
   * @default - none
   */
  readonly refusedCode?: { [sha256: string]: string };
}

/**
 * What all products of a domain stand on, in the domain's account and deployed by the platform: key, log bucket, network, databases,
 * table of runs, the handlers that products ask, and the roles that products are deployed with. Names that products and the platform
 * compute are the only thing that crosses to other stacks.
 */
export class DomainFoundation extends Construct {
  /** Encrypts everything of the domain. Whoever asks to be added to its policy is not. */
  public readonly key: kms.IKey;
  /** Access logs of the buckets of products, and of the network's traffic. */
  public readonly logBucket: s3.IBucket;
  /** Locks, runs, watermarks and releases. */
  public readonly runTable: dynamodb.ITable;
  /** What masked values are hashed with. */
  public readonly maskingKey: secretsmanager.ISecret;
  /** Lake Formation reads and writes tables with it. */
  public readonly lakeRole: iam.IRole;
  /** Starts the state machines of products. */
  public readonly schedulerRole: iam.IRole;
  /** CloudFormation runs the stacks of products with it. */
  public readonly productExecRole: iam.IRole;
  /** Who deploys products assumes it. */
  public readonly productDeployRole: iam.IRole;
  /** The most that roles of products may do. */
  public readonly productBoundary: iam.IManagedPolicy;
  /** Where jobs run that read databases, if there is a network. */
  public readonly vpc?: ec2.IVpc;

  /** @throws when a prop is not what it takes, when domain and stack do not fit, or when a name that follows from the domain, a policy or the lists of code are longer than AWS takes */
  constructor(scope: Construct, id: string, props: DomainFoundationProps) {
    super(scope, id);
    checkProps(props);
    checkStack(this, props.domain, 'a foundation');
    const place = placeOf(props.domain);
    checkNames(place);
    foundationOfApp(this, place);
    const qualifier = bootstrapQualifier(this);
    const deployers = props.deployers ?? [deployerRoleArn(this, place)];

    this.key = new DomainKey(this, 'Key', { place, deployers }).key;
    const { keyArn } = this.key;
    this.logBucket = new LogBucket(this, 'Logs', {
      name: domainNames.logBucket(place), account: place.account, buckets: productArns(place).buckets, ...props.network === undefined ? {} : { flowLogs: arnIn(place, 'logs', '*') },
    }).bucket;
    if (props.network !== undefined) this.vpc = new DomainNetwork(this, 'Network', { place, source: props.network, logs: this.logBucket }).vpc;
    this.runTable = new RunTable(this, 'Runs', { place, key: this.key }).table;
    this.maskingKey = new MaskingKey(this, 'MaskingKey', { place, key: this.key }).secret;
    this.lakeRole = new DomainLake(this, 'Lake', { place, keyArn, deployers }).role;
    this.schedulerRole = new DomainSchedules(this, 'Schedules', { place, keyArn }).role;
    new JobEncryption(this, 'JobEncryption', { place, key: this.key });
    new DomainHandlers(this, 'Handlers', { place, key: this.key, runTable: this.runTable, acceptedCode: props.acceptedCode, refusedCode: props.refusedCode });
    new DomainDashboard(this, 'Dashboard', { place });
    new RunNotices(this, 'RunNotices', { place });

    this.productBoundary = productBoundary(this, 'ProductBoundary', { place, keyArn, qualifier, network: props.network !== undefined });
    this.productExecRole = new ProductExec(this, 'ProductExec', { place, keyArn, qualifier }).role;
    this.productDeployRole = new ProductDeploy(this, 'ProductDeploy', { place, qualifier }).role;

    new ssm.StringParameter(this, 'KeyArn', { parameterName: domainNames.parameter(place, 'key-arn'), stringValue: keyArn, description: `The key of the domain ${place.domain}` });
    new ssm.StringParameter(this, 'InterfaceVersion', {
      parameterName: domainNames.parameter(place, 'interface-version'), stringValue: INTERFACE_VERSION, description: `What products of ${place.domain} may ask of their foundation`,
    });

    const tags = { 'mesh:domain': place.domain, 'owner': props.domain.owner, 'cost-centre': props.domain.costCentre };
    for (const [tag, value] of Object.entries(tags)) if (value !== undefined) Tags.of(this).add(tag, value);
  }
}

function checkProps(props: DomainFoundationProps): void {
  checkKnown(props, { domain: true, network: true, deployers: true, acceptedCode: true, refusedCode: true });
  const { domain, network, deployers, acceptedCode, refusedCode } = props;
  checkProp(hasMember(domain, 'domainName'), 'domain', 'an IDataDomain', domain, 'make it with DataDomain.fromMesh or DataDomain.fromDataDomainAttributes');
  checkProp(network === undefined || hasMember(network, 'natGateways'), 'network', 'a NetworkSource', network, 'make it with NetworkSource.vpc or NetworkSource.cidr');
  const isRole = (arn: unknown): boolean => Token.isUnresolved(arn) || (typeof arn === 'string' && /^arn:[a-z-]+:iam::\d{12}:role\/./.test(arn));
  checkProp(deployers === undefined || (Array.isArray(deployers) && deployers.length > 0 && deployers.every(isRole)), 'deployers', 'ARNs of roles', deployers,
    'leave it out for the role that the CDK\'s bootstrap made');
  const isDigest = (digest: unknown): boolean => typeof digest === 'string' && SHA_256.test(digest);
  checkProp(acceptedCode === undefined || (Array.isArray(acceptedCode) && acceptedCode.every(isDigest)), 'acceptedCode', 'SHA-256 digests in 64 lower-case hex digits', acceptedCode,
    'sha256sum prints them');
  checkProp(refusedCode === undefined || (typeof refusedCode === 'object' && refusedCode !== null && !Array.isArray(refusedCode)), 'refusedCode', 'an object of reasons by SHA-256', refusedCode,
    'write { \'<sha256>\': \'why it is refused\' }');
  for (const [digest, why] of Object.entries(refusedCode ?? {})) {
    checkProp(isDigest(digest), 'refusedCode', 'by SHA-256 digests in 64 lower-case hex digits', digest, 'sha256sum prints them');
    checkProp(typeof why === 'string' && REASON.test(why), 'refusedCode', `a reason of ${digest} in one line of at most 200 characters`, why, 'say what is wrong with the file: whoever is refused is told');
  }
}
