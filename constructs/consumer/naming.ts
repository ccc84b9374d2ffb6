import { type ConsumerRole } from '../../lib/plan/mesh/mesh-consumers';
import { type DomainPlace, partition } from '../domain/naming';

/** Where a consumer of the mesh lives: what its names are made of. `environment` is null in production. */
export interface ConsumerPlace extends Pick<DomainPlace, 'mesh' | 'environment' | 'account' | 'region' | 'platformAccount' | 'platformRegion'> {
  readonly consumer: string;
}

/** Roles of consumers are below it and nothing else is, in every account: policies of the mesh hold them for strangers. */
export const CONSUMERS_PATH = '/mesh-consumer/';

/** Names of a consumer's roles and of what it queries with, that its own stacks and the grants of products compute. */
export const consumerNames = {
  /** `mesh-reporting`, outside production `mesh-dev-reporting`. */
  prefix: ({ environment, consumer }: Pick<ConsumerPlace, 'environment' | 'consumer'>): string => kebab(environment === null ? `mesh-${consumer}` : `mesh-${environment}-${consumer}`),
  /** `/mesh-consumer/dev/reporting/` */
  path: ({ environment, consumer }: Pick<ConsumerPlace, 'environment' | 'consumer'>): string => `${CONSUMERS_PATH}${environment === null ? '' : `${environment}/`}${consumer}/`,
  role: (place: ConsumerPlace, role: ConsumerRole): string => `${consumerNames.prefix(place)}-${role}`,
  roleArn: (place: ConsumerPlace, role: ConsumerRole): string =>
    `arn:${partition(place)}:iam::${place.account}:role${consumerNames.path(place)}${consumerNames.role(place, role)}`,
  workGroup: (place: ConsumerPlace): string => consumerNames.prefix(place),
  keyAlias: (place: ConsumerPlace): string => `alias/${consumerNames.prefix(place)}-results`,
  /** Its namespace and workgroup of Redshift Serverless. */
  warehouse: (place: ConsumerPlace): string => consumerNames.prefix(place),
  warehouseKeyAlias: (place: ConsumerPlace): string => `alias/${consumerNames.prefix(place)}-warehouse`,
  /** Keeps its marts, and ends those whose grant has ended: its name follows from that of the role which reads for them. */
  martsHandler: (place: ConsumerPlace): string => `${consumerNames.prefix(place)}-marts`,
  /** Takes the results of its queries. */
  resultsBucket: ({ mesh, environment, account, region, consumer }: ConsumerPlace): string =>
    kebab([mesh, ...(environment === null ? [] : [environment]), account, region, consumer, 'results'].join('-')),
  /** Takes who asked for what in it. */
  logBucket: ({ mesh, environment, account, region, consumer }: ConsumerPlace): string =>
    kebab([mesh, ...(environment === null ? [] : [environment]), account, region, consumer, 'results-logs'].join('-')),
  /** `reporting-roles`, outside production `dev-reporting-roles`. */
  stack: ({ environment, consumer }: Pick<ConsumerPlace, 'environment' | 'consumer'>, of: 'roles' | 'consumption'): string =>
    kebab([...(environment === null ? [] : [environment]), consumer, of].join('-')),
};

/** The function that keeps the marts of the consumer whose warehouse reads with this role; undefined of every other role. */
export function martsHandlerOf(roleArn: string, region: string): string | undefined {
  const [, partitionOf, account, prefix] = /^arn:([^:]+):iam::(\d{12}):role\/mesh-consumer\/(?:.+\/)?([^/]+)-warehouse$/.exec(roleArn) ?? [];
  return prefix === undefined ? undefined : `arn:${partitionOf}:lambda:${region}:${account}:function:${prefix}-marts`;
}

/** As handlers take it: what a domain's foundation is to its products, the platform is to a consumer. */
export function asDomain(place: ConsumerPlace): DomainPlace {
  const { consumer: domain, ...rest } = place;
  return { ...rest, domain };
}

/** Whether an ARN is of a role that reads for a consumer: one that the platform made for it, or that a product imports others with. */
export function isConsumersRole(arn: string): boolean {
  return /^arn:[^:]+:iam::\d{12}:role\/(mesh-consumer\/|mesh\/.+-import$)/.test(arn);
}

/** Of what is in the consumer's account. */
export function consumerArn(place: ConsumerPlace, service: string, resource: string): string {
  return `arn:${partition(place)}:${service}:${place.region}:${place.account}:${resource}`;
}

function kebab(name: string): string {
  return name.replaceAll('_', '-');
}
