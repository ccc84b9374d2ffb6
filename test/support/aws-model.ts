import * as fs from 'node:fs';
import * as path from 'node:path';
import * as zlib from 'node:zlib';

/** A shape of a service's model as botocore ships it. */
interface Shape {
  readonly type: 'structure' | 'list' | 'map' | 'string' | 'integer' | 'long' | 'float' | 'double' | 'boolean' | 'timestamp' | 'blob';
  readonly members?: Record<string, { readonly shape: string; readonly streaming?: boolean }>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly union?: boolean;
  /** Any JSON. */
  readonly document?: boolean;
}

/** Where a value stands in a request, said only of what is wrong. */
type Place = () => string;

interface Model {
  readonly operations: Record<string, { readonly input?: { readonly shape: string }; readonly output?: { readonly shape: string } }>;
  readonly shapes: Record<string, Shape>;
}

/** What a service's own model says of requests and answers. */
export class AwsModel {
  private static readonly loaded = new Map<string, AwsModel>();
  private readonly patterns = new Map<string, RegExp>();

  /** The newest model of a service that botocore has; `service` is its folder there: `glue`, `events`, `stepfunctions`. */
  static of(service: string): AwsModel {
    const model = AwsModel.loaded.get(service) ?? new AwsModel(service, read(service));
    AwsModel.loaded.set(service, model);
    return model;
  }

  private constructor(private readonly service: string, private readonly model: Model) {}

  /** Why the service would refuse the request; empty when it would not. */
  problemsOfInput(operation: string, input: unknown): string[] {
    const found: string[] = [];
    this.problems(found, this.operation(operation).input?.shape, input, () => operation, true);
    return found;
  }

  /** What the service would never answer: a fake that says it is no witness. */
  problemsOfOutput(operation: string, output: unknown): string[] {
    const found: string[] = [];
    this.problems(found, this.operation(operation).output?.shape, { ...(output as object), $metadata: undefined }, () => `${operation}'s answer`, false);
    return found;
  }

  private operation(name: string): Model['operations'][string] {
    const found = this.model.operations[name];
    if (found === undefined) throw new Error(`${this.service} has no operation ${name}`);
    return found;
  }

  private problems(found: string[], name: string | undefined, value: unknown, at: Place, isInput: boolean): void {
    if (name === undefined) {
      if (Object.values(value ?? {}).some((item) => item !== undefined)) found.push(`${at()} takes nothing, received ${shown(value)}`);
      return;
    }
    const shape = this.model.shapes[name];
    if (shape.document === true) return;
    if (!hasType(shape, value)) {
      found.push(`${at()} must be a ${shape.type}, received ${shown(value)}`);
      return;
    }
    if (isInput) this.limits(found, shape, value, at);
    if (shape.type === 'structure') this.structure(found, shape, value as Record<string, unknown>, at, isInput);
    if (shape.type === 'list') {
      for (const [n, item] of (value as unknown[]).entries()) this.problems(found, shape.member?.shape, item, () => `${at()}[${n}]`, isInput);
    }
    if (shape.type === 'map') {
      for (const [key, item] of Object.entries(value as object)) {
        this.problems(found, shape.key?.shape, key, () => `the key ${key} of ${at()}`, isInput);
        this.problems(found, shape.value?.shape, item, () => `${at()}.${key}`, isInput);
      }
    }
  }

  private structure(found: string[], shape: Shape, value: Record<string, unknown>, at: Place, isInput: boolean): void {
    const given = Object.entries(value).filter(([, item]) => item !== undefined);
    const members = shape.members ?? {};
    if (shape.union === true && given.length !== 1) found.push(`${at()} must have exactly one member, received ${given.map(([key]) => key).join(', ') || 'none'}`);
    for (const [key, item] of given) {
      if (members[key] === undefined) found.push(`${at()} has no member ${key}; it has ${Object.keys(members).join(', ')}`);
      // A stream is whatever the client makes of it.
      else if (members[key].streaming !== true) this.problems(found, members[key].shape, item, () => `${at()}.${key}`, isInput);
    }
    if (!isInput) return;
    for (const key of shape.required ?? []) {
      if (value[key] === undefined) found.push(`${at()} must have ${key}`);
    }
  }

  private limits(found: string[], shape: Shape, value: unknown, at: Place): void {
    const size = shape.min === undefined && shape.max === undefined ? undefined : sizeOf(shape, value);
    if (size !== undefined && (size < (shape.min ?? -Infinity) || size > (shape.max ?? Infinity))) {
      found.push(`${at()} has ${typeof value === 'number' ? 'the value' : 'the size'} ${size}, allowed are ${shape.min ?? 'any'} to ${shape.max ?? 'any'}`);
    }
    if (typeof value !== 'string') return;
    if (shape.enum !== undefined && !shape.enum.includes(value)) found.push(`${at()} must be one of ${shape.enum.join(' | ')}, received ${shown(value)}`);
    if (shape.pattern !== undefined && !this.pattern(shape.pattern).test(value)) found.push(`${at()} must match ${shape.pattern}, received ${shown(value)}`);
  }

  /** Patterns are Java's, and hold for the whole text. */
  private pattern(text: string): RegExp {
    let compiled = this.patterns.get(text);
    if (compiled === undefined) {
      const flag = text.startsWith('(?i)') ? 'i' : '';
      const body = `^(?:${flag === '' ? text : text.slice('(?i)'.length)})$`;
      try {
        compiled = new RegExp(body, `u${flag}`);
      } catch {
        compiled = new RegExp(body, flag);
      }
      this.patterns.set(text, compiled);
    }
    return compiled;
  }
}

function read(service: string): Model {
  const folder = path.join(botocore(), service);
  const version = fs.readdirSync(folder).sort().at(-1) as string;
  return JSON.parse(zlib.gunzipSync(fs.readFileSync(path.join(folder, version, 'service-2.json.gz'))).toString()) as Model;
}

/** Where the test environment's Python has its models. */
function botocore(): string {
  const lib = path.resolve(__dirname, '../../.venv', process.platform === 'win32' ? 'Lib' : 'lib');
  const packages = process.platform === 'win32' ? [path.join(lib, 'site-packages')] : fs.readdirSync(lib).map((python) => path.join(lib, python, 'site-packages'));
  const found = packages.map((folder) => path.join(folder, 'botocore', 'data')).find((folder) => fs.existsSync(folder));
  if (found === undefined) throw new Error(`botocore is not below ${lib}; run \`npm test\`, which installs it`);
  return found;
}

function hasType({ type }: Shape, value: unknown): boolean {
  switch (type) {
    case 'structure': case 'map': return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'list': return Array.isArray(value);
    case 'string': return typeof value === 'string';
    case 'boolean': return typeof value === 'boolean';
    case 'integer': case 'long': return Number.isInteger(value);
    case 'float': case 'double': return typeof value === 'number';
    case 'timestamp': return value instanceof Date;
    case 'blob': return typeof value === 'string' || value instanceof Uint8Array;
  }
}

/** What `min` and `max` are about: characters, items, bytes, or the number itself. */
function sizeOf({ type }: Shape, value: unknown): number | undefined {
  switch (type) {
    case 'string': return [...(value as string)].length;
    case 'list': case 'blob': return (value as { length: number }).length;
    case 'map': return Object.keys(value as object).length;
    case 'integer': case 'long': case 'float': case 'double': return value as number;
    default: return undefined;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
