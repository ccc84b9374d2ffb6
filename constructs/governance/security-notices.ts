import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { GRANTS_DRIFTED } from '../grants/grants-drift';
import { type MeshTopics } from './mesh-topics';

/** What hears of security is made from. */
export interface SecurityNoticesProps {
  readonly place: DomainPlace;
  readonly bus: events.IEventBus;
  readonly topics: MeshTopics;
}

/**
 * Tells who watches over security that somebody has taken a role that opens everything, within seconds, and that somebody was given a table
 * by hand, within a day. Accounts forward it: constructs/access/break-glass.ts, constructs/grants.
 */
export class SecurityNotices extends Construct {
  readonly breakGlass: events.Rule;
  readonly grantsByHand: events.Rule;

  constructor(scope: Construct, id: string, { place, bus, topics }: SecurityNoticesProps) {
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
  }
}
