import { type AnySchemaObject } from 'ajv/dist/2019';
import { type DocumentPath } from '../../lib/contract/document-path';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Fields = Record<string, Json>;
type Path = (string | number)[];

/** Small, fast and the same everywhere: mulberry32. */
export class Dice {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean { return this.next() < probability; }

  below(limit: number): number { return Math.floor(this.next() * limit); }

  pick<T>(list: readonly T[]): T { return list[this.below(list.length)]; }
}

/** A part of the official schema with its JSON pointer. */
interface Node {
  readonly schema: AnySchemaObject;
  readonly pointer: string;
}

/** Which property of the official schema each value of a generated document was made from. */
export type Trace = Map<string, DocumentPath[]>;

interface Flat {
  types: string[];
  nodes: Node[];
  /** Alternatives that have not been decided. */
  choices: Node[][];
}

const DEEP = 7;
const SCALAR_TYPES = ['string', 'date', 'number', 'integer', 'boolean'];

/** Makes documents that a JSON Schema of ODCS accepts, by walking that schema. */
export class DocumentGenerator {
  private trace: Trace = new Map();
  private wanted: ReadonlySet<string> = new Set();
  private readonly references = new Map<string, Node[]>();
  private readonly types = new WeakMap<AnySchemaObject, string[]>();

  constructor(private readonly root: AnySchemaObject, private readonly apiVersions: readonly string[]) {}

  /** `density` is how likely an optional field is there; one that is `wanted` always is. */
  document(dice: Dice, density: number, wanted: ReadonlySet<string> = new Set()): { document: Fields; trace: Trace } {
    this.trace = new Map();
    this.wanted = wanted;
    const document = this.value([{ schema: this.root, pointer: '#' }], [], dice, density) as Fields;
    document['apiVersion'] = dice.pick(this.apiVersions);
    return { document, trace: this.trace };
  }

  private resolve(node: Node): Node[] {
    const { $ref } = node.schema;
    return typeof $ref === 'string' ? [node, ...this.referred($ref)] : [node];
  }

  private referred(pointer: string): Node[] {
    const known = this.references.get(pointer);
    if (known !== undefined) return known;
    const schema = pointer.slice(2).split('/').reduce<AnySchemaObject>((part, step) => part[step] as AnySchemaObject, this.root);
    const found = this.resolve({ schema, pointer });
    this.references.set(pointer, found);
    return found;
  }

  /** All of a node: references and `allOf` opened, conditions decided by what the object already says. */
  private flatten(nodes: readonly Node[], decided: Fields): Flat {
    const flat: Flat = { types: [], nodes: [], choices: [] };
    const visit = (node: Node): void => {
      for (const part of this.resolve(node)) {
        const { schema, pointer } = part;
        flat.nodes.push(part);
        if (typeof schema['type'] === 'string') flat.types.push(schema['type']);
        if (Array.isArray(schema['type'])) flat.choices.push((schema['type'] as string[]).map((type) => ({ schema: { type }, pointer: `${pointer}/type` })));
        (schema['allOf'] as AnySchemaObject[] | undefined)?.forEach((inner, index) => { visit({ schema: inner, pointer: `${pointer}/allOf/${index}` }); });
        if (schema['if'] !== undefined && holds(schema['if'] as AnySchemaObject, decided)) visit({ schema: schema['then'] as AnySchemaObject, pointer: `${pointer}/then` });
        for (const word of ['oneOf', 'anyOf']) {
          const alternatives = schema[word] as AnySchemaObject[] | undefined;
          if (alternatives !== undefined) flat.choices.push(alternatives.map((inner, index) => ({ schema: inner, pointer: `${pointer}/${word}/${index}` })));
        }
      }
    };
    nodes.forEach(visit);
    return flat;
  }

  private value(nodes: readonly Node[], path: Path, dice: Dice, density: number): Json {
    let flat = this.flatten(nodes, {});
    let decided = nodes;
    // the alternatives of an object are about its fields, and decided with them
    while (flat.choices.length > 0 && !flat.types.includes('object')) {
      const [alternatives = []] = flat.choices;
      const fitting = alternatives.filter((alternative) => flat.types.length === 0 || this.possibleTypes(alternative).some((type) => flat.types.includes(type)));
      decided = [dice.pick(fitting)];
      const chosen = this.flatten(decided, {});
      flat = { types: [...flat.types, ...chosen.types], nodes: [...flat.nodes, ...chosen.nodes], choices: [...flat.choices.slice(1), ...chosen.choices] };
    }
    const enumeration = flat.nodes.map(({ schema }) => schema['enum'] as Json[] | undefined).find((list) => list !== undefined);
    if (enumeration !== undefined) return dice.pick(enumeration);
    const type = flat.types.length === 0 ? dice.pick(['string', 'number', 'boolean', 'null', 'array', 'object']) : flat.types.includes('integer') ? 'integer' : dice.pick(flat.types);
    switch (type) {
      case 'object': return this.object(decided, flat, path, dice, density);
      case 'array': return this.list(flat, path, dice, density);
      case 'string': return text(flat.nodes, dice);
      case 'integer': return dice.below(5) + 1;
      case 'number': return dice.pick([1, 2, 0.5, 12.25, 1e3]);
      case 'boolean': return dice.chance(0.5);
      default: return null;
    }
  }

  private possibleTypes(node: Node): string[] {
    const known = this.types.get(node.schema);
    if (known !== undefined) return known;
    const { types, choices } = this.flatten([node], {});
    const found = types.length > 0 ? types : choices.flatMap((alternatives) => alternatives.flatMap((alternative) => this.possibleTypes(alternative)));
    this.types.set(node.schema, found);
    return found;
  }

  private list(flat: Flat, path: Path, dice: Dice, density: number): Json[] {
    const items = flat.nodes.flatMap(({ schema, pointer }) => (schema['items'] === undefined ? [] : [{ schema: schema['items'] as AnySchemaObject, pointer: `${pointer}/items` }]));
    const least = Math.max(0, ...flat.nodes.map(({ schema }) => Number(schema['minItems'] ?? 0)));
    const most = Math.min(path.length > DEEP ? least : 2, ...flat.nodes.map(({ schema }) => Number(schema['maxItems'] ?? 2)));
    const size = Math.max(least, dice.below(most) + 1, path.length > DEEP ? 0 : 1);
    const list = Array.from({ length: Math.min(size, Math.max(most, least)) }, (_, index) => this.value(items, [...path, index], dice, density));
    const unique = flat.nodes.some(({ schema }) => schema['uniqueItems'] === true);
    if (!unique || new Set(list.map((entry) => JSON.stringify(entry))).size === list.length) return list;
    return list.map((entry, index) => (typeof entry === 'number' ? index + 1 : typeof entry === 'string' ? `${entry}${index}` : entry)).slice(0, typeof list[0] === 'object' ? 1 : undefined);
  }

  private object(nodes: readonly Node[], first: Flat, path: Path, dice: Dice, density: number): Json {
    const made: Fields = {};
    let flat = first;
    // fields that conditions ask about come first, and what they bring with them after
    for (const name of deciders(flat.nodes)) {
      const models = propertyNodes(flat.nodes, name);
      if (models.length === 0 || !dice.chance(path.length > DEEP ? 1 : 0.93)) continue;
      made[name] = name === 'logicalType' && path.length > DEEP - 2 && models.length > 0 && path[path.length - 1] !== 'schema'
        ? dice.pick(SCALAR_TYPES) : this.field(models, name, path, dice, density);
    }
    const picked = new Map<string, Node>();
    for (let round = 0; round < 2; round += 1) {
      flat = this.flatten(nodes, made);
      flat = this.decide(flat, dice, made, picked);
      const required = new Set(flat.nodes.flatMap(({ schema }) => (schema['required'] as string[] | undefined) ?? []));
      const names = propertyNames(flat.nodes);
      const forbidden = new Set(flat.nodes.flatMap(({ schema }) => (schema['not'] as { required?: string[] } | undefined)?.required ?? []));
      // without a logical type every type's options would apply at once
      if (!('logicalType' in made) && names.has('logicalType')) forbidden.add('logicalTypeOptions');
      const closed = flat.nodes.filter(({ schema }) => schema['unevaluatedProperties'] === false)
        .map((node) => propertyNames(this.decide(this.flatten([node], made), dice, made, picked).nodes));
      const decided = new Set(deciders(flat.nodes));
      for (const name of new Set([...required, ...names])) {
        if (name in made || forbidden.has(name) || (!required.has(name) && (path.length > DEEP || decided.has(name) || !(this.wanted.has(name) || dice.chance(density))))) continue;
        if (!closed.every((known) => known.has(name))) continue;
        const models = propertyNodes(flat.nodes, name);
        if (models.length > 0) made[name] = this.field(models, name, path, dice, density);
      }
    }
    return made;
  }

  /** Alternatives within an object: all but one of their fields stay away. */
  private decide(flat: Flat, dice: Dice, made: Fields, picked: Map<string, Node>): Flat {
    // two parts of an object may bring the same alternatives
    const choices = [...new Map(flat.choices.map((alternatives) => [alternatives[0]?.pointer, alternatives])).values()];
    let decided = flat;
    for (const alternatives of choices) {
      const pointer = alternatives[0]?.pointer ?? '';
      const choice = picked.get(pointer) ?? dice.pick(alternatives);
      picked.set(pointer, choice);
      const chosen = this.flatten([choice], made);
      decided = { ...decided, nodes: [...decided.nodes, ...chosen.nodes] };
    }
    return decided;
  }

  private field(models: readonly Node[], name: string, path: Path, dice: Dice, density: number): Json {
    const here = [...path, name];
    for (const { pointer } of models) this.trace.set(pointer, [...(this.trace.get(pointer) ?? []), here]);
    return this.value(models, here, dice, density);
  }
}

function propertyNames(nodes: readonly Node[]): Set<string> {
  return new Set(nodes.flatMap(({ schema }) => Object.keys((schema['properties'] as object | undefined) ?? {})));
}

function propertyNodes(nodes: readonly Node[], name: string): Node[] {
  return nodes.flatMap(({ schema, pointer }) => {
    const model = (schema['properties'] as Record<string, AnySchemaObject> | undefined)?.[name];
    return model === undefined ? [] : [{ schema: model, pointer: `${pointer}/properties/${name}` }];
  });
}

/** The fields that an object's conditions look at. */
function deciders(nodes: readonly Node[]): string[] {
  const asked = nodes.flatMap(({ schema }) => (schema['if'] === undefined ? [] : [schema['if'] as AnySchemaObject]));
  const names = asked.flatMap((condition) => [condition, ...((condition['anyOf'] as AnySchemaObject[] | undefined) ?? [])])
    .flatMap((condition) => Object.keys((condition['properties'] as object | undefined) ?? {}));
  return [...new Set(names)];
}

function holds(condition: AnySchemaObject, value: Fields): boolean {
  const { anyOf, properties, required } = condition as { anyOf?: AnySchemaObject[]; properties?: Record<string, AnySchemaObject>; required?: string[] };
  if (anyOf !== undefined && !anyOf.some((inner) => holds(inner, value))) return false;
  if (required?.some((name) => !(name in value)) === true) return false;
  return Object.entries(properties ?? {}).every(([name, model]) => !(name in value)
    || (model['const'] === undefined ? typeof value[name] === model['type'] : value[name] === model['const']));
}

function text(nodes: readonly Node[], dice: Dice): string {
  const pattern = nodes.map(({ schema }) => schema['pattern'] as string | undefined).find((written) => written !== undefined);
  if (pattern === undefined) return dice.pick(['a', 'orders', 'one row per order', '2026-01-31', 'é', '', '😀']);
  const candidates = ['orders_v1-2', 'orders.order_id', 'schema/orders/properties/order_id', 'https://shoply.example/c.yaml#/schema/a', 'sftp://shoply.example/in'];
  return dice.pick(candidates.filter((candidate) => new RegExp(pattern, 'u').test(candidate)));
}

const ODD_VALUES: readonly Json[] = [
  null, true, false, 0, -1, 1, 1.5, 1e300, 2 ** 53, '', 'x', 'a b', 'string', 'integer', 'library', 'sql', 'custom', 's3', 'a.b', 'a/b', '1.0',
  'a\n', '-', [], {}, ['x'], ['x', 'x'], { x: 1 }, [1, 1], [1, 2], [1, 2, 3], [null], [[]], [{}], { key: {}, value: {} },
];

/** A copy whose objects are of this realm: the judge takes two equal objects of another for different. */
export function copyOf<T extends Json>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Changes a document somewhere, so that it may or may not still be valid. */
export function mutate(document: Fields, vocabulary: readonly string[], dice: Dice): Fields {
  const copy = copyOf(document);
  const places = placesIn(copy);
  const { parent, key } = dice.pick(places);
  const odd = (): Json => copyOf(dice.pick(ODD_VALUES));
  const value = at(parent, key);
  const fields = Array.isArray(parent) ? {} : parent;
  switch (dice.below(9)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else Reflect.deleteProperty(parent, key);
      break;
    case 1:
      if (!Array.isArray(parent)) Reflect.deleteProperty(parent, key);
      fields[dice.chance(0.5) ? dice.pick(vocabulary) : `${key}x`] = value;
      break;
    case 2: case 3: setAt(parent, key, odd()); break;
    case 4: fields[`unknown${dice.below(3)}`] = odd(); break;
    case 5: fields[dice.pick(vocabulary)] = odd(); break;
    case 6: {
      const other = dice.pick(places);
      fields[dice.chance(0.5) ? String(key) : dice.pick(vocabulary)] = copyOf(at(other.parent, other.key));
      break;
    }
    case 7:
      if (Array.isArray(value) && value.length > 0) value.push(copyOf(value[0]));
      break;
    default: copy['apiVersion'] = dice.pick(['v3.0.2', 'v3.0.0', 'v3.1.0', 'v3.2.0', 'v2.2.2', 'v3.3.0', '3.1.0']);
  }
  return copy;
}

interface Place {
  readonly parent: Fields | Json[];
  readonly key: string | number;
}

export function placesIn(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [{ parent: value, key }, ...placesIn(at(value, key))]);
}

export function at(parent: Fields | Json[], key: string | number): Json {
  return (parent as Record<string | number, Json>)[key];
}

export function setAt(parent: Fields | Json[], key: string | number, value: Json): void {
  (parent as Record<string | number, Json>)[key] = value;
}

/** Every property of a schema that a document can have, by pointer; conditions are not descriptions. */
export function describedProperties(schema: AnySchemaObject): Map<string, AnySchemaObject> {
  const found = new Map<string, AnySchemaObject>();
  const seen = new Set<string>();
  const visit = (part: unknown, pointer: string): void => {
    if (typeof part !== 'object' || part === null || seen.has(pointer)) return;
    seen.add(pointer);
    if (Array.isArray(part)) {
      part.forEach((inner, index) => { visit(inner, `${pointer}/${index}`); });
      return;
    }
    const node = part as AnySchemaObject;
    if (typeof node['$ref'] === 'string') {
      const target = node['$ref'];
      visit(target.slice(2).split('/').reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], schema), target);
    }
    for (const [name, model] of Object.entries((node['properties'] as Record<string, AnySchemaObject> | undefined) ?? {})) {
      found.set(`${pointer}/properties/${name}`, model);
      visit(model, `${pointer}/properties/${name}`);
    }
    for (const word of ['items', 'then', 'allOf', 'oneOf', 'anyOf']) visit(node[word], `${pointer}/${word}`);
  };
  visit(schema, '#');
  return found;
}
