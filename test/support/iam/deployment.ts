import { type Policy, type Principal, type Guard, type Statement } from './evaluate';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A synthesised template and where it is deployed. */
export interface Deployed {
  readonly stack: string;
  readonly template: { readonly Resources?: Readonly<Record<string, Resource>>; readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>> };
  readonly account: string;
  readonly region: string;
}

/** The policies of several stacks as IAM sees them once they are deployed, in the order in which they are. */
export class Deployment {
  private readonly parameters = new Map<string, string>();
  private readonly stacks: { readonly at: Deployed; readonly resources: ReadonlyMap<string, Resource> }[] = [];

  constructor(stacks: readonly Deployed[]) {
    for (const at of stacks) {
      const resources = new Map(Object.entries(at.template.Resources ?? {}));
      this.stacks.push({ at, resources });
      for (const { Type, Properties } of resources.values()) {
        if (Type === 'AWS::SSM::Parameter') this.parameters.set(String(Properties?.Name), String(this.resolve(Properties?.Value, at)));
      }
    }
  }

  /** A role with the policies that are attached to it. */
  role(arn: string): Principal {
    for (const { at, resources } of this.stacks) {
      for (const [id, { Type, Properties }] of resources) {
        if (Type !== 'AWS::IAM::Role' || this.arnOf(id, at) !== arn) continue;
        const boundary = this.resolve(Properties?.PermissionsBoundary, at) as string | undefined;
        const inline = (this.resolve(Properties?.Policies ?? [], at) as { PolicyDocument: Policy }[]).map(({ PolicyDocument }) => PolicyDocument);
        return { arn, identity: [...inline, ...this.attachedTo(id, at)], ...(boundary === undefined ? {} : { boundary: this.managed(boundary) }) };
      }
    }
    throw new Error(`no stack has the role ${arn}`);
  }

  /** Whom a role trusts. */
  trust(arn: string): readonly Statement[] {
    for (const { at, resources } of this.stacks) {
      for (const [id, { Type, Properties }] of resources) {
        if (Type === 'AWS::IAM::Role' && this.arnOf(id, at) === arn) return (this.resolve(Properties?.AssumeRolePolicyDocument, at) as Policy).Statement;
      }
    }
    throw new Error(`no stack has the role ${arn}`);
  }

  /** What guards becoming a role: whom it trusts, and nobody else. */
  door(arn: string): Guard {
    return { policy: { Statement: this.trust(arn).map((statement) => ({ ...statement, Resource: arn })) }, isKey: true };
  }

  /** ARNs of all roles. */
  roles(): string[] {
    return this.stacks.flatMap(({ at, resources }) => [...resources].filter(([, { Type }]) => Type === 'AWS::IAM::Role').map(([id]) => this.arnOf(id, at)));
  }

  /** A managed policy by its ARN. */
  managed(arn: string): Policy {
    for (const { at, resources } of this.stacks) {
      for (const [id, { Type, Properties }] of resources) {
        if (Type === 'AWS::IAM::ManagedPolicy' && this.arnOf(id, at) === arn) return this.resolve(Properties?.PolicyDocument, at) as Policy;
      }
    }
    throw new Error(`no stack has the policy ${arn}`);
  }

  /** What guards a bucket, a key, a secret, a topic, a queue or a function: its own policy. */
  guard(arn: string): Guard {
    if (arn.startsWith('arn:aws:lambda:')) return { policy: { Statement: this.permissions(arn) } };
    const bare = arn.startsWith('arn:aws:s3:::') ? arn.split('/')[0] : arn;
    for (const { at, resources } of this.stacks) {
      for (const { Type, Properties } of resources.values()) {
        const of = POLICIES[Type];
        if (of === undefined) continue;
        const targets = [this.resolve(Properties?.[of.of], at)].flat().map((target) => (String(target).startsWith('arn:') ? String(target) : `arn:aws:s3:::${String(target)}`));
        if (targets.includes(bare)) return { policy: this.resolve(Properties?.[of.document], at) as Policy };
      }
      for (const [id, { Type, Properties }] of resources) {
        if (Type === 'AWS::KMS::Key' && this.arnOf(id, at) === bare) return { policy: this.resolve(Properties?.KeyPolicy, at) as Policy, isKey: true };
      }
    }
    return {};
  }

  /** Of a function, a policy is made one permission at a time. */
  private permissions(arn: string): Statement[] {
    return this.stacks.flatMap(({ at, resources }) => [...resources.values()].flatMap(({ Type, Properties = {} }): Statement[] => {
      if (Type !== 'AWS::Lambda::Permission' || this.resolve(Properties.FunctionName, at) !== arn) return [];
      const principal = String(this.resolve(Properties.Principal, at));
      const source = this.resolve(Properties.SourceArn, at) as string | undefined;
      return [{
        Effect: 'Allow', Action: String(Properties.Action), Resource: arn, Principal: principal.endsWith('.amazonaws.com') ? { Service: principal } : { AWS: principal },
        ...(source === undefined ? {} : { Condition: { ArnLike: { 'aws:SourceArn': source } } }),
      }];
    }));
  }

  /** Resources of some stacks, each with its ARN: that of what it belongs to, for a policy or a subscription. */
  resources(of: (at: Deployed) => boolean): { readonly type: string; readonly arn: string }[] {
    return this.stacks.filter(({ at }) => of(at)).flatMap(({ at, resources }) => [...resources].map(([id, { Type, Properties = {} }]) => {
      const owner = OWNERS[Type] ?? (Type.startsWith('Custom::') ? 'ServiceToken' : undefined);
      const target = owner === undefined ? this.arnOf(id, at) : [this.resolve(Properties[owner], at)].flat().map(String)[0];
      return { type: Type, arn: target.startsWith('arn:') ? target : Type === 'AWS::S3::BucketPolicy' ? `arn:aws:s3:::${target}` : target };
    }));
  }

  /** Roles that resources hand to their services. */
  passedRoles(): [role: string, service: string][] {
    const passed = this.stacks.flatMap(({ at, resources }) => [...resources.values()].flatMap(({ Type, Properties = {} }): [string, string][] => {
      if (Type === 'AWS::Glue::Job') return [[String(this.resolve(Properties.Role, at)), 'glue.amazonaws.com']];
      if (Type === 'AWS::StepFunctions::StateMachine') return [[String(this.resolve(Properties.RoleArn, at)), 'states.amazonaws.com']];
      if (Type === 'AWS::Scheduler::Schedule') return [[String((this.resolve(Properties.Target, at) as { RoleArn: string }).RoleArn), 'scheduler.amazonaws.com']];
      return [];
    }));
    return [...new Map(passed.map((each) => [each.join(), each])).values()];
  }

  /** The ARN of the only resource of a type whose ARN has this in it. */
  find(type: string, part = ''): string {
    const found = this.stacks.flatMap(({ at, resources }) => [...resources].filter(([, { Type }]) => Type === type).map(([id]) => this.arnOf(id, at))).filter((arn) => arn.includes(part));
    if (found.length !== 1) throw new Error(`${found.length} resources are ${type} with ${part}: ${found.join(', ')}`);
    return found[0];
  }

  /** A policy refers to roles of its own stack, and names those of another in the account. */
  private attachedTo(role: string, at: Deployed): Policy[] {
    const name = this.ref(role, at);
    return this.stacks.filter((other) => other.at.account === at.account).flatMap(({ at: other }) => Object.values(other.template.Resources ?? {})
      .filter(({ Type, Properties }) => (Type === 'AWS::IAM::ManagedPolicy' || Type === 'AWS::IAM::Policy') && (this.resolve(Properties?.Roles ?? [], other) as string[]).includes(name!))
      .map(({ Properties }) => this.resolve(Properties?.PolicyDocument, other) as Policy));
  }

  private arnOf(id: string, at: Deployed): string {
    const { Type, Properties = {} } = at.template.Resources![id];
    const text = (name: string, unless = id): string => {
      const value = this.resolve(Properties[name], at);
      return typeof value === 'string' ? value : unless;
    };
    const { account, region } = at;
    switch (Type) {
      case 'AWS::IAM::Role': return `arn:aws:iam::${account}:role${text('Path', '/')}${text('RoleName')}`;
      case 'AWS::IAM::ManagedPolicy': return `arn:aws:iam::${account}:policy${text('Path', '/')}${text('ManagedPolicyName')}`;
      case 'AWS::S3::Bucket': return `arn:aws:s3:::${text('BucketName')}`;
      case 'AWS::KMS::Key': return `arn:aws:kms:${region}:${account}:key/${id}`;
      case 'AWS::DynamoDB::Table': return `arn:aws:dynamodb:${region}:${account}:table/${text('TableName')}`;
      case 'AWS::SecretsManager::Secret': return `arn:aws:secretsmanager:${region}:${account}:secret:${text('Name')}-AbCdEf`;
      case 'AWS::Lambda::Function': return `arn:aws:lambda:${region}:${account}:function:${text('FunctionName')}`;
      case 'AWS::SQS::Queue': return `arn:aws:sqs:${region}:${account}:${text('QueueName')}`;
      case 'AWS::SNS::Topic': return `arn:aws:sns:${region}:${account}:${text('TopicName')}`;
      case 'AWS::Logs::LogGroup': return `arn:aws:logs:${region}:${account}:log-group:${text('LogGroupName')}:*`;
      case 'AWS::Glue::Job': return `arn:aws:glue:${region}:${account}:job/${text('Name')}`;
      case 'AWS::Glue::DataQualityRuleset': return `arn:aws:glue:${region}:${account}:dataQualityRuleset/${text('Name')}`;
      case 'AWS::Scheduler::Schedule': return `arn:aws:scheduler:${region}:${account}:schedule/${text('GroupName')}/${text('Name')}`;
      case 'AWS::CloudWatch::Alarm':
      case 'AWS::CloudWatch::CompositeAlarm': return `arn:aws:cloudwatch:${region}:${account}:alarm:${text('AlarmName')}`;
      case 'AWS::RedshiftServerless::Namespace': return `arn:aws:redshift-serverless:${region}:${account}:namespace/${id}`;
      case 'AWS::RedshiftServerless::Workgroup': return `arn:aws:redshift-serverless:${region}:${account}:workgroup/${id}`;
      case 'AWS::Athena::WorkGroup': return `arn:aws:athena:${region}:${account}:workgroup/${text('Name')}`;
      case 'AWS::StepFunctions::StateMachine': return `arn:aws:states:${region}:${account}:stateMachine:${text('StateMachineName')}`;
      default: return `arn:aws:${Type}:${region}:${account}:${id}`;
    }
  }

  /** What CloudFormation fills in. */
  private resolve(value: unknown, at: Deployed): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item, at)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = (entries[0] ?? []) as [string?, unknown?];
    if (entries.length === 1 && name === 'Ref') return this.ref(argument as string, at);
    if (entries.length === 1 && name === 'Fn::GetAtt') return this.arnOf((argument as string[])[0], at);
    if (entries.length === 1 && name === 'Fn::Join') {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => String(this.resolve(part, at))).join(separator);
    }
    if (entries.length === 1 && name === 'Fn::Sub') {
      return String(argument).replace(/\$\{([^}]+)\}/g, (_all, of: string) => String(this.ref(of, at)));
    }
    return Object.fromEntries(entries.map(([key, inner]) => [key, this.resolve(inner, at)]));
  }

  private ref(name: string, at: Deployed): string | undefined {
    const pseudo: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::AccountId': at.account, 'AWS::Region': at.region, 'AWS::URLSuffix': 'amazonaws.com' };
    if (name === 'AWS::NoValue') return undefined;
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    const parameter = at.template.Parameters?.[name];
    if (parameter !== undefined) return this.parameters.get(parameter.Default ?? '') ?? parameter.Default;
    const resource = at.template.Resources?.[name];
    if (resource === undefined) throw new Error(`the template has no ${name}`);
    if (resource.Type === 'AWS::S3::Bucket') return this.arnOf(name, at).replace('arn:aws:s3:::', '');
    if (resource.Type === 'AWS::IAM::Role') return this.arnOf(name, at).split('/').at(-1)!;
    return this.arnOf(name, at);
  }
}

/** Types whose permissions are those of another resource, and where they name it. */
const OWNERS: Readonly<Record<string, string>> = {
  'AWS::S3::BucketPolicy': 'Bucket', 'AWS::SNS::TopicPolicy': 'Topics', 'AWS::SNS::Subscription': 'TopicArn', 'AWS::SQS::QueuePolicy': 'Queues',
};

/** Types that hold the policy of another resource, and where they name it. */
const POLICIES: Readonly<Record<string, { readonly of: string; readonly document: string }>> = {
  'AWS::S3::BucketPolicy': { of: 'Bucket', document: 'PolicyDocument' },
  'AWS::SecretsManager::ResourcePolicy': { of: 'SecretId', document: 'ResourcePolicy' },
  'AWS::SNS::TopicPolicy': { of: 'Topics', document: 'PolicyDocument' },
};
