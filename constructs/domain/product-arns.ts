import { stackName } from '../../lib/contract/names';
import { arnIn, domainNames, globalArn, productNames, s3Arn, type DomainPlace } from './naming';

/** The ARNs that products of a domain may have, as patterns: whatever their entities and versions are called, and nothing of the foundation. */
export interface ProductArns {
  /** `mesh-sales-*-v*`: what everything of a product is called or begins with. */
  readonly name: string;
  readonly buckets: string[];
  /** In the buckets of products; `key` may be a pattern, and is all of it unless given. */
  readonly objects: (kind: 'raw' | 'curated', key?: string) => string;
  /** Whatever lies in both buckets of products. */
  readonly allObjects: string;
  readonly jobs: string;
  readonly rulesets: string;
  readonly stateMachines: string;
  readonly executions: string;
  readonly schedules: string;
  readonly topics: string;
  readonly queues: string;
  readonly alarms: string;
  readonly dashboards: string;
  readonly logGroups: string[];
  readonly workGroups: string;
  /** Below the domain's path; with a word, those that are called by it. */
  readonly roles: (role?: 'job' | 'states' | 'import') => string;
  readonly policies: string;
  readonly stacks: string;
}

/** Names of the domain's products have a version, so that a pattern of theirs never means the foundation's own `mesh-sales-tables-failed`. */
export function productArns(place: DomainPlace): ProductArns {
  const any = { ...place, entity: '*', major: 0 };
  const name = pattern(productNames.prefix(any));
  const bucket = (kind: 'raw' | 'curated'): string => pattern(productNames.bucket(any, kind));
  const below = domainNames.productPath(place);
  return {
    name,
    buckets: [s3Arn(place, bucket('raw')), s3Arn(place, bucket('curated'))],
    objects: (kind, key = '*') => s3Arn(place, `${bucket(kind)}/${key}`),
    allObjects: s3Arn(place, `${bucket('raw').replace(/raw$/, '*')}/*`),
    jobs: arnIn(place, 'glue', `job/${name}-*`),
    rulesets: arnIn(place, 'glue', `dataQualityRuleset/${name}`),
    stateMachines: arnIn(place, 'states', `stateMachine:${name}`),
    executions: arnIn(place, 'states', `execution:${name}:*`),
    schedules: arnIn(place, 'scheduler', `schedule/${domainNames.scheduleGroup(place)}/*`),
    topics: arnIn(place, 'sns', name),
    queues: arnIn(place, 'sqs', name),
    alarms: arnIn(place, 'cloudwatch', `alarm:${name}`),
    dashboards: globalArn(place, 'cloudwatch', `dashboard/${name}`),
    logGroups: ['/aws-glue/jobs', '/aws/vendedlogs/states'].map((folder) => arnIn(place, 'logs', `log-group:${folder}/${name}`)),
    workGroups: arnIn(place, 'athena', `workgroup/${name}`),
    roles: (role) => globalArn(place, 'iam', `role${below}${role === undefined ? '*' : `*-${role}`}`),
    policies: globalArn(place, 'iam', `policy${below}*`),
    stacks: arnIn(place, 'cloudformation', `stack/${pattern(stackName(any))}/*`),
  };
}

function pattern(name: string): string {
  return name.replace('-v0', '-v*');
}
