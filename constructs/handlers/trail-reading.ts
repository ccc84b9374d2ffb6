import { type Statement } from '../domain/exact-policy';

/** What a handler needs to say who has changed something: ./trail.ts. */
export const SEES_WHO: Statement = { sid: 'Trail', actions: ['cloudtrail:LookupEvents'], resources: ['*'], why: 'CloudTrail takes no resource for the history of an account' };
