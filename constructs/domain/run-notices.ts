import { Construct } from 'constructs';
import { FailedCallsNotice } from '../handlers/failed-calls';
import { arnIn, domainNames, type DomainPlace, FOUNDATION_HANDLERS } from './naming';
import { tellsTheMesh } from './notices';
import { productArns } from './product-arns';

/** What tells the platform is made from. */
export interface RunNoticesProps {
  readonly place: DomainPlace;
}

/** Of runs that ended without success: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export const FAILED_RUN = { source: 'aws.states', detailType: 'Step Functions Execution Status Change', statuses: ['ABORTED', 'TIMED_OUT', 'FAILED'] };
/** Of stacks that somebody has changed by hand: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-drift-detection-change.html */
export const DRIFTED_STACK = { source: 'aws.cloudformation', detailType: 'CloudFormation Drift Detection Status Change' };

/** Tells the mesh's bus of runs of the domain's products that failed, of stacks that were found to have drifted, and of handlers that failed. */
export class RunNotices extends Construct {
  constructor(scope: Construct, id: string, { place }: RunNoticesProps) {
    super(scope, id);
    const { stateMachines, stacks } = productArns(place);
    this.forward('FailedRuns', place, 'failed-runs-told', `Runs of products of ${place.domain} that failed`, {
      'source': [FAILED_RUN.source], 'detail-type': [FAILED_RUN.detailType], 'detail': { status: FAILED_RUN.statuses, stateMachineArn: [{ wildcard: stateMachines }] },
    });
    this.forward('Drift', place, 'drift-told', `Stacks of products of ${place.domain} that were changed by hand`, {
      'source': [DRIFTED_STACK.source], 'detail-type': [DRIFTED_STACK.detailType],
      'detail': { 'stack-id': [{ wildcard: stacks }, { wildcard: arnIn(place, 'cloudformation', `stack/${foundation(place)}/*`) }], 'status-details': { 'stack-drift-status': ['DRIFTED'] } },
    });
    new FailedCallsNotice(this, 'FailedCalls', { place, name: `${domainNames.prefix(place)}-failed-calls-told`, handlers: [...FOUNDATION_HANDLERS, 'policy'], roleArn: domainNames.noticesRoleArn(place) });
  }

  private forward(id: string, place: DomainPlace, name: string, description: string, eventPattern: object): void {
    // With the role that tells of break-glass: it may put events on the mesh's bus, and nothing else.
    tellsTheMesh(this, id, place, { roleArn: domainNames.noticesRoleArn(place), name: `${domainNames.prefix(place)}-${name}`, description, eventPattern });
  }
}

function foundation({ environment, domain }: DomainPlace): string {
  return [...(environment === null ? [] : [environment]), domain, 'foundation'].join('-').replaceAll('_', '-');
}
