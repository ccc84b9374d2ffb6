import { CreateUsageLimitCommand, paginateListUsageLimits, type RedshiftServerlessClient, UpdateUsageLimitCommand, type UsageLimit } from '@aws-sdk/client-redshift-serverless';

/**
 * Holds a workgroup to so many RPU-hours a month, after which queries are refused. Here, since CloudFormation has no type for it:
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/595
 */
export async function keepUsageLimit(client: RedshiftServerlessClient, workgroupArn: string, amount: number): Promise<void> {
  const limits: UsageLimit[] = [];
  for await (const page of paginateListUsageLimits({ client }, { resourceArn: workgroupArn, usageType: 'serverless-compute' })) limits.push(...page.usageLimits ?? []);
  // One that only logs, or of a day, is somebody else's.
  const own = limits.find(({ period, breachAction }) => period === 'monthly' && breachAction === 'deactivate');
  if (own === undefined) await client.send(new CreateUsageLimitCommand({ resourceArn: workgroupArn, usageType: 'serverless-compute', amount, period: 'monthly', breachAction: 'deactivate' }));
  else if (own.amount !== amount) await client.send(new UpdateUsageLimitCommand({ usageLimitId: own.usageLimitId, amount, breachAction: 'deactivate' }));
}
