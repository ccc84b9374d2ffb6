import * as fs from 'node:fs';
import * as path from 'node:path';
import { Annotations, CfnResource, type App, type Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';

interface Quota {
  readonly of: string;
  readonly type: string;
  readonly limit: number;
  readonly everywhere?: boolean;
  /** How much of it a resource takes; one unless it says so. */
  readonly taken?: (resource: CfnResource) => number;
}

/** What an account gets without asking, in a region unless AWS counts for the account: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
const QUOTAS: readonly Quota[] = [
  { of: 'CloudFormation stacks', type: 'AWS::CloudFormation::Stack', limit: 2000 },
  { of: 'S3 buckets', type: 'AWS::S3::Bucket', limit: 10_000, everywhere: true },
  { of: 'IAM roles', type: 'AWS::IAM::Role', limit: 1000, everywhere: true },
  { of: 'IAM managed policies', type: 'AWS::IAM::ManagedPolicy', limit: 1500, everywhere: true },
  { of: 'Glue jobs', type: 'AWS::Glue::Job', limit: 1000 },
  { of: 'Step Functions state machines', type: 'AWS::StepFunctions::StateMachine', limit: 10_000 },
  { of: 'CloudWatch alarms', type: 'AWS::CloudWatch::Alarm', limit: 5000 },
  { of: 'CloudWatch dashboards', type: 'AWS::CloudWatch::Dashboard', limit: 500 },
  { of: 'Athena workgroups', type: 'AWS::Athena::WorkGroup', limit: 1000 },
  { of: 'schedules', type: 'AWS::Scheduler::Schedule', limit: 1_000_000 },
  { of: 'SNS topics', type: 'AWS::SNS::Topic', limit: 100_000 },
  { of: 'KMS keys', type: 'AWS::KMS::Key', limit: 100_000 },
  // 100 of 1,000 stay unreserved: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  { of: 'reserved executions of Lambda', type: 'AWS::Lambda::Function', limit: 900, taken: (resource) => (resource instanceof CfnFunction ? resource.reservedConcurrentExecutions ?? 0 : 0) },
];
/** CloudFormation's own: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const RESOURCES_OF_A_STACK = 500;
const WARN_AT = 0.7;

/** How much of a quota the stacks of one synth use in an account. What else lives there is not counted. */
interface QuotaUse {
  readonly account: string;
  /** Null of what AWS counts for the whole account. */
  readonly region: string | null;
  readonly of: string;
  used: number;
  readonly limit: number;
}

/** Counts, writes quotas.json into the assembly, the most used first, and warns of what is nearly used up. */
export function reportQuotas(app: App, stacks: readonly Stack[]): void {
  const uses = new Map<string, { use: QuotaUse; last: Stack }>();
  for (const stack of stacks) {
    const resources = stack.node.findAll().filter((node): node is CfnResource => CfnResource.isCfnResource(node));
    warn(stack, `the stack ${stack.stackName}`, 'resources', resources.length, RESOURCES_OF_A_STACK);
    for (const resource of [...resources, undefined]) {
      const quota = QUOTAS.find(({ type }) => type === (resource?.cfnResourceType ?? 'AWS::CloudFormation::Stack'));
      const taken = resource === undefined ? 1 : quota?.taken?.(resource) ?? 1;
      if (quota === undefined || taken === 0) continue;
      const { of, limit, everywhere } = quota;
      const { account } = stack;
      const region = everywhere === true ? null : stack.region;
      const key = `${account}/${region}/${of}`;
      const { use } = uses.get(key) ?? { use: { account, region, of, used: 0, limit } };
      use.used += taken;
      uses.set(key, { use, last: stack });
    }
  }
  for (const { use, last } of uses.values()) warn(last, `account ${use.account}`, use.of, use.used, use.limit);
  const report = [...uses.values()].map(({ use }) => use).sort((a, b) => b.used / b.limit - a.used / a.limit);
  fs.writeFileSync(path.join(app.outdir, 'quotas.json'), `${JSON.stringify(report, undefined, 2)}\n`);
}

function warn(at: Stack, where: string, of: string, used: number, limit: number): void {
  if (used < WARN_AT * limit) return;
  Annotations.of(at).addWarningV2(`cdk-data-mesh:quota-${of.toLowerCase().replaceAll(' ', '-')}`,
    `${where} uses ${used} of ${limit} ${of}: ask for more in Service Quotas before the next products, or put a domain into an account of its own`);
}
