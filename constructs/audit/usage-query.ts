import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace, globalArn } from '../domain/naming';
import { auditNames } from './audit-names';
import { queryText } from './audit-queries';
import { askingStatements } from './audit-reading';

/** What asks for usage is made from. */
export interface UsageQueryProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly key: kms.IKey;
}

/** Each night, hours before the monthly review: so that this month can be looked at as well. */
const SCHEDULE = 'cron(0 1 * * ? *)';

/** The role that asks, which is among those that read the archive. */
export function usageRoleArn(place: DomainPlace): string {
  return globalArn(place, 'iam', `role${domainNames.platformPath(place)}${auditNames.name(place)}-usage`);
}

/** Asks the trail each night how much products are used: into a folder of its own, where the monthly review finds the answer. */
export class UsageQuery extends Construct {
  constructor(scope: Construct, id: string, { place, key }: UsageQueryProps) {
    super(scope, id);
    const name = `${auditNames.name(place)}-usage`;
    const workGroup = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name, description: 'How much products are used, for the monthly review', recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true, publishCloudWatchMetricsEnabled: false, engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${auditNames.bucket(place, 'audit-results')}/${auditNames.usagePrefix}`, expectedBucketOwner: place.account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    workGroup.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const role = new iam.Role(this, 'Role', {
      roleName: name, path: domainNames.platformPath(place), description: 'Asks the trail how much products were used',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': place.account, 'aws:SourceArn': arnIn(place, 'scheduler', 'schedule-group/default') } },
      }),
    });
    exactPolicy(this, 'Policy', {
      place, name, roles: [role], description: 'Asks the trail how much products were used',
      statements: [
        { sid: 'AsksForUsage', actions: ['athena:StartQueryExecution'], resources: [arnIn(place, 'athena', `workgroup/${name}`)] },
        ...askingStatements(place, auditNames.usagePrefix),
      ],
    });
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      name, description: 'How much products were used last month and are this one', scheduleExpression: SCHEDULE, scheduleExpressionTimezone: 'UTC', flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: 'arn:aws:scheduler:::aws-sdk:athena:startQueryExecution', roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 3_600 },
        input: JSON.stringify({ QueryString: queryText('usage'), WorkGroup: name, QueryExecutionContext: { Database: auditNames.database(place) } }),
      },
    });
    schedule.addResourceDependency(workGroup);
    Validations.of(schedule).acknowledge({ id: 'mesh-policy::MESH-SCHEDULE-1', reason: 'a question that was not asked is seen in the review, which then says that reads are not counted, and can be asked again by hand' });
  }
}
