import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { arnIn, domainNames, type DomainPlace } from './naming';
import { exactPolicy } from './exact-policy';
import { productArns } from './product-arns';

/** What a domain's schedules are made from. */
export interface DomainSchedulesProps {
  readonly place: DomainPlace;
  readonly keyArn: string;
}

/** The group of all schedules of the domain's products, and the role that starts their state machines. */
export class DomainSchedules extends Construct {
  readonly group: scheduler.CfnScheduleGroup;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, keyArn }: DomainSchedulesProps) {
    super(scope, id);
    const { stateMachines, queues } = productArns(place);
    const group = domainNames.scheduleGroup(place);
    const arn = domainNames.schedulerRoleArn(place);
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    const why = 'products come and go; the pattern is that of their names';
    this.group = new scheduler.CfnScheduleGroup(this, 'Group', { name: group });
    this.role = new iam.Role(this, 'Role', {
      roleName: name, path: domainNames.platformPath(place), description: `Starts the state machines of the products of ${place.domain}`,
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html: the group, not a schedule.
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': place.account, 'aws:SourceArn': arnIn(place, 'scheduler', `schedule-group/${group}`) } },
      }),
    });
    exactPolicy(this, 'Policy', {
      place, name, roles: [this.role], description: `Starts the state machines of the products of ${place.domain}`,
      statements: [
        { sid: 'Start', actions: ['states:StartExecution'], resources: [stateMachines], why },
        { sid: 'WhatCouldNotStart', actions: ['sqs:SendMessage'], resources: [queues], why },
        { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [keyArn] },
      ],
    });
  }
}
