import { type Construct } from 'constructs';
import { readsAudit } from '../audit/audit-reading';
import { bootstrapQualifier } from '../domain/bootstrap';
import { type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, globalArn, type DomainPlace } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { catalogueRoleArn } from '../governance/platform-names';
import { lakeAdminRoleArn, type Persona, personaRoleArn } from './persona-names';
import { asksHandlers, type Kind, mendsFailedCalls, readsRuns, readsSchedules, seals } from './repairs';

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
export function personaStatements(scope: Construct, place: DomainPlace, persona: Persona, kinds: readonly Kind[], deployedInto: readonly string[] = []): Statement[] {
  // Keys and roles of the mesh know a persona by the ARN of its role, which a session of IAM Identity Center takes for that.
  const itself = becomes('Itself', personaRoleArn(place, persona));
  switch (persona) {
    case 'admin': return [
      itself, ...admin(scope, place, kinds), ...(deployedInto.length === 0 ? [] : [deploysMesh(scope, place, deployedInto)]),
      ...asksHandlers(place, kinds, deployedInto), ...mendsFailedCalls(place, kinds), ...seesGrants(place),
    ];
    case 'owner': return [itself, becomes('Catalogue', catalogueRoleArn(place, 'owner')), ...seesProducts(place)];
    case 'steward': return [itself, becomes('Catalogue', catalogueRoleArn(place, 'steward')), ...seesDefinitions(place)];
    // Assets go up by the bootstrap's role for them: `DataProductSynthesizer` has none of its own.
    case 'engineer': return [
      itself, becomes('Deploys', domainNames.productDeployRoleArn(place), bootstrapRole(scope, place, 'file-publishing')),
      ...runsProducts(place), ...readsSchedules(place), ...seesProducts(place),
    ];
    // What is recorded of all accounts is asked in the platform's.
    case 'auditor': return [...seesGrants(place), ...(kinds.includes('platform') ? readsAudit(place) : [])];
  }
}

function becomes(sid: string, ...roles: string[]): Statement {
  return { sid, actions: ['sts:AssumeRole'], resources: roles };
}

/** https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
function bootstrapRole(scope: Construct, place: DomainPlace, of: string): string {
  return globalArn(place, 'iam', `role/cdk-${bootstrapQualifier(scope)}-${of}-role-${place.account}-${place.region}`);
}

/** Everything is deployed by the roles of the CDK's bootstrap. */
function admin(scope: Construct, place: DomainPlace, kinds: readonly Kind[]): Statement[] {
  const hasProducts = kinds.includes('domain');
  return [
    becomes('Deploys', ...['deploy', 'file-publishing', 'image-publishing', 'lookup'].map((of) => bootstrapRole(scope, place, of))),
    becomes('Repairs', lakeAdminRoleArn(place), ...(hasProducts ? [domainNames.maintenanceRoleArn(place), domainNames.breakGlassRoleArn(place)] : [])),
    ...(hasProducts ? [readsRuns(place), seals(place)] : []),
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
