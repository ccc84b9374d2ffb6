import { type CustomProperty } from './contract';

/** The value of a custom property by its name, e.g. `mesh.masking`; undefined where it is not written. */
export function customProperty(owner: { readonly customProperties: readonly CustomProperty[] }, name: string): unknown {
  return findCustomProperty(owner, name)?.value;
}

/** A custom property by its name. */
export function findCustomProperty(owner: { readonly customProperties: readonly CustomProperty[] }, name: string): CustomProperty | undefined {
  return owner.customProperties.find(({ property }) => property === name);
}
