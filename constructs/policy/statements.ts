import { asList, asObject, asText, at, knownText, type Properties, type Resource, type Template } from './template';

/** One statement of a policy in a template. */
export interface Statement {
  readonly resource: Resource;
  /** `Properties/PolicyDocument/Statement/0`. */
  readonly at: string;
  readonly isAllow: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly Principal[];
  readonly conditions: Properties;
  readonly body: Properties;
}

/** Whom a statement is about. */
export interface Principal {
  readonly kind: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser' | '*';
  /** What is known of it: an ARN, a service, `*`. */
  readonly name: string;
  /** As the template has it. */
  readonly value: unknown;
}

/** Where policies of resources stand: they name whom they are for. */
const OF_RESOURCES: Record<string, string> = {
  'AWS::S3::BucketPolicy': 'PolicyDocument', 'AWS::KMS::Key': 'KeyPolicy', 'AWS::SQS::QueuePolicy': 'PolicyDocument', 'AWS::SNS::TopicPolicy': 'PolicyDocument',
  'AWS::SecretsManager::ResourcePolicy': 'ResourcePolicy', 'AWS::Events::EventBusPolicy': 'Statement', 'AWS::DynamoDB::Table': 'ResourcePolicy/PolicyDocument',
  'AWS::S3::AccessPoint': 'Policy', 'AWS::S3::MultiRegionAccessPointPolicy': 'Policy', 'AWS::S3Express::BucketPolicy': 'PolicyDocument', 'AWS::S3Tables::TableBucketPolicy': 'ResourcePolicy',
  'AWS::S3Tables::TablePolicy': 'ResourcePolicy', 'AWS::KMS::ReplicaKey': 'KeyPolicy', 'AWS::SQS::QueueInlinePolicy': 'PolicyDocument', 'AWS::SNS::TopicInlinePolicy': 'PolicyDocument',
  'AWS::Kinesis::ResourcePolicy': 'ResourcePolicy', 'AWS::Logs::ResourcePolicy': 'PolicyDocument',
};

/** Policies of what they are attached to: who may use a bucket, a key, a topic. */
export const resourcePolicies = readOnce((template) => [
  ...Object.entries(OF_RESOURCES).flatMap(([type, path]) => template.of(type).flatMap((resource) => statementsAt(resource, path))),
  ...template.of('AWS::DynamoDB::GlobalTable').flatMap((resource) => asList(resource.properties.Replicas).flatMap((_, n) => statementsAt(resource, `Replicas/${n}/ResourcePolicy/PolicyDocument`))),
]);

/** Policies of roles, and of whoever else acts. */
export const identityPolicies = readOnce((template) => {
  const attached = template.of('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy', 'AWS::IAM::UserPolicy', 'AWS::IAM::GroupPolicy').flatMap((resource) => statementsAt(resource, 'PolicyDocument'));
  const inline = template.of('AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group').flatMap((resource) =>
    asList(resource.properties.Policies).flatMap((_, n) => statementsAt(resource, `Policies/${n}/PolicyDocument`)));
  return [...attached, ...inline];
});

/** Who may become a role. */
export const trustPolicies = readOnce((template) => template.of('AWS::IAM::Role').flatMap((resource) => statementsAt(resource, 'AssumeRolePolicyDocument')));

/** Whom a condition on `aws:PrincipalArn` lets in, where it does: the account as a principal means everybody in it whom the condition names. */
export function conditionedArns(statement: Statement): string[] {
  return conditioned(statement, 'aws:principalarn');
}

/** What a statement wants a key of its conditions to be, the key in small letters; nothing of what it must not be. */
export function conditioned({ conditions }: Statement, ...wanted: readonly string[]): string[] {
  return Object.entries(conditions).filter(([operator]) => /^(For\w+:)?(Arn|String)(Equals|Like)(IgnoreCase)?(IfExists)?$/.test(operator))
    .flatMap(([, keys]) => Object.entries(asObject(keys)).filter(([key]) => wanted.includes(key.toLowerCase())).flatMap(([, values]) => asList(values).map(knownText)));
}

/** Many rules ask for the same statements. */
function readOnce(read: (template: Template) => Statement[]): (template: Template) => readonly Statement[] {
  const known = new WeakMap<Template, readonly Statement[]>();
  return (template) => {
    const statements = known.get(template) ?? read(template);
    known.set(template, statements);
    return statements;
  };
}

function statementsAt(resource: Resource, path: string): Statement[] {
  const document = path.split('/').reduce<unknown>((inner, name) => (Array.isArray(inner) ? inner[Number(name)] : at(inner, name)), resource.properties);
  const body = typeof document === 'string' ? parsed(document) : document;
  const listed = at(body, 'Statement') ?? (at(body, 'Effect') === undefined ? undefined : body);
  return asList(listed).map((each, n) => {
    const statement = asObject(each);
    return {
      resource, at: `Properties/${path}/Statement/${n}`, isAllow: statement.Effect === 'Allow', body: statement,
      actions: asList(statement.Action).map(knownText), resources: asList(statement.Resource).map(knownText),
      principals: principalsOf(statement.Principal), conditions: asObject(statement.Condition),
    };
  });
}

function principalsOf(value: unknown): Principal[] {
  if (value === '*') return [{ kind: '*', name: '*', value }];
  return Object.entries(asObject(value)).flatMap(([kind, names]) => asList(names).map((name): Principal =>
    (knownText(name) === '*' ? { kind: '*', name: '*', value: name } : { kind: kind as Principal['kind'], name: knownText(name), value: name })));
}

function parsed(document: string): unknown {
  try {
    return JSON.parse(document) as unknown;
  } catch {
    return asText(document);
  }
}
