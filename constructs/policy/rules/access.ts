import { takesNoResource } from '../no-resource-actions';
import { isForeign, isNarrowed, isStranger } from '../principals';
import { eachOf, type Finding, type Rule } from '../rule';
import { conditioned, conditionedArns, identityPolicies, resourcePolicies, trustPolicies, type Statement } from '../statements';
import { asList, asObject, at, knownText, referredId, type Template } from '../template';

/** Who may do what: exactly that, by exactly those, and nothing for anybody else. */
export const ACCESS_RULES: Rule[] = [
  {
    id: 'MESH-ACCESS-1', description: 'A policy of a bucket, key, queue, topic or secret lets in somebody who is not a role of the mesh, such as a consumer',
    fix: 'consumers get data through filters of Lake Formation alone: remove the principal',
    check: (template) => findings(resourcePolicies(template).filter((statement) => statement.isAllow
      && (statement.principals.some((principal) => isForeign(principal, template)) || conditionedArns(statement).some((arn) => isStranger(arn, template.account)) || isForOthers(statement, template)))),
  },
  {
    id: 'MESH-ACCESS-2', description: 'A policy lets everybody in', fix: 'name who is meant, or narrow it by aws:PrincipalArn, aws:SourceArn or aws:PrincipalOrgID',
    check: (template) => [
      ...findings([...resourcePolicies(template), ...trustPolicies(template)].filter((statement) => statement.isAllow && statement.principals.some(({ kind }) => kind === '*') && !isNarrowed(statement))),
      ...template.of('AWS::Lambda::Permission').filter(({ properties }) => properties.Principal === '*' && properties.PrincipalOrgID === undefined).map(({ id }) => ({ resource: id, at: 'Properties/Principal' })),
    ],
  },
  {
    id: 'MESH-ACCESS-3', description: 'Something has a public address', fix: 'keep it inside: no function URL without IAM, no public instance, no open security group',
    check: (template) => [
      ...eachOf(['AWS::Lambda::Url'], 'AuthType', ({ properties }) => properties.AuthType !== 'AWS_IAM')(template),
      ...eachOf(['AWS::RedshiftServerless::Workgroup', 'AWS::RDS::DBInstance', 'AWS::Redshift::Cluster', 'AWS::DMS::ReplicationInstance'], 'PubliclyAccessible', ({ properties }) => properties.PubliclyAccessible === true)(template),
      ...eachOf(['AWS::EC2::SecurityGroup'], 'SecurityGroupIngress', ({ properties }) => asList(properties.SecurityGroupIngress).some(isOpen))(template),
      ...eachOf(['AWS::EC2::SecurityGroupIngress'], 'CidrIp', ({ properties }) => isOpen(properties))(template),
    ],
  },
  {
    id: 'MESH-ACCESS-4', description: 'A service may read a bucket by the policy of the bucket', fix: 'let it act as a role of the mesh: by a policy, services deliver what they log and read nothing',
    check: (template) => findings(resourcePolicies(template).filter(({ resource, isAllow, principals, actions }) => isAllow && resource.type === 'AWS::S3::BucketPolicy'
      && principals.some(({ kind }) => kind === 'Service') && actions.some((action) => /^s3:getobject/i.test(action)))),
  },
  {
    id: 'MESH-IAM-1', description: 'A policy allows actions by a pattern', fix: 'write each action by its name',
    check: (template) => findings(allowed(template).filter(({ actions }) => actions.some((action) => action.includes('*') || action.includes('?')))),
  },
  {
    id: 'MESH-IAM-2', description: 'A policy allows actions on every resource, although the service knows resources', fix: 'write the ARNs; constructs/policy/no-resource-actions.ts lists the actions that take none',
    check: (template) => findings(identityPolicies(template).filter(({ isAllow, resources, actions }) => isAllow && resources.some((resource) => /^(\*|arn:[^:]*:\*.*|arn:([^:]*:){4}\*+)$/.test(resource))
      && actions.some((action) => !action.includes('*') && action !== 'iam:PassRole' && !takesNoResource(action)))),
  },
  {
    id: 'MESH-IAM-3', description: 'A policy lets its holder pass on any role', fix: 'name the role, and say to which service in iam:PassedToService',
    check: (template) => findings(identityPolicies(template).filter(({ isAllow, actions, resources, conditions }) => isAllow && actions.some((action) => action.toLowerCase() === 'iam:passrole')
      && (resources.some((resource) => /^\*$|:role\/\*$/.test(resource)) || at(conditions, 'StringEquals', 'iam:PassedToService') === undefined))),
  },
  {
    id: 'MESH-IAM-4', description: 'A policy allows all but what it names', fix: 'no NotAction, NotResource or NotPrincipal in what is allowed',
    check: (template) => findings([...allowed(template), ...trustPolicies(template).filter(({ isAllow }) => isAllow)].filter(({ body }) => ['NotAction', 'NotResource', 'NotPrincipal'].some((not) => not in body))),
  },
  {
    id: 'MESH-IAM-5', description: 'A role of a product is outside the product\'s path', fix: 'give it the path of its product: /mesh/[environment/]domain/entity-vN/',
    check: inProducts(['AWS::IAM::Role'], 'Path', ({ properties }, path) => properties.Path !== path),
  },
  {
    id: 'MESH-IAM-6', description: 'A role of a product has no boundary, or not its domain\'s', fix: 'set PermissionsBoundary to the domain\'s product boundary',
    check: inProducts(['AWS::IAM::Role'], 'PermissionsBoundary', ({ properties }, path, template) => {
      const { domain = '', environment = '' } = template.product ?? {};
      const prefix = ['mesh', ...(environment === '' ? [] : [environment]), domain].join('-').replaceAll('_', '-');
      return !knownText(properties.PermissionsBoundary).endsWith(`:policy${path.replace(/[^/]+\/$/, '').replace(/^\/mesh\//, '/mesh-platform/')}${prefix}-product-boundary`);
    }),
  },
  {
    id: 'MESH-IAM-7', description: 'A role trusts another account, a federation, or a role outside the mesh', fix: 'let services alone assume it, or roles of the same product',
    check: (template) => (template.product === undefined ? [] : findings(trustPolicies(template).filter((statement) => statement.isAllow
      && statement.principals.some((principal) => isForeign(principal, template) || (principal.kind === 'AWS' && /:root$|^\d{12}$/.test(principal.name))) && !isNarrowedToProduct(statement, template)))),
  },
  {
    id: 'MESH-IAM-8', description: 'A user, a group or a long-lived key', fix: 'use roles',
    check: eachOf(['AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::AccessKey', 'AWS::IAM::UserToGroupAddition'], 'Type', () => true),
  },
  {
    id: 'MESH-IAM-9', description: 'A role has a managed policy of AWS, which allows more than it needs and changes without us', fix: 'write the statements',
    check: eachOf(['AWS::IAM::Role'], 'ManagedPolicyArns', ({ properties }) => asList(properties.ManagedPolicyArns).some((arn) => /:iam::aws:policy\//.test(knownText(arn)))),
  },
  {
    id: 'MESH-CFN-1', description: 'A stack shares a value as an export', fix: 'values cross stacks as names both sides compute, or as SSM parameters',
    check: (template) => [
      ...Object.entries(asObject(template.body.Outputs)).filter(([, output]) => at(output, 'Export') !== undefined).map(([name]) => ({ resource: name, at: 'Outputs/Export' })),
      ...(template.mentions('"Fn::ImportValue"') ? template.resources : [])
        .filter(({ properties }) => JSON.stringify(properties).includes('"Fn::ImportValue"')).map(({ id }) => ({ resource: id, at: 'Properties/Fn::ImportValue' })),
    ],
  },
];

function allowed(template: Template): Statement[] {
  return [...identityPolicies(template), ...resourcePolicies(template)].filter(({ isAllow }) => isAllow);
}

/** What holds data, so that everybody of an organisation is too many: its consumers are among them. */
const HOLDS_DATA = /^AWS::(S3|S3Express|S3Tables|KMS|SecretsManager|DynamoDB|Kinesis)::/;

/** Whether it lets in everybody, narrowed to another account, or to an organisation alone where data is. */
function isForOthers(statement: Statement, { account }: Template): boolean {
  if (!statement.principals.some(({ kind }) => kind === '*')) return false;
  const accounts = conditioned(statement, 'aws:principalaccount', 'aws:sourceaccount', 'kms:calleraccount');
  if (accounts.some((one) => one !== '?' && account !== undefined && one !== account)) return true;
  const exact = [...accounts, ...conditionedArns(statement), ...conditioned(statement, 'aws:sourcearn')];
  return HOLDS_DATA.test(statement.resource.type) && exact.length === 0 && conditioned(statement, 'aws:principalorgid', 'aws:principalorgpaths', 'aws:sourceorgid').length > 0;
}

function findings(statements: readonly Statement[]): Finding[] {
  return statements.map(({ resource, at: where }) => ({ resource: resource.id, at: where }));
}

function isOpen(rule: unknown): boolean {
  return at(rule, 'CidrIp') === '0.0.0.0/0' || at(rule, 'CidrIpv6') === '::/0';
}

/** A rule about the roles of a stack that deploys a product; `path` is the product's. */
function inProducts(types: string[], property: string, isBroken: (resource: Template['resources'][number], path: string, template: Template) => boolean): (template: Template) => Finding[] {
  return (template) => {
    const { product } = template;
    if (product === undefined) return [];
    const path = `/mesh/${product.environment === '' ? '' : `${product.environment}/`}${product.domain}/${product.entity}-v${product.major}/`;
    return template.of(...types).filter((resource) => isBroken(resource, path, template)).map(({ id }) => ({ resource: id, at: `Properties/${property}` }));
  };
}

/** A role of the product may trust another of its own: by name, since the two may not be there at the same time. */
function isNarrowedToProduct(statement: Statement, template: Template): boolean {
  const arns = conditionedArns(statement);
  return arns.length > 0 && arns.every((arn) => !isStranger(arn, template.account)) && statement.principals.every(({ name, value }) => /:root$/.test(name) || referredId(value) !== undefined);
}
