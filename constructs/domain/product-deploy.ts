import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { arnIn, domainNames, s3Arn, type DomainPlace } from './naming';
import { exactPolicy } from './exact-policy';
import { productArns } from './product-arns';

/** What the role of those who deploy products is made from. */
export interface ProductDeployProps {
  readonly place: DomainPlace;
  /** Of the CDK's bootstrap, whose bucket holds the templates. */
  readonly qualifier: string;
}

/**
 * The role that `cdk deploy` takes for a product: it hands stacks of products to CloudFormation, with the role that runs them. The
 * bootstrap's own role would hand over any stack, with a role that may do anything.
 */
export class ProductDeploy extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, qualifier }: ProductDeployProps) {
    super(scope, id);
    const name = domainNames.productDeployRole(place);
    const { stacks } = productArns(place);
    const exec = domainNames.productExecRoleArn(place);
    const bucket = `cdk-${qualifier}-assets-${place.account}-${place.region}`;
    const why = 'which products a domain has is known when they are deployed; the pattern is that of their stacks';
    this.role = new iam.Role(this, 'Resource', {
      roleName: name, path: domainNames.platformPath(place), maxSessionDuration: Duration.hours(1),
      description: `Whoever deploys products of ${place.domain} assumes it`,
      // Who may assume it is said by permissions in these accounts, as with the roles of a bootstrap that trusts the platform: so that one deployment makes a whole mesh.
      assumedBy: new iam.CompositePrincipal(...[...new Set([place.account, place.platformAccount])].map((account) => new iam.AccountPrincipal(account))),
    });
    exactPolicy(this, 'Policy', {
      place, name, roles: [this.role], description: `Hands stacks of products of ${place.domain} to CloudFormation`,
      statements: [
        {
          sid: 'WithTheirRole', resources: [stacks], why, conditions: { StringEquals: { 'cloudformation:RoleArn': exec } },
          actions: ['cloudformation:CreateChangeSet', 'cloudformation:CreateStack', 'cloudformation:UpdateStack', 'cloudformation:RollbackStack', 'cloudformation:ContinueUpdateRollback'],
        },
        {
          // The CDK clears away what is left of a first deployment that failed and names no role for it: then CloudFormation takes the stack's own.
          sid: 'Clears', resources: [stacks], why, conditions: { StringEqualsIfExists: { 'cloudformation:RoleArn': exec } }, actions: ['cloudformation:DeleteStack'],
        },
        {
          sid: 'Stacks', resources: [stacks], why,
          actions: [
            'cloudformation:DescribeStacks', 'cloudformation:DescribeChangeSet', 'cloudformation:ExecuteChangeSet', 'cloudformation:DeleteChangeSet', 'cloudformation:ListChangeSets',
            'cloudformation:DescribeStackEvents', 'cloudformation:DescribeEvents', 'cloudformation:DescribeStackResources', 'cloudformation:ListStackResources', 'cloudformation:GetTemplate',
            'cloudformation:GetTemplateSummary', 'cloudformation:UpdateTerminationProtection',
          ],
        },
        { sid: 'RunByCloudFormation', actions: ['iam:PassRole'], resources: [exec], conditions: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } } },
        { sid: 'Templates', actions: ['s3:GetObject'], resources: [s3Arn(place, `${bucket}/*`)], why: 'templates are named by their content' },
        {
          sid: 'Parameters', actions: ['ssm:GetParameter', 'ssm:GetParameters'],
          resources: [
            ...(['key-arn', 'interface-version'] as const).map((of) => arnIn(place, 'ssm', `parameter${domainNames.parameter(place, of)}`)),
            arnIn(place, 'ssm', `parameter/cdk-bootstrap/${qualifier}/version`),
          ],
        },
        // Named like products, and the platform's: a stack that was deployed once keeps the role that it was deployed with.
        { sid: 'NotThePlatforms', effect: iam.Effect.DENY, actions: ['cloudformation:*'], resources: [stacks.replace('/*', '-grants/*'), stacks.replace(/stack\/.*/, `stack/${domainNames.prefix(place).slice('mesh-'.length)}-foundation/*`)] },
      ],
    });
  }
}
