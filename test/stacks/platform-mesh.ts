import * as path from 'node:path';
import { type App, type Stack } from 'aws-cdk-lib';
import { parseVocabulary } from '../../lib/contract/vocabulary';
import { loadMesh, type Mesh } from '../../lib/plan/mesh/mesh';
import { PlatformStacks } from '../../lib/stacks/platform-stacks';
import { folderWith } from '../plan/mesh-folder';
import { type Deployed, Deployment } from '../support/iam/deployment';

/** Two domains and two consumers, each in an account of its own, in two environments that share them. */
export const PLATFORM_MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1, owner: platform@shoply.com, costCentre: CC-0}
environments: {prod: {production: true}, dev: {}}
domains:
  sales: {account: "222222222222", owner: sales-data@shoply.com, costCentre: CC-1, description: What was sold.}
  web_shop: {account: "333333333333", region: eu-central-1, owner: web@shoply.com, costCentre: CC-2}
consumers:
  reporting: {account: "444444444444", owner: reporting@shoply.com, costCentre: CC-3}
  ml: {account: "555555555555", owner: ml@shoply.com, costCentre: CC-4}
`;

export const GROUPS = { admins: '906711e1-0000-4000-8000-000000000001', auditors: '906711e1-0000-4000-8000-000000000002', owner: '906711e1-0000-4000-8000-000000000003', engineer: '906711e1-0000-4000-8000-000000000004' };

/** With an organisation, an Identity Center and addresses. */
export const FULL_MESH = `${PLATFORM_MESH}governance:
  organization: o-a1b2c3d4e5
  notices: {security: [security@shoply.com]}
access:
  administrators: ["arn:aws:iam::*:role/PlatformTeam"]
  identityCenter:
    instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
    admins: ${GROUPS.admins}
    auditors: ${GROUPS.auditors}
    domains: {sales: {owner: ${GROUPS.owner}, engineer: ${GROUPS.engineer}}}
`;

const VOCABULARY = 'terms: {Order: {definition: What a customer asked for., context: sales, synonyms: [purchase], owner: sales-data@shoply.com}, Day: {definition: "A day, in UTC."}}';

export function meshOf(text: string): Mesh {
  const root = folderWith({ 'mesh.yaml': text });
  const loaded = loadMesh(path.join(root, 'mesh.yaml'), 'mesh.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.mesh;
}

/** What the platform deploys before any domain does. */
export function platformStacks(app: App, text: string): readonly Stack[] {
  const vocabulary = parseVocabulary(VOCABULARY, 'vocabulary.yaml');
  if (!vocabulary.ok) throw new Error(JSON.stringify(vocabulary.problems));
  return new PlatformStacks(app, meshOf(text), vocabulary.vocabulary).stacks;
}

/** Stacks as IAM sees them once they are deployed. */
export function deploymentOf(app: App, stacks: readonly Stack[]): Deployment {
  const assembly = app.synth();
  return new Deployment(stacks.map(({ stackName }) => {
    const { template, environment } = assembly.getStackByName(stackName) as { template: Deployed['template']; environment: { account: string; region: string } };
    return { stack: stackName, template, account: environment.account, region: environment.region };
  }));
}
