import * as z from 'zod';
import { CLASSIFICATIONS } from '../../contract/classification';
import { dashboardsModel, warehouseModel } from './mesh-consumption';
import { identifier, perEnvironment, region, text } from './mesh-words';

/** What a consumer may be: its own people's, or another company's. */
export const CONSUMER_CLASSES = ['internal', 'partner'] as const;

/** The roles that a consumer may have in its account, each for one way to read. */
export const CONSUMER_ROLES = ['analyst', 'etl', 'bi'] as const;
/** `warehouse` is there where the consumer has one, and is not asked for by itself. */
export type ConsumerRole = (typeof CONSUMER_ROLES)[number] | 'warehouse';

const principalArn = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(?:role|user|saml-provider)\/.+$/, 'the ARN of a role, e.g. arn:aws:iam::666666666666:role/analysts');

/** Who reads products of the mesh, and what of them it may be given at most. */
export const consumerModel = z.strictObject({
  account: perEnvironment,
  region: region.optional().describe('Where it reads: the platform\'s unless written.'),
  description: text.optional(),
  owner: text.optional(),
  costCentre: text.optional(),
  class: z.enum(CONSUMER_CLASSES).optional().describe('internal unless written; a partner is given public and internal columns at most.'),
  clearance: z.enum(CLASSIFICATIONS).optional().describe('The highest class of a column that it may see; internal unless written.'),
  purposes: z.array(text).min(1).optional().describe('What it reads for: a role with another mesh.purpose is not given to it. Any unless written.'),
  roles: z.array(z.enum(CONSUMER_ROLES)).min(1).optional().describe('The roles it has in its account; all three unless written.'),
  analysts: z.array(principalArn).min(1).optional().describe('Who may become its analyst role; whoever its account lets, unless written.'),
  scannedPerQuery: z.string().regex(/^\d+ ?(?:MB|GB|TB)$/, 'a size, e.g. 100 GB').optional().describe('A query that reads more is stopped; 100 GB unless written.'),
  domains: z.array(identifier).min(1).optional().describe('Domains that it may subscribe to: it finds their databases linked in its catalogue, beside those of contracts that name it.'),
  warehouse: warehouseModel.optional().describe('A data warehouse, Redshift Serverless, over what it was granted; none unless written.'),
  dashboards: dashboardsModel.optional().describe('Data sets and starter analyses in QuickSight, which the account has to be subscribed to; none unless written.'),
});

export type MeshConsumer = z.infer<typeof consumerModel>;

/** The roles that a consumer has. */
export function rolesOf({ roles: written, warehouse, dashboards }: Pick<MeshConsumer, 'roles' | 'warehouse' | 'dashboards'>): ConsumerRole[] {
  const roles: readonly ConsumerRole[] = written ?? CONSUMER_ROLES;
  // QuickSight queries with a role of ours, whatever else was left out.
  const bi: ConsumerRole[] = dashboards !== undefined && !roles.includes('bi') ? ['bi'] : [];
  return [...roles, ...bi, ...(warehouse === undefined ? [] : ['warehouse' as const])];
}

const BYTES: Readonly<Record<string, number>> = { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Bytes that a query of a consumer may read. */
export function scannedPerQuery({ scannedPerQuery: written = '100 GB' }: Pick<MeshConsumer, 'scannedPerQuery'>): number {
  const [, amount, unit] = /^(\d+) ?(\w+)$/.exec(written) ?? [];
  return Number(amount) * BYTES[unit];
}
