import { type Contract } from '../contract/contract';
import { isStatus } from '../contract/lifecycle';
import { entityOf, internalDatabase, internalTable, publishedDatabase, publishedTable } from '../contract/names';
import { ownerOf } from '../contract/owner';
import { majorVersion } from '../contract/version';
import { type Vocabulary } from '../contract/vocabulary';
import { catalogueOf } from './catalogue';
import { contractChecks, pipelineChecks } from './checks/checks';
import { type PromisedTable } from './contract-tables';
import { type DraftPipeline, type DraftTable } from './pipeline/draft';
import { endingNotice } from './ending-notice';
import { type ForeignKey } from './checks/foreign-keys';
import { engineChoice } from './pipeline/engine-choice';
import { type Plan, type PlanTable } from './plan-schema';
import { PLAN_VERSION } from './plan-version';
import { inputsOf, keyFromRules, modesOf, refreshes } from './pipeline/refresh';
import { slaOf } from './sla';

/** How long bad rows are kept, in days. */
const QUARANTINE_DAYS = 30;

/** All that a plan follows from. Everything in it has been found right before. */
export interface PlanInput {
  readonly contract: Contract;
  readonly promised: readonly PromisedTable[];
  readonly pipeline: DraftPipeline;
  /** In dependency order. */
  readonly tables: readonly DraftTable[];
  /** Relationships of the contract. */
  readonly foreignKeys: readonly ForeignKey[];
  /** Columns classified above internal, by table, under the names they have there. */
  readonly protectedColumns: ReadonlyMap<string, PlanTable['protected']>;
  /** `sha256:…` of the pipeline file; null without one. */
  readonly pipelineDigest: string | null;
  /** Null in production. */
  readonly environment: string | null;
  readonly signoff: Plan['signoff'];
  readonly vocabulary: Vocabulary | undefined;
  readonly lineage: NonNullable<Plan['lineage']>;
}

/** The resolved plan of a product: names, types, rules, checks and modes, all that the design derives. */
export function assemblePlan(input: PlanInput): Plan {
  const { contract, pipeline, environment } = input;
  const product = productOf(contract);
  const databases = { published: publishedDatabase({ domain: product.domain, environment }), internal: internalDatabase({ domain: product.domain, environment }) };
  const modes = modesOf(pipeline);
  const catalogue = catalogueOf(contract, input.vocabulary);
  const notice = endingNotice({ product, catalogue });
  return {
    planVersion: PLAN_VERSION,
    generator: 'cdk-data-mesh',
    product,
    environment,
    databases,
    digests: { contract: `sha256:${contract.digest}`, pipeline: input.pipelineDigest, sql: sqlDigests(input.tables) },
    engine: engineChoice(pipeline),
    size: { ...pipeline.size },
    modes,
    sources: [...pipeline.sources],
    tables: planTables(input, product, databases, modes),
    sla: slaOf(contract),
    quarantineDays: QUARANTINE_DAYS,
    signoff: input.signoff,
    catalogue: { ...catalogue, ...notice !== undefined && { notice } },
    lineage: [...input.lineage],
    schedule: { ...pipeline.schedule },
  };
}

/** Who and what a contract is about. Only of a contract that the linter has passed. */
export function productOf(contract: Contract): Plan['product'] {
  const { id, version, status, domain = '' } = contract;
  const entity = entityOf(id, domain);
  const owner = ownerOf(contract)?.username;
  const major = majorVersion(version);
  if (entity === undefined || owner === undefined || major === undefined || !isStatus(status)) {
    throw new Error(`the contract ${id} was planned before it was linted`);
  }
  return {
    id, domain, entity, version, major, status, owner,
    name: contract.name ?? entity,
    description: contract.description.purpose ?? null,
  };
}

function planTables(input: PlanInput, product: Plan['product'], databases: Plan['databases'], modes: Plan['modes']): PlanTable[] {
  const promised = new Map(input.promised.map((table) => [table.object.name, table]));
  const promiseOf = ({ name, layer }: DraftTable): PromisedTable | undefined => (layer === 'gold' ? promised.get(name) : undefined);
  const keyOf = (table: DraftTable): string[] => [...promiseOf(table)?.primaryKey ?? table.primaryKey ?? keyFromRules(table.rules)];
  const sla = slaOf(input.contract);
  const refresh = refreshes({ tables: input.tables, sources: input.pipeline.sources }, modes, keyOf, (table) => promiseOf(table) !== undefined);
  return input.tables.map((table): PlanTable => {
    const promise = promiseOf(table);
    return {
      name: table.name,
      layer: table.layer,
      published: promise !== undefined,
      database: promise === undefined ? databases.internal : databases.published,
      table: promise === undefined ? internalTable(product, table.name) : publishedTable(table.name, product.major),
      quarantine: internalTable(product, `${table.name}__quarantine`),
      tombstones: internalTable(product, `${table.name}__tombstones`),
      from: inputsOf(table),
      columns: promise === undefined ? null : [...promise.columns],
      protected: [...input.protectedColumns.get(table.name) ?? []],
      primaryKey: keyOf(table),
      partitionBy: [...table.partitionBy ?? promise?.partitionBy ?? []],
      rules: table.rules.map(({ rule }) => rule),
      checks: [...(promise === undefined ? [] : contractChecks(promise, { sla, foreignKeys: input.foreignKeys })), ...pipelineChecks(table.name, table.quality)],
      ...refresh.get(table.name)!,
    };
  });
}

function sqlDigests(tables: readonly DraftTable[]): Plan['digests']['sql'] {
  const byPath = new Map<string, string>();
  for (const { rules } of tables) {
    for (const { rule } of rules) if (rule.kind === 'sql' && rule.path !== null) byPath.set(rule.path, rule.digest);
  }
  return [...byPath].map(([path, digest]) => ({ path, digest })).sort((a, b) => (a.path < b.path ? -1 : 1));
}
