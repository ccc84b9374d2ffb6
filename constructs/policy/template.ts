/** A resource of a template, as it will be deployed. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
  readonly metadata: Properties;
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
}

/** JSON of a template: anything may be an intrinsic function. */
export type Properties = Record<string, unknown>;

/** A product, as the resources that ask its foundation's handlers name it. */
export interface ProductOfStack {
  readonly domain: string;
  readonly environment: string;
  readonly entity: string;
  readonly major: string;
}

/** One template, for rules to look at. */
export class Template {
  readonly resources: readonly Resource[];
  readonly body: Properties;
  private readonly byType = new Map<string, Resource[]>();

  constructor(private readonly text: string, readonly account: string | undefined) {
    this.body = asObject(JSON.parse(text));
    const { body } = this;
    this.resources = Object.entries(asObject(body.Resources)).map(([id, value]) => {
      const resource = asObject(value);
      return {
        id, type: String(resource.Type), properties: asObject(resource.Properties), metadata: asObject(resource.Metadata),
        deletionPolicy: asText(resource.DeletionPolicy), updateReplacePolicy: asText(resource.UpdateReplacePolicy),
      };
    });
    for (const resource of this.resources) this.byType.set(resource.type, [...this.byType.get(resource.type) ?? [], resource]);
  }

  of(...types: string[]): Resource[] {
    return types.flatMap((type) => this.byType.get(type) ?? []);
  }

  /** Whether a word is anywhere in it: where it is not, nobody has to look. */
  mentions(word: string): boolean {
    return this.text.includes(word);
  }

  get(id: string | undefined): Resource | undefined {
    return id === undefined ? undefined : this.resources.find((resource) => resource.id === id);
  }

  /** The product that the stack deploys; undefined for every other stack. */
  get product(): ProductOfStack | undefined {
    // Its grants are the platform's.
    if (this.purpose === 'grants') return undefined;
    const asking = this.resources.find(({ type, properties }) => type.startsWith('Custom::Mesh') && typeof properties.Entity === 'string');
    if (asking === undefined) return undefined;
    const { Domain, Environment, Entity, Major } = asking.properties;
    return { domain: knownText(Domain), environment: knownText(Environment), entity: knownText(Entity), major: knownText(Major) };
  }

  /** What the stack says it is for (`Metadata` of the template): `grants` where the platform grants a product's consumers. */
  get purpose(): string | undefined {
    return asText(asObject(this.body.Metadata)['mesh:stack']);
  }
}

export function asObject(value: unknown): Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Properties : {};
}

export function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** At a path of properties: `at(bucket.properties, 'VersioningConfiguration', 'Status')`. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, name) => asObject(inner)[name], value);
}

/** The logical id that a value refers to, by whichever function. */
export function referredId(value: unknown): string | undefined {
  const { Ref: ref, 'Fn::GetAtt': attribute } = asObject(value);
  if (typeof ref === 'string') return ref;
  return asText(Array.isArray(attribute) ? attribute[0] : asText(attribute)?.split('.')[0]);
}

/** As much of a value as is known before it is deployed; `*` would be a pattern, so what is not known is `?`. */
export function knownText(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = at(value, 'Fn::Join');
  if (Array.isArray(join)) return asList(join[1]).map(knownText).join(String(join[0]));
  const sub = at(value, 'Fn::Sub');
  if (sub !== undefined) return String(asList(sub)[0]).replace(/\$\{[^}]*\}/g, '?');
  const { Ref: ref } = asObject(value);
  return ref === 'AWS::Partition' ? 'aws' : '?';
}
