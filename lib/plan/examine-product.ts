import * as path from 'node:path';
import { type Classification, DEFAULT_CLASSIFICATION, isProtected } from '../contract/classification';
import { type Contract, type Remainder } from '../contract/contract';
import { byPosition, Findings } from '../contract/findings';
import { lintContract } from '../contract/lint/lint-contract';
import { type Problem } from '../contract/problem';
import { allowSuggestions } from '../contract/suggestion';
import { columnFlow, type Columns } from './sql/column-flow';
import { type PromisedTable, promisedTables } from './contract-tables';
import { contractChecks, pipelineChecks } from './checks/checks';
import { defaultPipeline } from './pipeline/default-pipeline';
import { type DraftPipeline, type DraftTable } from './pipeline/draft';
import { engineChoice } from './pipeline/engine-choice';
import { checkTypesForSpark } from './sql/engine-types';
import { type ForeignKey, foreignKeys } from './checks/foreign-keys';
import { checkRetirement, checkSourceStatus } from './lifecycle/lifecycle-checks';
import { lineageOf, type RowLineage, rowLineageOf } from './lineage/lineage';
import { type Mesh } from './mesh/mesh';
import { type Neighbour } from './checks/cross-checks';
import { checkAgainstMesh } from './mesh/mesh-checks';
import { checkNetwork } from './network-checks';
import { type ReadPipeline, readPipeline } from './pipeline/pipeline-reading';
import { type Plan } from './plan-schema';
import { filesOf, type ProductFiles } from './product-files';
import { checkPublished } from './checks/promise-checks';
import { type Protection, protection } from './protection/protection';
import { PIPELINE } from './rules';
import { type SqlAnswer, type SqlItem } from './sql/sql-check';
import { checkItems, filterItems, ruleItems } from './sql/sql-items';
import { reportContractSql, reportPipelineSql, reportUntold, unchecked } from './sql/sql-report';
import { checkTable, checkTables } from './checks/table-checks';
import { readTests } from './pipeline/tests-reading';
import { checkTerms } from './checks/term-checks';
import { type TestCase } from './pipeline/tests-file';
import { type Workspace } from './workspace';

/** One product with all its files, read and judged. */
export interface Examined {
  readonly files: ProductFiles;
  /** SQL files that its pipeline names, as people call them. */
  readonly sqlFiles: readonly string[];
  /** Errors and warnings of all its files. */
  readonly problems: readonly Problem[];
  /** What a plan is made of; undefined where an error stands in the way. */
  readonly sound: SoundProduct | undefined;
  /** What other products see of it; undefined where the contract could not be read. */
  readonly neighbour: Neighbour | undefined;
}

export interface SoundProduct {
  readonly contract: Contract;
  readonly mesh: Mesh | undefined;
  readonly promised: readonly PromisedTable[];
  readonly pipeline: DraftPipeline;
  /** In dependency order. */
  readonly tables: readonly DraftTable[];
  readonly flow: ReadonlyMap<string, Columns>;
  /** Relationships of the contract. */
  readonly foreignKeys: readonly ForeignKey[];
  readonly protection: Protection;
  readonly lineage: NonNullable<Plan['lineage']>;
  /** Only what looks for dependents asks. */
  readonly rowLineage: () => readonly RowLineage[];
  readonly pipelineDigest: string | null;
  readonly environment: string | null;
  readonly tests: readonly TestCase[];
}

/**
 * Reads and judges products: contracts, pipelines, tests, and whether they fit. All their SQL is checked in one call.
 * `environment` is one of mesh.yaml; `named` stands for the files that are beside a contract.
 */
export function examineProducts(workspace: Workspace, contractFiles: readonly string[], environment?: string, named: Partial<ProductFiles> = {}): Examined[] {
  allowSuggestions();
  const mesh = workspace.mesh();
  const suffix = environment === undefined || mesh?.ok !== true ? null : mesh.mesh.suffix(environment);
  const begun = contractFiles.map((file) => new Examination(workspace, { ...filesOf(path.resolve(file)), ...named }, suffix));
  const items = begun.flatMap((each, index) => each.sql.map((item) => ({ ...item, id: `${index}/${item.id}` })));
  const checked = items.length === 0 ? { ok: true as const, answers: new Map<string, SqlAnswer>() } : workspace.sqlChecker.check(items);
  return begun.map((each, index) => {
    if (!checked.ok) return each.conclude(undefined, checked);
    const own = each.sql.flatMap(({ id }): [string, SqlAnswer][] => {
      const answer = checked.answers.get(`${index}/${id}`);
      return answer === undefined ? [] : [[id, answer]];
    });
    return each.conclude(new Map(own));
  });
}

/** Begins with what can be read, names the SQL there is, and concludes when that is checked. */
class Examination {
  readonly sql: readonly SqlItem[];
  private readonly problems: Problem[] = [];
  private readonly mesh: Mesh | undefined;
  private contract: Contract | undefined;
  private lint: Findings | undefined;
  private promised: readonly PromisedTable[] = [];
  private read: ReadPipeline | undefined;
  private pipeline: DraftPipeline | undefined;
  private tables: readonly DraftTable[] | undefined;
  private foreignKeys: readonly ForeignKey[] = [];

  constructor(private readonly workspace: Workspace, private readonly files: ProductFiles, private readonly environment: string | null) {
    const mesh = workspace.mesh();
    this.mesh = mesh?.ok === true ? mesh.mesh : undefined;
    this.begin();
    this.sql = this.tables === undefined ? [] : this.items(this.pipeline!, this.tables);
  }

  private begin(): void {
    const loaded = this.workspace.contract(this.files.contract);
    const read = this.files.pipeline === undefined ? undefined : readPipeline(this.workspace, this.files.pipeline, this.environment);
    if (read?.ok === false) this.problems.push(...read.problems);
    if (read?.ok === true) this.read = read.read;
    if (!loaded.ok) {
      this.problems.push(...loaded.problems, ...this.beside(loaded.remainder?.()));
      return;
    }
    const { contract } = loaded;
    const classification = this.mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION;
    this.contract = contract;
    this.problems.push(...loaded.warnings);
    this.lint = lintContract(contract, classification);
    checkTerms(contract, this.workspace.vocabulary(), this.lint);
    checkRetirement(contract, this.workspace, this.lint);
    if (this.mesh !== undefined) checkAgainstMesh(contract, this.mesh, this.workspace, this.lint);
    if (read?.ok === false) return;
    this.promised = promisedTables(contract, classification);
    const pipeline = this.read?.pipeline ?? defaultPipeline(this.promised);
    this.pipeline = pipeline;
    if (this.read !== undefined) checkSourceStatus(contract, pipeline, this.workspace, this.read.findings);
    if (this.read !== undefined && this.mesh !== undefined) checkNetwork(contract, pipeline, this.mesh, this.read.findings);
    this.foreignKeys = foreignKeys({ contract, file: this.files.contract, promised: this.promised, pipeline, products: this.workspace }, this.lint);
    const looked = this.foreignKeys.map(({ to }) => to);
    this.tables = this.read === undefined ? pipeline.tables : checkTables(pipeline, this.read.declared, this.promised, looked, this.read.findings);
  }

  /** What is wrong in a contract beside the fields that the standard refuses, so that all is said at once. */
  private beside(remainder: Remainder | undefined): Problem[] {
    if (remainder === undefined) return [];
    const { contract } = remainder;
    const lint = lintContract(contract, this.mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION);
    checkTerms(contract, this.workspace.vocabulary(), lint);
    return lint.problems().filter(({ path: at }) => remainder.isWhole(at));
  }

  private items(pipeline: DraftPipeline, tables: readonly DraftTable[]): SqlItem[] {
    // what is wrong about columns is said once, when the SQL is known
    const guess = columnFlow(pipeline, tables, this.workspace, new Map(), new Findings('', () => ({ line: 1, column: 1 })));
    return [
      ...ruleItems(tables, guess),
      ...tables.flatMap(({ name, quality }) => checkItems(pipelineChecks(name, quality), guess.get(name), 'pipeline:')),
      ...this.promised.flatMap((table) => checkItems(contractChecks(table), promisedColumns(table), 'contract:')),
      ...filterItems(this.contract!, this.promised),
    ];
  }

  /** Without answers, everything but the SQL is judged, and a warning says so. */
  conclude(answers: ReadonlyMap<string, SqlAnswer> | undefined, why?: { readonly why: string; readonly remedy: string }): Examined {
    const { contract, pipeline, tables, read, lint, promised } = this;
    const findings = read?.findings;
    const given = answers ?? new Map<string, SqlAnswer>();
    let sound: Omit<SoundProduct, 'tests'> | undefined;
    if (contract !== undefined && pipeline !== undefined && tables !== undefined && lint !== undefined) {
      const quiet = findings ?? new Findings('', () => ({ line: 1, column: 1 }));
      const flow = columnFlow(pipeline, tables, this.workspace, given, quiet);
      if (answers === undefined && this.sql.length > 0) unchecked(this.sql, why!, findings, lint);
      this.problems.push(...reportPipelineSql(this.sql, tables, flow, given, this.workspace, quiet));
      reportContractSql(this.sql, given, lint);
      const classification = this.mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION;
      const guarded = protection({ pipeline, ordered: tables, promised, products: this.workspace, answers: given, flow, classification });
      this.problems.push(...reportUntold(this.sql, tables.filter(({ name }) => guarded.untold.includes(name)), given, this.workspace, quiet));
      if (isProtected(classification)) undeclared(pipeline, classification, quiet);
      if (findings !== undefined) this.checkTables(tables, flow, guarded, findings);
      if (engineChoice(pipeline).aws === 'spark') checkTypesForSpark(tables, flow, promised, lint, findings);
      const traced = { pipeline, ordered: tables, promised, answers: given, flow };
      sound = { contract, mesh: this.mesh, promised, pipeline, tables, flow, foreignKeys: this.foreignKeys, protection: guarded, lineage: lineageOf(traced), rowLineage: () => rowLineageOf(traced), pipelineDigest: read?.digest ?? null, environment: this.environment };
    }
    const tests = this.files.tests === undefined ? undefined : readTests(this.workspace, this.files.tests, sound);
    const problems = [...this.problems, ...lint?.problems() ?? [], ...findings?.problems() ?? [], ...tests?.problems ?? []].sort(byPosition);
    const isSound = problems.every(({ severity }) => severity !== 'error');
    const sqlFiles = new Set(this.sql.flatMap(({ file }) => (file === null ? [] : [this.workspace.nameOf(path.join(this.workspace.root, file))])));
    return {
      files: this.files, problems, sqlFiles: [...sqlFiles],
      sound: isSound && sound !== undefined ? { ...sound, tests: tests?.cases ?? [] } : undefined,
      neighbour: contract === undefined ? undefined : { contract, pipeline, pipelineFindings: findings },
    };
  }

  private checkTables(tables: readonly DraftTable[], flow: ReadonlyMap<string, Columns>, guarded: Protection, findings: Findings): void {
    for (const table of tables) {
      const promise = table.layer === 'gold' ? this.promised.find(({ object }) => object.name === table.name) : undefined;
      const columns = flow.get(table.name);
      const promisedType = new Map(promise?.columns.map(({ name, type }) => [name, type]));
      checkTable(table, promise !== undefined, {
        names: promise?.columns.map(({ name }) => name) ?? (columns?.complete === true ? [...columns.types.keys()] : undefined),
        typeOf: (name) => promisedType.get(name) ?? columns?.types.get(name),
      }, findings);
      if (promise !== undefined && columns !== undefined) checkPublished(table, promise, columns, findings);
    }
    for (const { table, column, copied, perhaps } of guarded.exposed) {
      const remedy = perhaps ? 'write in the query which table it is of, e.g. `o.order_id`, or declare the `columns:` of the sources; or, if it is made from it, ' : '';
      if (copied) {
        findings.add(PIPELINE['exposed-copy'], ['tables', table], {
          message: `\`${column}\` of \`${table}\` ${perhaps ? 'may be' : 'is'} a copy of a protected column, and the contract does not protect it`, at: 'key', received: column,
          remedy: `${remedy}classify it in the contract, mask it with a \`hash\` or \`redact\` rule, or, if its values may be seen, write \`mesh.masking: none\` on it`,
        });
        continue;
      }
      findings.add(PIPELINE['exposed-column'], ['tables', table], {
        message: `\`${column}\` of \`${table}\` ${perhaps ? 'may be' : 'is'} made from a protected column, and the contract does not protect it`, at: 'key', received: column,
        remedy: `${remedy}classify it in the contract, mask it with a \`hash\` or \`redact\` rule, or build it from something else`,
      });
    }
    for (const { table, column, by } of guarded.maskedTwice) {
      if (by === 'rule') {
        findings.add(PIPELINE['masked-twice'], ['tables', table], {
          message: `\`${column}\` of \`${table}\` is masked by a rule and again when it is published`, at: 'key', received: column,
          remedy: 'remove the rule, or write `mesh.masking: none` in the contract',
        });
        continue;
      }
      if ('imported' in by) {
        findings.add(PIPELINE['masked-twice'], ['tables', table], {
          message: `\`${column}\` of \`${table}\` comes masked from \`${by.imported}\`, and is masked again when it is published: its hashes are found nowhere else`, at: 'key', received: column,
          remedy: 'write `mesh.masking: none` in the contract, which publishes the hash as it comes, or leave the column out',
        });
        continue;
      }
      findings.add(PIPELINE['masked-input'], ['tables', table], {
        message: `\`${column}\` of \`${table}\` is read from \`${by.published}\`, where it is masked, and would be masked once more: its hashes would be found nowhere else`, at: 'key', received: column,
        remedy: `read what \`${by.published}\` is made of, or write \`mesh.masking: none\` on \`${column}\` of \`${table}\` in the contract, since it is masked already`,
      });
    }
  }
}

/** Columns that nobody names are of the class that columns have without one: to hide their values, jobs must know them. */
function undeclared({ sources }: DraftPipeline, classification: Classification, findings: Findings): void {
  for (const source of sources) {
    if (source.kind === 'product' || source.fields !== null) continue;
    findings.add(PIPELINE['undeclared-columns'], ['sources', source.name], {
      message: `columns of the domain are ${classification} unless the contract says otherwise, but nothing says which columns \`${source.name}\` has`, at: 'key', remedy: 'write its `columns:`; those that no promised column publishes unchanged are hidden',
    });
  }
}

function promisedColumns({ columns }: PromisedTable): Columns {
  return { types: new Map(columns.map(({ name, type }) => [name, type])), complete: true };
}
