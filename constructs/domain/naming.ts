import { bucketName, foundationPrefix as prefix, internalDatabase, publishedDatabase } from '../../lib/contract/names';

/** Where something of the mesh lives: what names are made of. `environment` is null in production. */
export interface DomainPlace {
  readonly mesh: string;
  readonly environment: string | null;
  readonly domain: string;
  readonly account: string;
  readonly region: string;
  readonly platformAccount: string;
  readonly platformRegion: string;
}

/** One major version of a product, in its domain. */
export interface ProductPlace extends DomainPlace {
  readonly entity: string;
  readonly major: number;
}

/** The handlers of a foundation, of which products ask all but `grants`, then the platform's, then a consumer's. */
export type HandlerName = 'tables' | 'permissions' | 'catalogue' | 'publisher' | 'grants' | 'governance' | 'subscriptions' | 'review' | 'policy' | 'marts';

/** Those that every foundation has. */
export const FOUNDATION_HANDLERS = ['tables', 'permissions', 'catalogue', 'publisher', 'grants'] as const satisfies readonly HandlerName[];

/** Of an ARN: the region says in which one it is. */
export function partition({ region }: Pick<DomainPlace, 'region'>): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Of everything in the domain's account: `arn:aws:sns:eu-west-1:222222222222:<resource>`. */
export function arnIn(place: DomainPlace, service: string, resource: string): string {
  return `arn:${partition(place)}:${service}:${place.region}:${place.account}:${resource}`;
}

/** Of what is in the domain's account and in no region, as roles, policies and dashboards are. */
export function globalArn(place: DomainPlace, service: string, resource: string): string {
  return `arn:${partition(place)}:${service}::${place.account}:${resource}`;
}

/** Of a bucket, or with a key of an object in it. */
export function s3Arn(place: DomainPlace, resource: string): string {
  return `arn:${partition(place)}:s3:::${resource}`;
}

function kebab(name: string): string {
  return name.replaceAll('_', '-');
}

/** Names of a domain's foundation that products and the platform compute, so that no value has to cross a stack. */
export const domainNames = {
  /** Of everything in the domain's account that has a name of its own. */
  prefix,
  /** Below it are the roles of the domain's products, and nothing else: `/mesh/dev/sales/`. */
  productPath: ({ environment, domain }: DomainPlace): string => (environment === null ? `/mesh/${domain}/` : `/mesh/${environment}/${domain}/`),
  /** Below it are the roles that the platform keeps in the domain's account. */
  platformPath: ({ environment, domain }: DomainPlace): string =>
    (environment === null ? `/mesh-platform/${domain}/` : `/mesh-platform/${environment}/${domain}/`),
  handler: (place: DomainPlace, handler: HandlerName): string => `${prefix(place)}-${handler}`,
  handlerArn: (place: DomainPlace, handler: HandlerName): string =>
    `arn:${partition(place)}:lambda:${place.region}:${place.account}:function:${domainNames.handler(place, handler)}`,
  /** The role of a handler: `mesh-sales-tables`. */
  handlerRoleArn: (place: DomainPlace, handler: HandlerName): string =>
    `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${domainNames.handler(place, handler)}`,
  /** Rings when a handler has failed at something whenever it was tried. */
  failedCallsAlarm: (place: DomainPlace, handler: HandlerName): string => `${domainNames.handler(place, handler)}-failed`,
  /** Locks, runs, watermarks and releases. */
  runTable: (place: DomainPlace): string => `${prefix(place)}-runs`,
  scheduleGroup: (place: DomainPlace): string => prefix(place),
  dashboard: (place: DomainPlace): string => prefix(place),
  keyAlias: (place: DomainPlace): string => `alias/${prefix(place)}`,
  maskingKey: (place: DomainPlace): string => `${prefix(place)}-masking-key`,
  /** The secret of a connection, by its name in pipelines; without one, what the names of all begin with. */
  connection: (place: DomainPlace, connection: string): string => `${prefix(place)}-connection-${connection}`,
  /** How Glue encrypts what the jobs of products write and log. */
  securityConfiguration: (place: DomainPlace): string => prefix(place),
  networkConnection: (place: DomainPlace): string => `${prefix(place)}-network`,
  /** CloudFormation runs product stacks with it. */
  productExecRole: (place: DomainPlace): string => `${prefix(place)}-product-exec`,
  productExecRoleArn: (place: DomainPlace): string =>
    `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${domainNames.productExecRole(place)}`,
  /** Who deploys products assumes it; it can do nothing but hand their stacks to CloudFormation. */
  productDeployRole: (place: DomainPlace): string => `${prefix(place)}-product-deploy`,
  productDeployRoleArn: (place: DomainPlace): string =>
    `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${domainNames.productDeployRole(place)}`,
  /** The most that a role of a product may do. */
  productBoundaryArn: (place: DomainPlace): string =>
    `arn:${partition(place)}:iam::${place.account}:policy${domainNames.platformPath(place)}${prefix(place)}-product-boundary`,
  /** Starts the state machines of the domain's products when their schedules say so. */
  schedulerRoleArn: (place: DomainPlace): string => `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${prefix(place)}-scheduler`,
  /** Lake Formation reads and writes the domain's tables with it. */
  lakeRoleArn: (place: DomainPlace): string => `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${prefix(place)}-lake`,
  /** Repairs and tidies tables when a job cannot. */
  maintenanceRoleArn: (place: DomainPlace): string => `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${prefix(place)}-maintenance`,
  /** Pattern of the roles that deliver files for products of the domain to read: whoever the platform lets, under this path. */
  deliveryRoles: (place: DomainPlace): string => `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}delivery/*`,
  /** For an hour and with an alarm, when nothing else helps. */
  breakGlassRoleArn: (place: DomainPlace): string => `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${prefix(place)}-break-glass`,
  /** Tells the mesh's bus what happens in the domain's account. */
  noticesRoleArn: (place: DomainPlace): string => `arn:${partition(place)}:iam::${place.account}:role${domainNames.platformPath(place)}${prefix(place)}-notices`,
  /** In the platform's account: speaks to DataZone for the domain. */
  cataloguePublisherRoleArn: (place: DomainPlace): string =>
    `arn:${partition(place)}:iam::${place.platformAccount}:role${domainNames.platformPath(place)}${prefix(place)}-catalogue-publisher`,
  /** In the platform's account: reads the bindings of the domain's products. */
  bindingsReaderRoleArn: (place: DomainPlace): string =>
    `arn:${partition(place)}:iam::${place.platformAccount}:role${domainNames.platformPath(place)}${prefix(place)}-bindings`,
  /** The platform's bus of announcements. */
  eventBusArn: (place: DomainPlace): string =>
    `arn:${partition(place)}:events:${place.platformRegion}:${place.platformAccount}:event-bus/${place.environment === null ? 'mesh' : `mesh-${place.environment}`}`,
  /** What a foundation tells its products: `/mesh/sales/key-arn`. */
  parameter: (place: DomainPlace, name: 'key-arn' | 'interface-version'): string => `${domainNames.productPath(place)}${name}`,
  logBucket: ({ mesh, environment, account, region, domain }: DomainPlace): string =>
    kebab([mesh, ...(environment === null ? [] : [environment]), account, region, domain, 'logs'].join('-')),
  publishedDatabase: (place: DomainPlace): string => publishedDatabase(place),
  internalDatabase: (place: DomainPlace): string => internalDatabase(place),
};

/** Names of one product's own things. */
export const productNames = {
  /** `mesh-sales-orders-v1`: state machine, alarms, topics and jobs begin with it. */
  prefix: (place: ProductPlace): string => `${prefix(place)}-${kebab(place.entity)}-v${place.major}`,
  /** `/mesh/sales/orders-v1/` */
  rolePath: (place: ProductPlace): string => `${domainNames.productPath(place)}${place.entity}-v${place.major}/`,
  role: (place: ProductPlace, role: 'job' | 'states' | 'import'): string => `${productNames.prefix(place)}-${role}`,
  roleArn: (place: ProductPlace, role: 'job' | 'states' | 'import'): string =>
    `arn:${partition(place)}:iam::${place.account}:role${productNames.rolePath(place)}${productNames.role(place, role)}`,
  /** Pattern of the ARNs of all roles of the product, those that are still to come included. */
  ownRoles: (place: ProductPlace): string => `arn:${partition(place)}:iam::${place.account}:role${productNames.rolePath(place)}*`,
  bucket: (place: ProductPlace, kind: 'raw' | 'curated'): string => bucketName(place.mesh, place.account, place.region, place, kind),
  job: (place: ProductPlace, job: 'etl' | 'quality'): string => `${productNames.prefix(place)}-${job}`,
  stateMachine: (place: ProductPlace): string => productNames.prefix(place),
  stateMachineArn: (place: ProductPlace): string =>
    `arn:${partition(place)}:states:${place.region}:${place.account}:stateMachine:${productNames.stateMachine(place)}`,
  ownerTopic: (place: ProductPlace): string => `${productNames.prefix(place)}-owner`,
  /** Key of the product in the run table: `dp_sales_orders#v1`, outside production `dp_sales_orders@dev#v1`. */
  runPartition: ({ domain, entity, major, environment }: ProductPlace): string =>
    `dp_${domain}_${entity}${environment === null ? '' : `@${environment}`}#v${major}`,
};

/** What the platform's account tells of its catalogue: `/mesh/catalogue/domain-id`, `/mesh/dev/catalogue/domain-unit-id/sales`. */
export function catalogueParameter({ environment }: DomainPlace, name: 'domain-id' | `project-profile-id/${string}` | `domain-unit-id/${string}`): string {
  return `/mesh/${environment === null ? '' : `${environment}/`}catalogue/${name}`;
}

/** Of a parameter in the platform's account. */
export function platformParameterArn(place: DomainPlace, name: string): string {
  return `arn:${partition(place)}:ssm:${place.platformRegion}:${place.platformAccount}:parameter${name}`;
}
