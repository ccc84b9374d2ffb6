import { type Contract } from '../contract';
import { type DocumentPath } from '../document-path';
import { customProperty, findCustomProperty } from '../mesh-property';
import { TIERS, tierOf } from '../tier';
import { type Changes, type Place } from './change';
import { diffDefinitions, diffText } from './meaning';
import { pair } from './pairs';
import { diffRest, sameJson, without } from './rest';

/** What a contract says of the product as a whole. */
export function diffProduct(changes: Changes): void {
  const { base, head } = changes;
  for (const field of ['id', 'domain'] as const) {
    if (base[field] !== head[field]) changes.add('diff/product-renamed', top([field]), `\`${field}\` was ${named(base[field])} and is ${named(head[field])}`);
  }
  for (const field of ['purpose', 'usage', 'limitations'] as const) diffText(base.description[field], head.description[field], top(['description', field]), changes);
  diffDefinitions([...base.authoritativeDefinitions, ...base.description.authoritativeDefinitions], [...head.authoritativeDefinitions, ...head.description.authoritativeDefinitions],
    top(['authoritativeDefinitions']), changes);
  diffSupport(changes);
  diffOwn(changes);
  if (!sameJson(priceOf(base), priceOf(head))) changes.add('diff/price-changed', top(['price']), 'the price changed');
  diffRest({ path: '', base: [], head: [] }, PRODUCT_FIELDS, changes);
  diffRest(top(['description']), ['purpose', 'usage', 'limitations', 'authoritativeDefinitions'], changes);
}

const PRODUCT_FIELDS = [
  'id', 'domain', 'version', 'status', 'description', 'servers', 'schema', 'support', 'price', 'roles', 'slaProperties', 'slaDefaultElement', 'authoritativeDefinitions',
];

function named(value: string | undefined): string {
  return value === undefined ? 'not written' : `\`${value}\``;
}

function top(path: DocumentPath): Place {
  return { path: path.join('.'), base: path, head: path };
}

function diffSupport(changes: Changes): void {
  const { both, removed, added } = pair(changes.base.support, changes.head.support, ({ channel }) => channel);
  for (const { channel, path } of removed) changes.add('diff/support-removed', { path: `support.${channel}`, base: path, head: ['support'] }, `\`${channel}\` is gone`);
  for (const { channel, path } of added) changes.add('diff/documentation-changed', { path: `support.${channel}`, head: path }, `\`${channel}\` is new`);
  for (const { base: before, head: after } of both) diffRest({ path: `support.${after.channel}`, base: before.path, head: after.path }, ['channel'], changes);
}

/** Tier and residency. */
function diffOwn(changes: Changes): void {
  const { base, head } = changes;
  const [tierBefore, tierAfter] = [tierOf(base), tierOf(head)];
  if (tierBefore !== tierAfter) {
    const lowered = TIERS.indexOf(tierAfter) > TIERS.indexOf(tierBefore);
    changes.add(lowered ? 'diff/tier-lowered' : 'diff/tier-raised', own('mesh.tier', base, head), `the tier was ${tierBefore} and is ${tierAfter}`);
  }
  const [regionsBefore, regionsAfter] = [base, head].map((contract) => regionsOf(contract));
  if (regionsBefore !== regionsAfter) changes.add('diff/residency-changed', own('mesh.residency', base, head), `the regions were ${regionsBefore} and are ${regionsAfter}`);
}

function own(name: string, base: Contract, head: Contract): Place {
  const [before, after] = [base, head].map((contract) => findCustomProperty(contract, name)?.path);
  return { path: name, base: before, head: after ?? ['customProperties'] };
}

function regionsOf(contract: Contract): string {
  const written = customProperty(contract, 'mesh.residency');
  return Array.isArray(written) ? written.map((region) => (typeof region === 'string' ? region : JSON.stringify(region))).sort().join(', ') : 'not written';
}

function priceOf({ price }: Contract): unknown {
  return price === undefined ? null : without(price, 'path');
}
