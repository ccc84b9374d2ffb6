import { consumerPlaceIn } from '../../constructs/consumer/consumer-place';
import { consumerNames } from '../../constructs/consumer/naming';
import { consumersOf } from '../contract/ending';
import { type Plan } from '../plan/plan-schema';
import { Refusal, UsageError } from './failure';
import { type ShownTable } from './job-results';
import { ask } from './jobs';
import { workspaceOf } from './plan-of';
import { type KnownProduct } from './products';
import { type DeployedMesh } from './target';
import { type Session } from './verb';

/** What a consumer is asked for. */
export interface Reading {
  readonly product: KnownProduct;
  readonly plan: Plan;
  /** @default - the first of the contract's that has people */
  readonly consumer?: string;
  /** @default - every published table */
  readonly table?: string;
  readonly limit: number;
  /** @default - production */
  readonly environment?: string;
}

/** Rows as Athena answers the analyst role of a consumer, in its account and workgroup. Throws UsageError and Refusal. */
export async function readAs(session: Session, root: string, { mesh, production, sessionIn }: DeployedMesh, reading: Reading): Promise<{ tables: readonly ShownTable[]; consumer: string }> {
  const { plan, table, limit, environment = production() ?? '' } = reading;
  const consumer = reading.consumer ?? firstWithPeople(session, root, reading, Object.keys(mesh.consumers()).filter((name) => hasPeople(mesh.consumers()[name])));
  if (!Object.hasOwn(mesh.consumers(), consumer)) throw new UsageError(`--as ${consumer}: ${mesh.file} has no such consumer`, `it has ${Object.keys(mesh.consumers()).join(', ') || 'none'}`);
  if (!hasPeople(mesh.consumers()[consumer])) throw new UsageError(`--as ${consumer}: it has no role for people, and only people may look at rows`, 'name another consumer, or give it the role analyst in mesh.yaml');
  const place = consumerPlaceIn(mesh, consumer, environment);
  if (place === undefined) throw new UsageError(`--as ${consumer}: it has no account in ${environment}`, 'write it in mesh.yaml, or name another consumer');
  const published = plan.tables.filter((each) => each.published && (table === undefined || [each.name, each.table].includes(table)));
  if (published.length === 0) throw new UsageError(`--table ${table}: ${plan.product.id} publishes no such table`, `it publishes ${plan.tables.filter((each) => each.published).map(({ name }) => name).join(', ')}; internal tables are never shown`);
  const { tables } = await ask<{ tables: readonly ShownTable[] }>(sessionIn(place.account, place.region), root, 'query', {
    role: consumerNames.roleArn(place, 'analyst'), workGroup: consumerNames.workGroup(place), database: published[0].database, tables: published.map((each) => each.table), limit,
  });
  return { tables, consumer };
}

function hasPeople({ roles }: { readonly roles?: readonly string[] }): boolean {
  return roles === undefined || roles.includes('analyst');
}

function firstWithPeople(session: Session, root: string, { product }: Reading, able: readonly string[]): string {
  const loaded = workspaceOf(session, root).contract(product.file);
  const named = loaded.ok ? loaded.contract.roles.flatMap((role) => consumersOf(role)) : [];
  const found = named.find((name) => able.includes(name));
  if (found === undefined) throw new Refusal('not-granted', `${product.id} is granted to no consumer whose people could look at it`, 'name one in the contract, at mesh.consumers of a role, and deploy its grants; or show what is on this machine: --target local');
  return found;
}
