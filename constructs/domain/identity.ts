import { INTERFACE_VERSION } from './interface-version';
import { type ProductPlace } from './naming';

/** Which product a handler is asked about, in the words of every request. */
export function identityOf({ domain, entity, major, environment }: Pick<ProductPlace, 'domain' | 'entity' | 'major' | 'environment'>): Readonly<Record<'InterfaceVersion' | 'Domain' | 'Entity' | 'Major' | 'Environment', string>> {
  return { InterfaceVersion: INTERFACE_VERSION, Domain: domain, Entity: entity, Major: String(major), Environment: environment ?? '' };
}
