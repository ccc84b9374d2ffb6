import { type Construct } from 'constructs';
import { readsAudit } from '../audit/audit-reading';
import { bootstrapQualifier } from '../domain/bootstrap';
import { type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, globalArn, type DomainPlace } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { catalogueRoleArn, PLATFORM } from '../governance/platform-names';
import { lakeAdminRoleArn, type Persona } from './persona-names';

/** What somebody is for. */
export const ABOUT: Readonly<Record<Persona, string>> = {
  admin: 'Deploys what the platform has in the account, and repairs it',
  owner: 'Answers for the domain: says who may use its products',
  engineer: 'Builds, deploys and runs the products of the domain',
  steward: 'Says what things of the domain mean',
  auditor: 'Sees what is granted and what was done, and no data',
};

const PRODUCTS = 'products of the domain come and go; the pattern is that of their names';
const NO_RESOURCE = 'these actions take no resource, or show what every resource is called and not what is in it';

/** What a persona may do in an account; `deployedInto` are the accounts that it deploys into from there. None of them reads data by it: that is for grants to filtered tables, and for roles that are announced. */
export function personaStatements(scope: Construct, place: DomainPlace, persona: Persona, hasProducts: boolean, deployedInto: readonly string[] = []): Statement[] {
  switch (persona) {
    case 'admin': return [...admin(scope, place, hasProducts), ...(deployedInto.length === 0 ? [] : [deploysMesh(scope, place, deployedInto)]), ...seesGrants(place)];
    case 'owner': return [becomes('Catalogue', catalogueRoleArn(place, 'owner')), ...seesProducts(place)];
    case 'steward': return [becomes('Catalogue', catalogueRoleArn(place, 'steward')), ...seesDefinitions(place)];
    case 'engineer': return [becomes('Deploys', domainNames.productDeployRoleArn(place)), ...runsProducts(place), ...seesProducts(place)];
    // What is recorded of all accounts is asked in the platform's.
    case 'auditor': return [...seesGrants(place), ...(place.domain === PLATFORM ? readsAudit(place) : [])];
  }
}

function becomes(sid: string, ...roles: string[]): Statement {
  return { sid, actions: ['sts:AssumeRole'], resources: roles };
}

/** Everything is deployed by the roles of the CDK's bootstrap: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
function admin(scope: Construct, place: DomainPlace, hasProducts: boolean): Statement[] {
  const bootstrap = ['deploy', 'file-publishing', 'image-publishing', 'lookup'].map((of) => globalArn(place, 'iam', `role/cdk-${bootstrapQualifier(scope)}-${of}-role-${place.account}-${place.region}`));
  return [
    becomes('Deploys', ...bootstrap),
    // An earlier certificate is published again by the publisher, which judges it: docs/operations.md.
    ...(hasProducts ? [{ sid: 'RollsBack', actions: ['lambda:InvokeFunction'], resources: [domainNames.handlerArn(place, 'publisher')] }] : []),
    becomes('Repairs', lakeAdminRoleArn(place), ...(hasProducts ? [domainNames.maintenanceRoleArn(place), domainNames.breakGlassRoleArn(place)] : [])),
  ];
}

/** `cdk deploy --all` of the platform: the roles that a bootstrap with `--trust` lets it take, and those that products are deployed with. */
function deploysMesh(scope: Construct, place: DomainPlace, accounts: readonly string[]): Statement {
  const roles = [...['deploy', 'file-publishing', 'lookup'].map((of) => `cdk-${bootstrapQualifier(scope)}-${of}-role-*`), 'mesh-platform/*-product-deploy'];
  return {
    ...becomes('DeploysTheMesh', ...roles.map((role) => globalArn({ ...place, account: '*' }, 'iam', `role/${role}`))), conditions: { StringEquals: { 'aws:ResourceAccount': [...accounts] } },
    why: 'these roles are named after accounts, regions and domains; the condition names the accounts of the mesh, and an ARN for each would not fit into a policy',
  };
}

function runsProducts(place: DomainPlace): Statement[] {
  const { stateMachines, executions, jobs, logGroups: [ofJobs, ofStates] } = productArns(place);
  return [
    { sid: 'Runs', actions: ['states:StartExecution', 'states:ListExecutions', 'states:DescribeStateMachine'], resources: [stateMachines], why: PRODUCTS },
    { sid: 'Executions', actions: ['states:StopExecution', 'states:RedriveExecution', 'states:DescribeExecution', 'states:GetExecutionHistory'], resources: [executions], why: PRODUCTS },
    { sid: 'Jobs', actions: ['glue:GetJob', 'glue:GetJobRun', 'glue:GetJobRuns'], resources: [jobs], why: PRODUCTS },
    // What jobs and state machines say holds no value of a protected column. What Spark's executors say, `…/error`, may: docs/guides/job.md.
    { sid: 'Logs', actions: ['logs:GetLogEvents', 'logs:FilterLogEvents', 'logs:StartQuery', 'logs:GetQueryResults', 'logs:DescribeLogStreams'], resources: [`${ofJobs}/output:*`, `${ofStates}:*`], why: PRODUCTS },
    { sid: 'LogQueries', actions: ['logs:DescribeLogGroups', 'logs:StopQuery'], resources: ['*'], why: NO_RESOURCE },
  ];
}

function seesProducts(place: DomainPlace): Statement[] {
  const { dashboards } = productArns(place);
  return [
    {
      sid: 'Dashboards', actions: ['cloudwatch:GetDashboard'], resources: [dashboards, globalArn(place, 'cloudwatch', `dashboard/${domainNames.dashboard(place)}`)], why: PRODUCTS,
    },
    { sid: 'Measures', actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:ListDashboards'], resources: ['*'], why: NO_RESOURCE },
    ...seesDefinitions(place),
  ];
}

function seesDefinitions(place: DomainPlace): Statement[] {
  const databases = [domainNames.publishedDatabase(place), domainNames.internalDatabase(place)];
  return [{
    sid: 'Definitions', actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'], why: 'tables of the domain\'s two databases come and go; Lake Formation says which of them are shown',
    resources: ['catalog', ...databases.flatMap((database) => [`database/${database}`, `table/${database}/*`])].map((of) => arnIn(place, 'glue', of)),
  }];
}

function seesGrants(place: DomainPlace): Statement[] {
  return [
    {
      sid: 'Grants', resources: ['*'], why: NO_RESOURCE,
      actions: [
        'lakeformation:GetDataLakeSettings', 'lakeformation:ListPermissions', 'lakeformation:ListDataCellsFilter', 'lakeformation:GetDataCellsFilter', 'lakeformation:ListResources',
        'lakeformation:ListLFTags', 'lakeformation:GetLFTag', 'lakeformation:GetResourceLFTags', 'ram:GetResourceShares', 'ram:GetResourceShareAssociations', 'cloudtrail:LookupEvents',
      ],
    },
    {
      sid: 'Roles', actions: ['iam:GetRole', 'iam:ListRolePolicies', 'iam:ListAttachedRolePolicies', 'iam:GetRolePolicy', 'iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:ListPolicyVersions'],
      resources: ['role/mesh/*', 'role/mesh-platform/*', 'role/mesh-consumer/*', 'policy/mesh/*', 'policy/mesh-platform/*', 'policy/mesh-consumer/*'].map((of) => globalArn(place, 'iam', of)),
      why: 'roles of the mesh are below these paths and come and go with products',
    },
  ];
}
