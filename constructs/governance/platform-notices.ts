import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { ALARM_CHANGED } from '../handlers/failed-calls';
import { GRANTS_DRIFTED } from '../grants/grants-drift';
import { type MeshTopics } from './mesh-topics';

/** What tells the platform team is made from. */
export interface PlatformNoticesProps {
  readonly place: DomainPlace;
  readonly bus: events.IEventBus;
  readonly topics: MeshTopics;
}

/**
 * What accounts forward to the bus and the platform team has to know: that somebody has taken a role that opens everything, within seconds;
 * that somebody was given a table by hand, within a day; that a handler failed at something whenever it was tried. Handlers of its own
 * account tell its topic directly.
 */
export class PlatformNotices extends Construct {
  readonly breakGlass: events.Rule;
  readonly grantsByHand: events.Rule;
  readonly failedCalls: events.Rule;

  constructor(scope: Construct, id: string, { place, bus, topics }: PlatformNoticesProps) {
    super(scope, id);
    const field = (path: string): string => events.EventField.fromPath(`$.${path}`);
    this.breakGlass = new events.Rule(this, 'BreakGlass', {
      ruleName: `${domainNames.prefix(place)}-break-glass`, eventBus: bus, description: 'Somebody has taken a break-glass role',
      eventPattern: { source: ['aws.sts'], detailType: ['AWS API Call via CloudTrail'], detail: { eventName: ['AssumeRole'], requestParameters: { roleArn: [{ suffix: '-break-glass' }] } } },
      targets: [new targets.SnsTopic(topics.topics.security, {
        role: topics.ruleRole,
        message: events.RuleTargetInput.fromText(`${field('detail.userIdentity.arn')} has taken ${field('detail.requestParameters.roleArn')} as ${field('detail.requestParameters.roleSessionName')} at ${field('time')}. `
          + 'It may read and write all data of the domain for an hour. If nobody asked for it: docs/operations.md, "break-glass was taken".'),
      })],
    });
    this.grantsByHand = new events.Rule(this, 'GrantsByHand', {
      ruleName: `${domainNames.prefix(place)}-grants-by-hand`, eventBus: bus, description: 'Somebody was given a table by hand',
      eventPattern: { source: events.Match.prefix('mesh.'), detailType: [GRANTS_DRIFTED] },
      targets: [new targets.SnsTopic(topics.topics.security, {
        role: topics.ruleRole,
        message: events.RuleTargetInput.fromText(`Of ${field('detail.product')} somebody has what neither contract nor subscription says: ${field('detail.drift')}. `
          + 'Who gave it is in the trail. Put it into a contract, or take it away: mesh verify --repair.'),
      })],
    });
    this.failedCalls = new events.Rule(this, 'FailedCalls', {
      ruleName: `${domainNames.prefix(place)}-failed-calls`, eventBus: bus, description: 'A handler in some account failed at something whenever it was tried',
      eventPattern: { source: [ALARM_CHANGED.source], detailType: [ALARM_CHANGED.detailType] },
      targets: [new targets.SnsTopic(topics.topics.incidents, {
        role: topics.ruleRole,
        message: events.RuleTargetInput.fromText(`${field('detail.alarmName')} rings in account ${field('account')}, ${field('region')}, since ${field('time')}: a handler failed at something whenever it was tried. `
          + 'Its log says why; what to do then: docs/operations.md, "failed calls".'),
      })],
    });
  }
}
