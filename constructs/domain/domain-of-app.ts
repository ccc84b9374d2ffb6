import { Stack, Stage } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { checkProp } from '../../lib/plan/checked-prop';
import { domainNames, type DomainPlace, productNames, type ProductPlace } from './naming';

/** What one app, or one stage of it, makes of a domain. */
interface DomainOfApp {
  foundation?: IConstruct;
  readonly products: Map<string, IConstruct>;
}

const DOMAINS = new WeakMap<IConstruct, Map<string, DomainOfApp>>();

/**
 * Names of a product are made of its place, so that a second one would take what is the first one's.
 * @throws when the app makes it already
 */
export function productOfApp(product: IConstruct, place: ProductPlace): void {
  const { foundation, products } = domainOfApp(product, place);
  const name = productNames.stateMachine(place);
  const other = products.get(name);
  checkProp(other === undefined, 'contract', 'of a product that nothing else in the app makes', name, `${other?.node.path} makes it: remove one of the two`);
  products.set(name, product);
  if (foundation !== undefined) deployAfter(product, foundation);
}

/** @throws when the app makes it already */
export function foundationOfApp(foundation: IConstruct, place: DomainPlace): void {
  const domain = domainOfApp(foundation, place);
  const { foundation: other, products } = domain;
  checkProp(other === undefined, 'domain', 'one whose foundation nothing else in the app makes', place.domain, `${other?.node.path} makes it: remove one of the two`);
  domain.foundation = foundation;
  for (const product of products.values()) deployAfter(product, foundation);
}

function domainOfApp(construct: IConstruct, place: DomainPlace): DomainOfApp {
  const app = Stage.of(construct) ?? construct.node.root;
  const domains = DOMAINS.get(app) ?? new Map<string, DomainOfApp>();
  DOMAINS.set(app, domains);
  const key = domainNames.handlerArn(place, 'tables');
  const domain = domains.get(key) ?? { products: new Map<string, IConstruct>() };
  domains.set(key, domain);
  return domain;
}

/** A product refers to its foundation by name alone, which tells nobody the order. */
function deployAfter(product: IConstruct, foundation: IConstruct): void {
  const [stack, before] = [Stack.of(product), Stack.of(foundation)];
  if (stack === before) product.node.addDependency(foundation);
  else stack.addStackDependency(before, 'its foundation acts for it');
}
