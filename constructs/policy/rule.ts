import { type Resource, type Template } from './template';

/** Where a rule is broken: a resource, and what of it. */
export interface Finding {
  readonly resource: string;
  /** `Properties/BucketEncryption`. */
  readonly at: string;
}

/** One thing that no template of a mesh may do. */
export interface Rule {
  /** `MESH-S3-1`: never used again for something else. */
  readonly id: string;
  /** What is wrong, in a sentence. */
  readonly description: string;
  /** What to do about it. */
  readonly fix: string;
  readonly check: (template: Template) => Iterable<Finding>;
}

/** A rule about each resource of some types: broken by those for which `isBroken`. */
export function eachOf(
  types: readonly string[], property: string, isBroken: (resource: Resource, template: Template) => boolean,
): (template: Template) => Finding[] {
  return (template) => template.of(...types).filter((resource) => isBroken(resource, template)).map(({ id }) => ({ resource: id, at: `Properties/${property}` }));
}
