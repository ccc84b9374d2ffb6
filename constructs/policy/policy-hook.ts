import { Duration } from 'aws-cdk-lib';
import * as cloudformation from 'aws-cdk-lib/aws-cloudformation';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { HandlerFunction } from '../handlers/handler-function';

/** What the hook of a domain is made from. */
export interface PolicyHookProps {
  readonly place: DomainPlace;
  /** Encrypts its log. */
  readonly key: kms.IKey;
}

/**
 * The mesh's policy where nobody can leave it out: CloudFormation asks it before it creates or updates a stack with the role of the domain's
 * products. A synth says the same earlier; but who deploys may deploy any template.
 */
export class PolicyHook extends Construct {
  readonly handler: HandlerFunction;
  readonly hook: cloudformation.CfnLambdaHook;

  constructor(scope: Construct, id: string, { place, key }: PolicyHookProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'policy', key, description: `Holds stacks of products of ${place.domain} against the mesh's policy`, timeout: Duration.seconds(30),
    });
    const roleName = `${domainNames.handler(place, 'policy')}-hook`;
    const alias = `Mesh::Policy::${[...(place.environment === null ? [] : [place.environment]), ...place.domain.split('_')].map((word) => word[0].toUpperCase() + word.slice(1)).join('')}`;
    const role = new iam.Role(this, 'Role', {
      roleName, path: domainNames.platformPath(place), description: 'CloudFormation asks the mesh\'s policy with it',
      // https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/hooks-enable-execution-role.html
      assumedBy: new iam.CompositePrincipal(...['hooks', 'resources'].map((service) => new iam.ServicePrincipal(`${service}.cloudformation.amazonaws.com`, {
        conditions: { StringEquals: { 'aws:SourceAccount': place.account }, ArnLike: { 'aws:SourceArn': arnIn(place, 'cloudformation', `type/hook/${alias.replaceAll('::', '-')}/*`) } },
      }))),
    });
    const policy = exactPolicy(this, 'Policy', {
      place, name: roleName, roles: [role], description: 'Asks the mesh\'s policy',
      statements: [{ sid: 'Ask', actions: ['lambda:InvokeFunction'], resources: [this.handler.function.functionArn] }],
    });
    this.hook = new cloudformation.CfnLambdaHook(this, 'Resource', {
      alias, lambdaFunction: this.handler.function.functionArn, executionRole: role.roleArn, failureMode: 'FAIL', hookStatus: 'ENABLED',
      // A change set as well: what is refused is then told before anybody executes it.
      targetOperations: ['STACK', 'CHANGE_SET'],
      // The platform's own stacks grant and share, which products never do: their policy is looked at when they are synthesised.
      stackFilters: { filteringCriteria: 'ALL', stackRoles: { include: [domainNames.productExecRoleArn(place)] } },
    });
    // The L1 knows filters by target alone; CloudFormation takes them by action as well.
    this.hook.addPropertyOverride('TargetFilters', { Actions: ['CREATE', 'UPDATE'] });
    this.hook.node.addDependency(policy);
  }
}
