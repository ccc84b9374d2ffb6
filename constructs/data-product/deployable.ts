import { Token } from 'aws-cdk-lib';
import { mayBeDeployed } from '../../lib/contract/lifecycle';
import { checkKnown, checkProp, hasMember, isText } from '../../lib/plan/checked-prop';
import { type DataContract } from '../../lib/plan/data-contract';
import { type ProductPlace, productNames } from '../domain/naming';
import { type DataProductProps } from './data-product';

/** What AWS takes at most, in characters. */
const LONGEST = { bucket: 63, role: 64, stateMachine: 80 };

/** What decides whether a product may be deployed as it is asked for. */
export interface DeploymentRequest {
  readonly contract: DataContract;
  readonly place: ProductPlace;
  readonly deleteData: boolean;
  readonly confirmDeletion: string | undefined;
}

/** @throws when a prop is not of its type, or has another name, as JavaScript and the CDK's context let it be */
export function checkProps(props: DataProductProps): void {
  checkKnown(props, { contract: true, domain: true, deleteData: true, confirmDeletion: true, wheels: true });
  const { contract, domain, deleteData, wheels } = props;
  checkProp(hasMember(contract, '_plan'), 'contract', 'a DataContract', contract, 'read it with DataContract.fromFile');
  checkProp(hasMember(domain, 'domainName'), 'domain', 'an IDataDomain', domain, 'make it with DataDomain.fromMesh or DataDomain.fromDataDomainAttributes');
  checkProp(deleteData === undefined || typeof deleteData === 'boolean', 'deleteData', 'true or false', deleteData, 'values of the CDK\'s context are text: compare them with \'true\'');
  if (wheels === undefined) return;
  const { bucketName, objectKey } = wheels;
  const isZip = isText(bucketName) && isText(objectKey) && (Token.isUnresolved(objectKey) || objectKey.endsWith('.gluewheels.zip'));
  checkProp(isZip, 'wheels', 'a zip in S3 whose key ends in .gluewheels.zip', objectKey, 'write { bucketName, objectKey }: AWS Glue knows a zip of wheels by its name');
}

/** @throws when the product must not be deployed here, before anything of it is made */
export function checkDeployable({ contract, place, deleteData, confirmDeletion }: DeploymentRequest): void {
  checkPlace(contract, place);
  checkLifecycle(contract, place);
  checkDeletion(contract, deleteData, confirmDeletion);
  checkNames(place);
}

function checkPlace(contract: DataContract, { domain, environment }: ProductPlace): void {
  if (contract.domain !== domain) {
    throw new Error(`\`domain\` must be ${contract.domain}, the domain of ${contract.productId}, got ${domain}; deploy it with the domain that owns it`);
  }
  const compiledFor = contract._plan.environment;
  if (compiledFor !== environment) {
    throw new Error(`\`contract\` must be read for ${environment ?? 'production'}, where the domain is, got one for ${compiledFor ?? 'production'}; `
      + `${environment === null ? 'leave `environment` out of' : `pass \`environment: '${environment}'\` to`} DataContract.fromFile`);
  }
}

/** The lifecycle's first column; docs/guides/deploy.md has the table. */
function checkLifecycle(contract: DataContract, { environment }: ProductPlace): void {
  const { productId, status } = contract;
  if (mayBeDeployed(status, environment === null)) return;
  if (!mayBeDeployed(status, false)) {
    throw new Error(`${productId} must be draft or later to be deployed, got ${status} at ${contract._lineOf('status')}; agree on the contract, then write \`status: draft\``);
  }
  throw new Error(`${productId} must be active to be deployed in production, got ${status} at ${contract._lineOf('status')}; deploy it in another environment, or write \`status: active\``);
}

function checkDeletion({ productId }: DataContract, deleteData: boolean, confirmDeletion: string | undefined): void {
  if (deleteData && confirmDeletion !== productId) {
    throw new Error(`\`deleteData\` must come with \`confirmDeletion: '${productId}'\`, got ${confirmDeletion === undefined ? 'none' : `'${confirmDeletion}'`}; all data of the product will be lost`);
  }
  if (!deleteData && confirmDeletion !== undefined) {
    throw new Error(`\`confirmDeletion\` must come with \`deleteData: true\`, got it alone; leave it out to keep the data`);
  }
}

function checkNames(place: ProductPlace): void {
  const names = [
    ['bucket', productNames.bucket(place, 'curated')], ['role', productNames.role(place, 'states')], ['stateMachine', productNames.stateMachine(place)],
  ] as const;
  for (const [of, name] of names) {
    if (name.length > LONGEST[of]) {
      throw new Error(`the name of a ${of === 'stateMachine' ? 'state machine' : of} must have at most ${LONGEST[of]} characters, got ${name.length}: ${name}; `
        + 'shorten the mesh\'s, the environment\'s, the domain\'s or the product\'s name');
    }
  }
}
