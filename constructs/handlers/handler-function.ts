import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { addExactly, type Statement } from '../domain/exact-policy';
import { domainNames, type DomainPlace, type HandlerName } from '../domain/naming';
import { builtFile } from '../package-root';
import { FailedCallsAlarm } from './failed-calls';

/** What every handler of a domain is made from. */
export interface DomainHandlerProps {
  readonly place: DomainPlace;
  /** Encrypts its log and its queue of failed calls. */
  readonly key: kms.IKey;
  readonly runTable: dynamodb.ITable;
}

/** What a handler's function is made of. */
export interface HandlerFunctionProps {
  readonly place: DomainPlace;
  readonly handler: HandlerName;
  readonly description: string;
  /** Encrypts its log and its queue of failed calls. */
  readonly key: kms.IKey;
  /** @default - the domain that it serves, MESH_PLACE, alone */
  readonly environment?: Record<string, string>;
  /** @default - 15 minutes, the longest there is: a handler waits for a run to end */
  readonly timeout?: Duration;
  /**
   * ARN of the topic, in the same account and region, that hears when a call failed whenever it was tried.
   * @default - none: a rule of the account tells the mesh's bus
   */
  readonly failuresTopic?: string;
}

/** One of a foundation's Lambda functions: bundled with the package, with a role of its own that starts with nothing but its log. */
export class HandlerFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  private readonly policy: iam.ManagedPolicy;
  private readonly place: DomainPlace;
  /** Takes calls that failed whenever they were tried. */
  readonly failed: sqs.Queue;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { place, handler, key } = props;
    this.place = place;
    const name = domainNames.handler(place, handler);
    const logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`, retention: logs.RetentionDays.ONE_YEAR, encryptionKey: key, removalPolicy: RemovalPolicy.RETAIN,
    });
    this.failed = new sqs.Queue(this, 'Failed', {
      queueName: `${name}-failed`, encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true, retentionPeriod: Duration.days(14),
    });
    new FailedCallsAlarm(this, 'FailedCalls', { place, handler, queue: this.failed, topic: props.failuresTopic });
    this.role = new iam.Role(this, 'Role', {
      roleName: name, path: domainNames.platformPath(place), assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `Of the handler ${name}: ${props.description}`,
    });
    this.policy = new iam.ManagedPolicy(this, 'Policy', { managedPolicyName: name, path: domainNames.platformPath(place), roles: [this.role] });
    this.policy.addStatements(new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn],
    }));
    this.function = new lambda.Function(this, 'Resource', {
      functionName: name,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(builtFile('handlers', handler)),
      handler: 'index.handler',
      memorySize: 512,
      timeout: props.timeout ?? Duration.minutes(15),
      environment: { MESH_PLACE: JSON.stringify(place), ...props.environment },
      environmentEncryption: key,
      // withoutPolicyUpdates: what the function may do stands in one policy, to be read in one place.
      role: iam.Role.fromRoleArn(this, 'RoleAsItIs', this.role.roleArn, { mutable: false }),
      logGroup,
      deadLetterQueue: this.failed,
      tracing: lambda.Tracing.DISABLED,
      // Ten products of a domain at once; a deployment of more waits for its turn.
      reservedConcurrentExecutions: 10,
    });
    this.policy.addStatements(
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.failed.queueArn] }),
      new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
    );
    this.function.node.addDependency(this.policy);
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(this.function).acknowledge({
        id: `${pack}::${pack}-LambdaInsideVPC`, reason: 'it speaks to AWS services alone, by their public endpoints and with its role; a network would add nothing but a way out',
      });
      Validations.of(this.failed).acknowledge({ id: `${pack}::${pack}-SQSRedrivePolicy`, reason: 'it is the queue of failed calls itself' });
    }
  }

  /** Lets the platform's account ask it, where that is another one. By whom in it, its own policies say. */
  askedByPlatform(): void {
    const { account, platformAccount } = this.place;
    if (platformAccount !== account) this.function.addPermission('Platform', { principal: new iam.AccountPrincipal(platformAccount), action: 'lambda:InvokeFunction' });
  }

  /**
   * Lets it do more; all that it may do stands in one managed policy.
   * @throws when a resource is a pattern and does not say why
   */
  allow(...statements: Statement[]): void {
    addExactly(this.policy, statements);
  }
}
