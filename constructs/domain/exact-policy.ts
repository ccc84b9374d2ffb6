import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';
import { domainNames, type DomainPlace } from './naming';

/** One statement of a policy, with the reason for what is not one exact resource. */
export interface Statement {
  readonly sid: string;
  /** @default - allow */
  readonly effect?: iam.Effect;
  /** Exact, where they are allowed. */
  readonly actions?: string[];
  /** To refuse everything but these. */
  readonly notActions?: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, Record<string, string | string[]>>;
  /** Why a resource is a pattern; a statement that allows one without saying why is refused. */
  readonly why?: string;
}

/** What a policy is made of. */
export interface ExactPolicyProps {
  readonly place: DomainPlace;
  readonly name: string;
  readonly description: string;
  readonly statements: readonly Statement[];
  readonly roles?: iam.IRole[];
  /** @default - the platform's, where roles of products can neither have nor change it */
  readonly path?: string;
}

/** The most characters that IAM takes in a managed policy, white space not counted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const LONGEST_POLICY = 6144;

/**
 * A managed policy whose statements name one resource each, or say why not.
 * @throws when IAM would refuse it for its size, or a pattern has no reason
 */
export function exactPolicy(scope: Construct, id: string, { place, name, description, statements, roles, path }: ExactPolicyProps): iam.ManagedPolicy {
  const policy = new iam.ManagedPolicy(scope, id, { managedPolicyName: name, path: path ?? domainNames.platformPath(place), description, roles });
  addExactly(policy, statements);
  const size = policySize(Stack.of(scope).resolve(policy.document));
  if (size > LONGEST_POLICY) {
    throw new Error(`the policy ${name} has about ${size} characters, IAM takes ${LONGEST_POLICY}; shorten the name of the domain ${place.domain} or of the mesh ${place.mesh}`);
  }
  return policy;
}

/**
 * Adds statements that name one resource each, or say why not: that is what an answer to who asks of wildcards then says.
 * @throws when a pattern has no reason
 */
export function addExactly(policy: iam.ManagedPolicy, statements: readonly Statement[]): void {
  for (const { why, ...statement } of statements) {
    policy.addStatements(new iam.PolicyStatement(statement));
    const patterns = statement.effect === iam.Effect.DENY ? [] : statement.resources.filter((resource) => resource.includes('*'));
    if (patterns.length > 0 && why === undefined) {
      throw new Error(`the statement ${statement.sid} of ${policy.node.path} allows ${patterns.join(', ')} and does not say why it is a pattern`);
    }
    for (const resource of patterns) Validations.of(policy).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason: why! });
  }
}

/** Characters of a resolved document, with ARNs that are known at deployment alone taken as long as the longest of ours. */
export function policySize(document: unknown): number {
  const known = JSON.stringify(document, (_key, value: unknown) => (isIntrinsic(value) ? 'x'.repeat(100) : value));
  return known.replace(/\s/g, '').length;
}

function isIntrinsic(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
}
