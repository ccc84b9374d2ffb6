import * as iam from 'aws-cdk-lib/aws-iam';
import { type Statement } from './exact-policy';
import { arnIn, type DomainPlace } from './naming';

/** What it takes to keep a key, without using it. */
export const KEEPING_A_KEY = [
  'kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:PutKeyPolicy', 'kms:ListKeyPolicies', 'kms:EnableKey', 'kms:DisableKey', 'kms:EnableKeyRotation', 'kms:DisableKeyRotation',
  'kms:GetKeyRotationStatus', 'kms:ListKeyRotations', 'kms:RotateKeyOnDemand', 'kms:UpdateKeyDescription', 'kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias',
  'kms:ListResourceTags', 'kms:TagResource', 'kms:UntagResource', 'kms:ListGrants', 'kms:RevokeGrant', 'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion',
];

/** What it takes to encrypt and decrypt by way of a service. */
export const USING_A_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Lets a role use a key of another stack, which the role knows by its alias alone. The key's own policy has to name the role as well. */
export function usesKeyCalled(sid: string, place: DomainPlace, alias: string): Statement {
  return {
    sid, actions: USING_A_KEY, resources: [arnIn(place, 'kms', 'key/*')], why: 'a key has no name that could be computed; the condition names its alias',
    conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } },
  };
}

/** A statement of a key's policy; in one, `*` is the key itself. */
export function saidOfKey(
  sid: string, actions: string[], principals: iam.IPrincipal[], conditions: Record<string, Record<string, unknown>> = {}, effect = iam.Effect.ALLOW,
): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, effect, principals, actions, resources: ['*'], conditions });
}

/**
 * Of services that use a key for others: for nobody of another account, where they say for whom. Not all do, EventBridge among them
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html), so that silence is let through.
 */
export function forOwnAccount(account: string): Record<string, Record<string, string>> {
  return { StringEqualsIfExists: { 'aws:SourceAccount': account } };
}
