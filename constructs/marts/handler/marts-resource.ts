import { GetNamespaceCommand, GetWorkgroupCommand, type RedshiftServerlessClient } from '@aws-sdk/client-redshift-serverless';
import { type RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { type S3Client } from '@aws-sdk/client-s3';
import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { type DeployedFile, deployedFile, documentOf } from '../../handlers/product-request';
import { unless } from '../../handlers/sdk';
import { DATABASE_NAME, MARTS_VERSION, NAME, type WantedMarts } from '../mart';
import { endMarts, keepMarts, type MartsReport } from './keep-marts';
import { keepUsageLimit } from './usage-limit';
import { isGone, Warehouse, type Waiting } from './warehouse';

/** What the handler of a consumer works with. */
export interface MartsSetting {
  /** The namespace and the workgroup, which are called the same. */
  readonly warehouse: string;
  readonly account: string;
  readonly redshift: RedshiftServerlessClient;
  readonly data: RedshiftDataClient;
  readonly s3: S3Client;
  sleep(ms: number): Promise<void>;
}

/** What the stack of consumption asks for. */
export interface MartsRequest {
  readonly warehouse: string;
  /** ARN of the role that tables are read with: what a deletion needs, when the list is gone. */
  readonly role: string;
  readonly wanted: DeployedFile;
  /** RPU-hours. */
  readonly monthlyLimit: number;
}

/** Custom::MeshMarts: what a consumer's warehouse shows and keeps. */
export class MartsResource implements CustomResource<MartsRequest> {
  constructor(private readonly setting: MartsSetting) {}

  parse(properties: Record<string, unknown>): MartsRequest {
    const { Warehouse: warehouse, Role: role, MonthlyLimit: limit } = properties;
    if (warehouse !== this.setting.warehouse) throw new HandlerError(`Warehouse must be ${this.setting.warehouse}, received ${JSON.stringify(warehouse)}`, 'a consumer asks the handler of its own warehouse');
    if (typeof role !== 'string' || !/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(role)) throw new HandlerError(`Role must be the ARN of a role, received ${JSON.stringify(role)}`);
    if (typeof limit !== 'string' || !/^[1-9]\d{0,8}$/.test(limit)) throw new HandlerError(`MonthlyLimit must be RPU-hours, received ${JSON.stringify(limit)}`);
    return { warehouse, role, wanted: deployedFile(properties, 'Wanted'), monthlyLimit: Number(limit) };
  }

  physicalId({ warehouse }: MartsRequest): string {
    return `${warehouse}-marts`;
  }

  async create({ wanted, monthlyLimit }: MartsRequest, call: Call): Promise<Attributes> {
    const { setting } = this;
    const { workgroup } = await setting.redshift.send(new GetWorkgroupCommand({ workgroupName: setting.warehouse }));
    await keepUsageLimit(setting.redshift, workgroup!.workgroupArn!, monthlyLimit);
    const report = await keep(setting, wanted, () => call.remaining(), false);
    const counts = Object.entries(report).map(([what, of]: [string, readonly unknown[]]): [string, string] => [what[0].toUpperCase() + what.slice(1), String(of.length)]);
    return Object.fromEntries(counts);
  }

  update(request: MartsRequest, _old: MartsRequest | undefined, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  /** The schemas stay, empty, and go with the warehouse. */
  async delete({ role }: MartsRequest, call: Call): Promise<void> {
    const on = await warehouseOf(this.setting, () => call.remaining());
    if (on !== undefined) await unless('ResourceNotFoundException', keepMarts(on, { martsVersion: MARTS_VERSION, role, databases: [], marts: [] }, { refresh: false }));
  }
}

/** Takes the warehouse to what was deployed last. */
export async function keep(setting: MartsSetting, wanted: DeployedFile, remaining: () => number, refresh: boolean): Promise<MartsReport> {
  const document = await documentOf<WantedMarts>({ what: 'list of marts', ...wanted, account: setting.account, remedy: 'deploy the consumer\'s stack of consumption again' }, setting.s3);
  const version: number = document.martsVersion;
  if (version !== MARTS_VERSION) throw new HandlerError(`this handler reads lists of marts of version ${MARTS_VERSION}, this one has ${version}`, 'deploy the consumer\'s stack of consumption again');
  const on = await warehouseOf(setting, remaining);
  if (on === undefined) throw new HandlerError(`there is no warehouse ${setting.warehouse}`, 'deploy the consumer\'s stack of consumption again');
  const report = await keepMarts(on, document, { refresh });
  console.log(JSON.stringify({ warehouse: setting.warehouse, ...report }));
  return report;
}

/** What the handler of a domain's grants asks before it takes a grant away. */
export interface EndRequest {
  readonly action: 'end';
  readonly database: string;
  readonly tables: readonly string[];
}

/** Ends marts; of a warehouse that is not there, none are left. */
export async function endNow(setting: MartsSetting, { database, tables }: EndRequest, remaining: () => number): Promise<{ ended: string[] }> {
  const names: readonly unknown[] = Array.isArray(tables) ? [database, ...tables as unknown[]] : [undefined];
  if (!names.every((name) => typeof name === 'string' && NAME.test(name))) throw new HandlerError(`database and tables must be names, received ${JSON.stringify({ database, tables })}`);
  try {
    const on = await warehouseOf(setting, remaining);
    return { ended: on === undefined ? [] : await endMarts(on, database, tables) };
  } catch (error) {
    if (isGone(error)) return { ended: [] };
    throw error;
  }
}

async function warehouseOf(setting: MartsSetting, remaining: () => number): Promise<Warehouse | undefined> {
  const found = await unless('ResourceNotFoundException', setting.redshift.send(new GetNamespaceCommand({ namespaceName: setting.warehouse })));
  if (found === undefined) return undefined;
  const secret = found.namespace?.adminPasswordSecretArn;
  if (secret === undefined) throw new HandlerError(`the password of ${setting.warehouse} is not kept by Redshift`, 'deploy the consumer\'s stack of consumption again');
  const waiting: Waiting = { remaining, sleep: (ms) => setting.sleep(ms) };
  return new Warehouse(setting.data, { workgroup: setting.warehouse, database: DATABASE_NAME, secret }, waiting);
}
