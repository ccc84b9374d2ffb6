import * as z from 'zod';
import { region, text } from './mesh-words';

/** Of Redshift Serverless: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html */
const SMALLEST_WAREHOUSE = 4;
const LARGEST_WAREHOUSE = 1024;

const network = z.strictObject({
  vpc: z.string().regex(/^vpc-[0-9a-f]{8,}$/, 'a VPC, e.g. vpc-0a1b2c3d'),
  subnets: z.array(z.string().regex(/^subnet-[0-9a-f]{8,}$/, 'a subnet, e.g. subnet-0a1b2c3d')).min(3)
    .describe('Private ones, in three availability zones, that reach S3, Glue, Lake Formation and STS by endpoints or a NAT gateway.'),
  clients: z.array(z.string().regex(/^\d{1,3}(?:\.\d{1,3}){3}\/(?:[89]|[12]\d|3[0-2])$/, 'a CIDR block of at least 8 bits, e.g. 10.0.0.0/16')).min(1).optional()
    .describe('From where JDBC clients connect; the query editor and the Data API need none.'),
});
export type WarehouseNetwork = z.infer<typeof network>;

/** A data warehouse of a consumer: Redshift Serverless over what it was granted. */
export const warehouseModel = z.strictObject({
  network: z.union([network, z.record(text, network)]).describe('One network, or one for each environment.'),
  capacity: z.int().min(SMALLEST_WAREHOUSE).max(LARGEST_WAREHOUSE).refine((units) => units === SMALLEST_WAREHOUSE || units % 8 === 0, '4, or a multiple of 8').optional()
    .describe('Base capacity in RPUs; 8 unless written.'),
  monthlyLimit: z.int().positive().describe('RPU-hours a month, after which queries are refused until the next.'),
  marts: z.array(z.string().regex(/^dp(?:_[a-z0-9]+){2,}$/, 'the id of a product, e.g. dp_sales_orders')).min(1).optional()
    .describe('Products that are kept there as materialised views; each needs a role of its contract that has mesh.copies. All others are queried where they are.'),
  refreshHours: z.int().min(1).max(24).optional().describe('How often marts are brought up to date, in hours; 6 unless written.'),
});
export type MeshWarehouse = z.infer<typeof warehouseModel>;

/** What a consumer sees in QuickSight: a data set for each table that a contract gives it, queried where it is. */
export const dashboardsModel = z.strictObject({
  groups: z.array(z.string().regex(/^[a-z][\w-]*\/[\w.@+=-]+$/, 'a namespace and a group of QuickSight, e.g. default/analysts')).min(1)
    .describe('Who makes analyses from the data sets. Groups that are there already.'),
  identityRegion: region.optional().describe('Where QuickSight keeps its users: where the consumer reads, unless written.'),
});

export const BASE_CAPACITY = 8;
export const REFRESH_HOURS = 6;
