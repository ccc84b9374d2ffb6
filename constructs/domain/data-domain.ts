import * as path from 'node:path';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct, type IConstruct } from 'constructs';
import { inOneLine } from '../../lib/contract/problem';
import { checkKnown, checkProp, isText } from '../../lib/plan/checked-prop';
import { loadMesh, type Mesh } from '../../lib/plan/mesh/mesh';
import { checkAttributes } from './checked-attributes';
import { domainNames, type DomainPlace } from './naming';

/** A domain of the mesh in one environment: where its products live, and what its foundation offers them. */
export interface IDataDomain extends IConstruct {
  /** As mesh.yaml calls it: `sales`. */
  readonly domainName: string;
  /** The mesh's name. */
  readonly meshName: string;
  /**
   * The environment in names.
   * @default - production, whose names carry none
   */
  readonly environment?: string;
  /** The account in which the domain's products are deployed. */
  readonly account: string;
  /** The region in which the domain's products are deployed. */
  readonly region: string;
  /** The account of the platform. */
  readonly platformAccount: string;
  /** The region of the platform. */
  readonly platformRegion: string;
  /**
   * Who answers for the domain.
   * @default - not written
   */
  readonly owner?: string;
  /**
   * Who pays for it.
   * @default - not written
   */
  readonly costCentre?: string;
  /** What encrypts everything of the domain; made by its foundation. */
  readonly key: kms.IKey;
}

/** Where a domain is found in mesh.yaml. */
export interface DataDomainFromMeshProps {
  /** As mesh.yaml calls it. */
  readonly domain: string;
  /**
   * The mesh file.
   * @default - mesh.yaml in the current folder
   */
  readonly mesh?: string;
  /**
   * An environment of mesh.yaml.
   * @default - the one that is production
   */
  readonly environment?: string;
}

/** What is known of a domain without mesh.yaml. */
export interface DataDomainAttributes {
  /** As mesh.yaml calls it: `sales`. */
  readonly domainName: string;
  /** The mesh's name. */
  readonly meshName: string;
  /**
   * The environment in names.
   * @default - production, whose names carry none
   */
  readonly environment?: string;
  /** The account in which the domain's products are deployed: twelve digits. */
  readonly account: string;
  /** The region in which the domain's products are deployed. */
  readonly region: string;
  /** The account of the platform: twelve digits. */
  readonly platformAccount: string;
  /**
   * The region of the platform.
   * @default - the domain's
   */
  readonly platformRegion?: string;
  /**
   * Who answers for the domain.
   * @default - not written
   */
  readonly owner?: string;
  /**
   * Who pays for it.
   * @default - not written
   */
  readonly costCentre?: string;
}

/** A domain whose foundation is deployed by somebody else. */
export class DataDomain {
  /**
   * The domain as mesh.yaml describes it.
   * @throws when the file is not valid, or has no such domain, environment or account
   */
  public static fromMesh(scope: Construct, id: string, props: DataDomainFromMeshProps): IDataDomain {
    return new ImportedDomain(scope, id, attributesOf(props));
  }

  /**
   * The domain as its attributes describe it.
   * @throws when an attribute is none that mesh.yaml could have
   */
  public static fromDataDomainAttributes(scope: Construct, id: string, attributes: DataDomainAttributes): IDataDomain {
    checkAttributes(attributes);
    return new ImportedDomain(scope, id, attributes);
  }

  private constructor() {}
}

class ImportedDomain extends Construct implements IDataDomain {
  readonly domainName: string;
  readonly meshName: string;
  readonly environment?: string;
  readonly account: string;
  readonly region: string;
  readonly platformAccount: string;
  readonly platformRegion: string;
  readonly owner?: string;
  readonly costCentre?: string;
  private imported?: kms.IKey;

  constructor(scope: Construct, id: string, attributes: DataDomainAttributes) {
    super(scope, id);
    this.domainName = attributes.domainName;
    this.meshName = attributes.meshName;
    this.environment = attributes.environment;
    this.account = attributes.account;
    this.region = attributes.region;
    this.platformAccount = attributes.platformAccount;
    this.platformRegion = attributes.platformRegion ?? attributes.region;
    this.owner = attributes.owner;
    this.costCentre = attributes.costCentre;
  }

  /**
   * A key has no name that could be computed, and policies take no alias: CloudFormation reads its ARN when it deploys. Where nobody
   * asks for the key, as in the foundation that makes it, nothing is read.
   */
  get key(): kms.IKey {
    this.imported ??= kms.Key.fromKeyArn(this, 'Key', ssm.StringParameter.valueForStringParameter(this, domainNames.parameter(placeOf(this), 'key-arn')));
    return this.imported;
  }
}

/**
 * What a mesh.yaml says of one of its domains.
 * @throws when the file is not valid, or has no such domain, environment or account
 */
export function attributesOf(props: DataDomainFromMeshProps): DataDomainAttributes {
  checkKnown(props, { domain: true, mesh: true, environment: true });
  const { domain, mesh = 'mesh.yaml', environment } = props;
  checkProp(isText(mesh), 'mesh', 'the path of a mesh.yaml', mesh, 'leave it out for the one in the current folder');
  const file = path.resolve(mesh);
  const loaded = loadMesh(file, mesh);
  if (!loaded.ok) {
    throw new Error(`${file} is not valid:\n${loaded.problems.map(inOneLine).join('\n')}`);
  }
  return attributesIn(loaded.mesh, domain, environment);
}

/**
 * What a mesh says of one of its domains, in an environment or in production.
 * @throws when it has no such domain, environment or account
 */
export function attributesIn(mesh: Mesh, domain: string, asked?: string): DataDomainAttributes {
  const { file } = mesh;
  const described = mesh.domain(domain);
  checkProp(described !== undefined, 'domain', `a domain of ${file}`, domain, `it has ${Object.keys(mesh.definition.domains).join(', ')}`);
  const environments = mesh.environments();
  const environment = asked ?? mesh.production();
  checkProp(environment !== undefined && environments.includes(environment), 'environment', `an environment of ${file}`, asked, `it has ${environments.join(', ')}`);
  const account = mesh.account(domain, environment);
  const platformAccount = mesh.platformAccount(environment);
  if (account === undefined) throw new Error(`${file} has no account of the domain ${domain} in ${environment}`);
  if (platformAccount === undefined) throw new Error(`${file} has no account of the platform in ${environment}`);
  return {
    domainName: domain, meshName: mesh.name, environment: mesh.suffix(environment) ?? undefined,
    account, region: mesh.region(domain), platformAccount, platformRegion: mesh.definition.platform.region,
    owner: described.owner, costCentre: described.costCentre,
  };
}

/** What names of a domain are made of. */
export function placeOf({ meshName, environment, domainName, account, region, platformAccount, platformRegion }: DataDomainAttributes): DomainPlace {
  return { mesh: meshName, environment: environment ?? null, domain: domainName, account, region, platformAccount, platformRegion: platformRegion ?? region };
}
