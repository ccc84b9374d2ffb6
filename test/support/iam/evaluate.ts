import { conditionsHold, type Conditions, type Context, like } from './conditions';

/** A statement as a template has it, with what CloudFormation fills in filled in. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Principal?: '*' | Readonly<Record<string, string | string[]>>;
  readonly Condition?: Conditions;
}

export interface Policy {
  readonly Statement: readonly Statement[];
}

/** Who asks: a session of a role, or a service by itself. */
export interface Principal {
  /** Of the role; a service's name. */
  readonly arn: string;
  readonly identity: readonly Policy[];
  readonly boundary?: Policy;
  /** Service control policies of its account, which refuse and allow nothing. */
  readonly controls?: readonly Policy[];
  /** What a session brings along: the service that handed it out, the service that calls in its name. */
  readonly session?: Context;
}

export interface Ask {
  readonly action: string;
  readonly resource: string;
  readonly context?: Context;
}

/** Policies of what is asked for. A key's, as whom a role trusts, is the only way to it; to the rest an account's own permissions lead as well. */
export interface Guard {
  readonly policy?: Policy;
  readonly isKey?: boolean;
}

/**
 * Whether IAM would allow it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * Where the documentation leaves room, the answer is yes, since the tests ask who may not.
 */
export function allowed(principal: Principal, ask: Ask, guard: Guard = {}): boolean {
  const isService = !principal.arn.startsWith('arn:');
  const context: Context = {
    ...(isService ? { 'aws:PrincipalIsAWSService': 'true' } : { 'aws:PrincipalArn': principal.arn, 'aws:PrincipalAccount': accountOf(principal.arn), 'aws:PrincipalIsAWSService': 'false' }),
    'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3',
    ...principal.session, ...ask.context,
  };
  const matching = (policy: Policy | undefined, effect: Statement['Effect']): Statement[] => (policy?.Statement ?? []).filter((statement) =>
    statement.Effect === effect && actionMatches(statement, ask.action) && resourceMatches(statement, ask.resource) && conditionsHold(statement.Condition, context));
  const speaksOf = (statement: Statement): Named | undefined => named(statement.Principal, principal);

  if ([...principal.identity, principal.boundary, ...principal.controls ?? []].some((policy) => matching(policy, 'Deny').length > 0)) return false;
  if (matching(guard.policy, 'Deny').some((statement) => speaksOf(statement) !== undefined)) return false;

  const bounded = principal.boundary === undefined || matching(principal.boundary, 'Allow').length > 0;
  const byIdentity = bounded && principal.identity.some((policy) => matching(policy, 'Allow').length > 0);
  const byResource = new Set(matching(guard.policy, 'Allow').map(speaksOf));
  if (isService) return byResource.has('session');
  const owner = accountOf(ask.resource, ask.context);
  const abroad = owner !== '' && owner !== accountOf(principal.arn);
  if (abroad) return byIdentity && [...byResource].some((name) => name !== undefined);
  // A boundary limits what a policy gives to a role, but not what it gives to a session of it.
  if (byResource.has('session') || (byResource.has('role') && bounded)) return true;
  return guard.isKey === true ? byResource.has('account') && byIdentity : byIdentity;
}

/** How a resource's policy names who asks: its session or anybody, its role, or the whole account, which leaves it to the account's permissions. */
type Named = 'session' | 'role' | 'account';

function named(said: Statement['Principal'], { arn }: Principal): Named | undefined {
  if (said === undefined) return undefined;
  if (said === '*') return 'session';
  const entries = Object.entries(said).flatMap(([kind, of]) => [of].flat().map((value) => [kind, value] as const));
  const names = entries.map(([kind, value]): Named | undefined => {
    if (value === '*') return 'session';
    if (kind === 'Service') return value === arn ? 'session' : undefined;
    if (kind !== 'AWS') return undefined;
    if (value === arn) return 'role';
    if (value.includes(':assumed-role/')) return value.split('/')[1] === arn.split('/').at(-1) ? 'session' : undefined;
    const account = /^\d{12}$/.test(value) ? value : /^arn:[^:]*:iam::(\d{12}):root$/.exec(value)?.[1];
    return account !== undefined && account === accountOf(arn) ? 'account' : undefined;
  });
  return (['session', 'role', 'account'] as const).find((name) => names.includes(name));
}

function actionMatches({ Action, NotAction }: Statement, action: string): boolean {
  const among = (patterns: string | string[]): boolean => [patterns].flat().some((pattern) => like(action.toLowerCase(), pattern.toLowerCase()));
  return NotAction !== undefined ? !among(NotAction) : among(Action ?? []);
}

function resourceMatches({ Resource, NotResource }: Statement, resource: string): boolean {
  const among = (patterns: string | string[]): boolean => [patterns].flat().some((pattern) => like(resource, pattern));
  return NotResource !== undefined ? !among(NotResource) : among(Resource ?? []);
}

/** Buckets have none in their ARN: `context` says it. */
function accountOf(arn: string, context: Context = {}): string {
  const account = context['aws:ResourceAccount'] ?? arn.split(':')[4];
  return [account].flat()[0] ?? '';
}
