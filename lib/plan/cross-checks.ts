import { type Contract } from '../contract/contract';
import { Findings } from '../contract/findings';
import { type Problem } from '../contract/problem';
import { entityOf, stackName } from '../contract/names';
import { majorVersion } from '../contract/version';
import { type DraftPipeline } from './draft';
import { MESH, PIPELINE } from './rules';
import { dependencyOrder } from './table-order';

/** A product among others. */
export interface Neighbour {
  readonly contract: Contract;
  /** Undefined where it could not be read. */
  readonly pipeline: DraftPipeline | undefined;
  /** Where problems of its pipeline go; undefined without a file. */
  readonly pipelineFindings: Findings | undefined;
}

/** What is wrong between products: two contracts of one version, names that meet, products that read each other in a circle. */
export function crossProblems(products: readonly Neighbour[]): Problem[] {
  return [...duplicates(products), ...circles(products)];
}

function duplicates(products: readonly Neighbour[]): Problem[] {
  const seen = new Map<string, Contract>();
  const stacks = new Map<string, Contract>();
  return products.flatMap(({ contract }) => {
    const { id, domain, version, file } = contract;
    const major = majorVersion(version);
    const entity = domain === undefined ? undefined : entityOf(id, domain);
    if (major === undefined || domain === undefined || entity === undefined) return [];
    const findings = new Findings(file, (path, what) => contract.locate(path, what));
    const before = seen.get(`${id} ${major}`);
    const stack = stackName({ domain, entity, major, environment: null });
    const neighbour = stacks.get(stack);
    if (before !== undefined) {
      findings.add(MESH['duplicate-product'], ['id'], { message: `${before.file} is a contract of version ${major} of \`${id}\` as well`, received: `${id} ${version}`, remedy: 'keep one, or raise the major version of the newer one' });
    } else if (neighbour !== undefined) {
      findings.add(MESH['name-collision'], ['id'], { message: `its stack would be called \`${stack}\`, as that of \`${neighbour.id}\` in ${neighbour.file}`, received: id, remedy: 'rename one of them' });
    }
    seen.set(`${id} ${major}`, before ?? contract);
    stacks.set(stack, neighbour ?? contract);
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
    message: `products read each other in a circle: ${ordering.circle.join(' → ')}`, received: second, remedy: 'let one of them read something else',
  });
  return findings.problems();
}
