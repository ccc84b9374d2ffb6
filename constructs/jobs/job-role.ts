import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { isKeyed } from '../../lib/contract/classification';
import { type Plan } from '../../lib/plan/plan-schema';
import { type ProductParts } from '../data-product/product-parts';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, productNames, s3Arn } from '../domain/naming';
import { onPartitions } from '../domain/run-table';

/** What the role of a product's jobs is made from. */
export interface JobRoleProps {
  readonly parts: ProductParts;
  /** Objects that the jobs are started with. */
  readonly code: string[];
  /** Of the groups that they log to. */
  readonly logGroups: string[];
}

/** The role of both jobs of a product: its own paths, tables and lines of the run table. What each action is for, docs/guides/job.md says. */
export class JobRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: JobRoleProps) {
    super(scope, id);
    const { place, plan } = props.parts;
    const name = productNames.role(place, 'job');
    this.role = new iam.Role(this, 'Resource', {
      roleName: name, path: productNames.rolePath(place), assumedBy: new iam.ServicePrincipal('glue.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': place.account } },
      }),
      description: `Jobs of ${plan.product.id} v${place.major} run with it`,
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', domainNames.productBoundaryArn(place)),
    });
    exactPolicy(this, 'Policy', {
      place, name, path: productNames.rolePath(place), roles: [this.role], description: `What the jobs of ${plan.product.id} v${place.major} may do`,
      statements: [...storage(props), ...tables(props.parts), ...runs(props.parts), ...(isRemote(plan) ? network(props.parts) : [])],
    });
  }
}

/** Whether something is read over the network. */
export function isRemote({ sources }: Plan): boolean {
  return sources.some(({ kind }) => kind === 'remote');
}

/** The connections that its sources name, each once. */
export function connectionsOf({ sources }: Plan): string[] {
  return [...new Set(sources.flatMap((source) => (source.kind === 'remote' ? source.options.connection ?? [] : [])))].sort();
}

/** Whether a value is hashed or tokenised on its way, for which the job needs the masking key. */
export function hashes({ tables }: Plan): boolean {
  return tables.some(({ columns, protected: guarded, rules }) =>
    [...columns ?? [], ...guarded].some(({ masking }) => isKeyed(masking)) || rules.some(({ kind }) => kind === 'hash'));
}

function storage({ parts: { place, domain }, code, logGroups }: JobRoleProps): Statement[] {
  const raw = (key: string): string => s3Arn(place, `${productNames.bucket(place, 'raw')}${key}`);
  const curated = (key: string): string => s3Arn(place, `${productNames.bucket(place, 'curated')}${key}`);
  const own = 'the product\'s own bucket or prefix; names of objects are made by runs';
  return [
    { sid: 'Code', actions: ['s3:GetObject'], resources: code },
    { sid: 'Reads', actions: ['s3:GetObject'], resources: [raw('/*'), curated('/*')], why: own },
    { sid: 'Writes', actions: ['s3:PutObject'], resources: [raw('/raw/*'), raw('/staging/*'), curated('/*')], why: own },
    { sid: 'TidiesUp', actions: ['s3:DeleteObject'], resources: [raw('/staging/*'), curated('/tables/*')], why: own },
    { sid: 'LargeFiles', actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], resources: [raw('/*'), curated('/*')], why: own },
    { sid: 'Lists', actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [raw(''), curated('')] },
    { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [domain.key.keyArn] },
    {
      sid: 'Log', actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'], resources: logGroups.map((group) => arnIn(place, 'logs', `log-group:${group}:*`)),
      why: 'a job run is a stream of the group, named by its id',
    },
  ];
}

function tables({ place, plan }: ProductParts): Statement[] {
  const glue = (resource: string): string => arnIn(place, 'glue', resource);
  const { published, internal } = plan.databases;
  // Candidates carry the id of their run. No other product's names begin so: two underscores stand in no entity.
  const own = glue(`table/${internal}/${place.entity}_v${place.major}__*`);
  const why = 'the product\'s internal tables, candidates named by their run among them';
  return [
    {
      sid: 'SeesTables', actions: ['glue:GetTable', 'glue:GetTables', 'glue:GetDatabase'], why,
      resources: [glue('catalog'), glue(`database/${published}`), glue(`database/${internal}`), own,
        ...plan.tables.filter((table) => table.published).map(({ table }) => glue(`table/${published}/${table}`))],
    },
    { sid: 'InternalTables', actions: ['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'], resources: [glue('catalog'), glue(`database/${internal}`), own], why },
  ];
}

function runs({ place, plan }: ProductParts): Statement[] {
  const connections = connectionsOf(plan);
  return [
    {
      sid: 'Runs', resources: [arnIn(place, 'dynamodb', `table/${domainNames.runTable(place)}`)],
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'],
      conditions: onPartitions(productNames.runPartition(place), 'StringEquals'),
    },
    ...(connections.length > 0 ? [{
      sid: 'Connections', actions: ['secretsmanager:GetSecretValue'],
      resources: connections.map((connection) => arnIn(place, 'secretsmanager', `secret:${domainNames.connection(place, connection)}-??????`)),
    }] : []),
    ...(hashes(plan) ? [{
      sid: 'MaskingKey', actions: ['secretsmanager:GetSecretValue'],
      // Secrets Manager adds six characters of its own.
      resources: [arnIn(place, 'secretsmanager', `secret:${domainNames.maskingKey(place)}-??????`)],
    }] : []),
  ];
}

/** What Glue does with a job's role to put it into a network: https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html */
function network({ place }: ProductParts): Statement[] {
  return [
    {
      sid: 'Network', resources: ['*'], why: 'what only looks takes no resource in EC2',
      actions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints'],
    },
    {
      sid: 'Interfaces', actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:CreateTags'], why: 'Glue makes the interfaces of a job, with ids of their own',
      resources: ['network-interface', 'subnet', 'security-group'].map((of) => arnIn(place, 'ec2', `${of}/*`)),
    },
    { sid: 'Connection', actions: ['glue:GetConnection'], resources: [arnIn(place, 'glue', 'catalog'), arnIn(place, 'glue', `connection/${domainNames.networkConnection(place)}`)] },
  ];
}
