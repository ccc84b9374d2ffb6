import { type Contract } from '../../contract/contract';
import { Findings } from '../../contract/findings';
import { publishedTable } from '../../contract/names';
import { type Problem } from '../../contract/problem';
import { majorVersion } from '../../contract/version';
import { type LoadedVocabulary } from '../../contract/vocabulary';
import { type DraftPipeline } from '../pipeline/draft';
import { MESH, PIPELINE } from '../rules';
import { dependencyOrder } from '../pipeline/table-order';
import { twoTerms } from './term-checks';

/** A product among others. */
export interface Neighbour {
  readonly contract: Contract;
  /** Undefined where it could not be read. */
  readonly pipeline: DraftPipeline | undefined;
  /** Where problems of its pipeline go; undefined without a file. */
  readonly pipelineFindings: Findings | undefined;
}

/** What is wrong between products: two contracts of one version or of one table, products that read each other in a circle. */
export function crossProblems(products: readonly Neighbour[], vocabulary?: LoadedVocabulary): Problem[] {
  const terms = vocabulary?.ok === true ? twoTerms(products.map(({ contract }) => contract), vocabulary.vocabulary) : [];
  return [...duplicateVersions(products.map(({ contract }) => contract)), ...sharedTables(products), ...circles(products), ...terms];
}

/** Contracts of a major version that an earlier one of the list is of as well: which of them holds cannot be told. */
export function duplicateVersions(contracts: readonly Contract[]): Problem[] {
  const seen = new Map<string, Contract>();
  return contracts.flatMap((contract) => {
    const { id, version, file } = contract;
    const major = majorVersion(version);
    if (major === undefined) return [];
    const findings = new Findings(file, (path, what) => contract.locate(path, what));
    const before = seen.get(`${id} ${major}`);
    if (before !== undefined) {
      findings.add(MESH['duplicate-product'], ['id'], { message: `${before.file} is also a contract of version ${major} of \`${id}\``, received: `${id} ${version}`, remedy: 'keep one, or raise the major version of the newer one' });
    }
    seen.set(`${id} ${major}`, before ?? contract);
    return findings.problems();
  });
}

/** The published name is made of domain, object and major version: the id of the product is not in it. */
function sharedTables(products: readonly Neighbour[]): Problem[] {
  const seen = new Map<string, Contract>();
  return products.flatMap(({ contract }) => {
    const { domain, id, version, file, schema } = contract;
    const major = majorVersion(version);
    if (major === undefined || domain === undefined) return [];
    const findings = new Findings(file, (path, what) => contract.locate(path, what));
    for (const { name, path } of schema) {
      // catalogues know no case
      const table = `${domain}.${publishedTable(name, major)}`.toLowerCase();
      const owner = seen.get(table);
      if (owner !== undefined && owner.id !== id) {
        findings.add(MESH['duplicate-table'], [...path, 'name'], {
          message: `${owner.file} also publishes \`${table}\`: \`${id}\` and \`${owner.id}\` would overwrite each other`, received: name,
          expected: 'a name that no other product of the domain publishes in this major version', remedy: 'rename the table in one of the two contracts',
        });
      }
      seen.set(table, owner ?? contract);
    }
    return findings.problems();
  });
}

/** Reported where the first product of the circle reads the next. */
function circles(products: readonly Neighbour[]): Problem[] {
  const named = products.flatMap((product) => {
    const major = majorVersion(product.contract.version);
    return major === undefined ? [] : [{ name: `${product.contract.id} v${major}`, product }];
  });
  const reads = ({ product }: (typeof named)[number]): string[] => (product.pipeline?.sources ?? []).flatMap((source) => (source.kind === 'product' ? [`${source.product} v${source.major}`] : []));
  const ordering = dependencyOrder(named, reads);
  if (ordering.ok) return [];
  const [first, second] = ordering.circle;
  const product = named.find(({ name }) => name === first)?.product;
  const source = product?.pipeline?.sources.find((each) => each.kind === 'product' && `${each.product} v${each.major}` === second);
  if (product?.pipelineFindings === undefined || source === undefined) return [];
  const findings = new Findings(product.pipelineFindings.file, product.pipelineFindings.locate);
  findings.add(PIPELINE['product-cycle'], ['sources', source.name, 'product'], {
    message: `products read each other in a circle: ${ordering.circle.join(' → ')}`, received: second, remedy: 'make one of them read something else',
  });
  return findings.problems();
}
