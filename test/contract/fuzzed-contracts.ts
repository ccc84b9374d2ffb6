import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Contract } from '../../lib/contract/contract';
import { diffContracts } from '../../lib/contract/diff/diff-contracts';
import { parseContract } from '../../lib/contract/load-contract';
import { type Problem } from '../../lib/contract/problem';
import { parseYaml } from '../../lib/contract/yaml-file';
import { compileProduct } from '../../lib/plan/compile-product';
import { signedDigest } from '../../lib/plan/signoff/signed-content';
import { SIGNOFF_PARTS } from '../../lib/plan/signoff/signoff-parts';
import { validatePaths } from '../../lib/plan/validate';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, OWNED_MESH, SMALLEST, TrustingChecker } from '../plan/mesh-folder';
import { CONTEXT, contractOf, example } from './diff/contracts';

const ROOT = path.resolve(__dirname, '..', '..');
const SHORT = 'product_id: dp_sales_orders\nowner: sales@shoply.com\nsla: {freshness_hours: 6, availability_pct: 99.5}\nschema: {grain: one row per order, primary_key: [order_id], columns: {order_id: string, amount: "decimal(12,2)"}}\ninterfaces: [athena, {type: redshift}]\n';

/** Valid ones to begin with: those of the example mesh, the richest and the smallest, and the short template. */
const VALID: readonly string[] = [
  ...['sales/orders', 'sales/gold_daily', 'marketing/campaign_rois', 'operations/flights', 'safety/bird_strikes'].map((name) => fs.readFileSync(path.join(ROOT, 'contracts', `${name}.contract.yaml`), 'utf8')),
  JSON.stringify(example()), SMALLEST, SHORT,
];

/** Policies that look at as much of a contract as there are policies. */
const MESH = `${OWNED_MESH}policies:
  - {id: require-sla, properties: [freshness, availability]}
  - {id: least-sla, promises: {freshness: 2d, availability: 99}}
  - {id: least-notice, period: 30d}
  - {id: require-description, of: [product, tables, columns]}
  - {id: require-critical-check}
  - {id: require-classification}
  - {id: require-masking}
  - {id: protect-pii}
  - {id: naming, of: columns, pattern: "[a-z_]+"}
  - {id: forbidden-types, types: [float, map]}
  - {id: residency, regions: [eu-west-1]}
  - {id: require-signoff, parts: [owner]}
  - {id: custom, rule: shoply/x, of: columns, where: {logicalType: string}, must: {logicalTypeOptions.maxLength: {atMost: 100}}, message: too long, remedy: cut it}
`;

/** mulberry32: the same numbers from the same seed, on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const NUMBERS = [0, -1, 1e308, 2 ** 53, 0.1];
const TEXTS = [
  '', ' ', 'null', '1.0.0', '2.1.0', '999999999999.0.0', 'retired', 'deprecated', 'active', '2026-02-30', '2999-12-31', '2020-01-01', '24h', 'P1Y', '-5d', '$ref', 'string', 'integer',
  'x'.repeat(5000), '`${object}`', 'decimal(99,99)', 'array<array<struct<a:map<string,int>>>>', 'struct<', '(a+)+$', '[', '../../etc/passwd', '\u0000', '\ud800', '😀', '__proto__', 'constructor',
  'SELECT', "' OR 1=1 --", 'mesh.masking', 'hash', 'restricted',
];

type Node = Record<string, unknown> | unknown[];

class Mutator {
  constructor(private readonly random: () => number) {}

  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random() * all.length)];
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** A valid contract with a few things changed that people, scripts and merges get wrong. */
  contract(): string {
    const text = this.pick(VALID);
    const read = parseYaml(text, 'valid.yaml');
    if (!read.ok) throw new Error('it should be valid');
    const document = structuredClone(read.value) as Node;
    for (let left = this.pick([1, 1, 1, 2, 3]); left > 0; left -= 1) this.mutate(document);
    const written = JSON.stringify(document, undefined, this.pick([0, 1, 2]));
    return this.chance(0.15) ? this.scarred(this.chance(0.5) ? text : written) : written;
  }

  private mutate(document: Node): void {
    const nodes = all(document);
    const node = this.pick(nodes);
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = this.pick(keys);
    const target = node as Record<string, unknown>;
    switch (this.pick(['drop', 'scalar', 'scalar', 'wrap', 'graft', 'rename', 'twice', 'empty', 'swap', 'deep'] as const)) {
      case 'drop': if (Array.isArray(node)) node.splice(Number(key), 1); else delete target[key]; return;
      case 'scalar': target[key] = this.scalar(target[key]); return;
      case 'wrap': target[key] = this.chance(0.5) ? [target[key]] : { [this.pick(['value', 'name', 'property', key])]: target[key] }; return;
      case 'graft': target[key] = structuredClone(this.pick(nodes)); return;
      case 'rename': {
        if (Array.isArray(node)) return;
        const value = target[key];
        delete target[key];
        target[this.pick([key.toUpperCase(), `${key}s`, key.slice(1) || 'x', `mesh.${key}`, ' ', 'é'.repeat(20), this.pick(Object.keys(this.pick(nodes))) ?? key])] = value;
        return;
      }
      case 'twice': if (Array.isArray(node)) node.push(structuredClone(this.pick(node))); return;
      case 'empty': target[key] = this.pick<unknown>([{}, [], '', null]); return;
      case 'swap': {
        const other = this.pick(keys);
        [target[key], target[other]] = [target[other], target[key]];
        return;
      }
      case 'deep': {
        let value: unknown = target[key];
        for (let depth = this.pick([3, 30, 90]); depth > 0; depth -= 1) value = this.pick<unknown>([[value], { properties: [value] }, { items: value }]);
        target[key] = value;
      }
    }
  }

  /** Another value, of the same kind or of any. */
  private scalar(before: unknown): unknown {
    const shown = typeof before === 'string' ? before : JSON.stringify(before);
    const others = [...TEXTS, `${shown} `, shown.toUpperCase(), ...NUMBERS, null, true, false, [before, before]];
    const alike = others.filter((other) => typeof other === typeof before && other !== before);
    return this.pick<unknown>(alike.length > 0 && this.chance(0.6) ? alike : others);
  }

  /** What editors and merges do to a text. */
  private scarred(text: string): string {
    const at = Math.floor(this.random() * text.length);
    switch (this.pick(['cut', 'tab', 'merge', 'byte', 'line', 'anchor'] as const)) {
      case 'cut': return text.slice(0, at);
      case 'tab': return `${text.slice(0, at)}\t${text.slice(at)}`;
      case 'merge': return `${text.slice(0, at)}\n<<<<<<< HEAD\n${text.slice(at, at + 40)}\n=======\n${text.slice(at)}`;
      case 'byte': return text.slice(0, at) + String.fromCharCode(Math.floor(this.random() * 0xFFFF)) + text.slice(at + 1);
      case 'line': {
        const lines = text.split('\n');
        lines.splice(Math.floor(this.random() * lines.length), 0, this.pick(lines));
        return lines.join('\n');
      }
      case 'anchor': return `${text}\nextra: &a [*a, *b]\n`;
    }
  }
}

function all(document: Node): Node[] {
  const found: Node[] = [];
  const open: Node[] = [document];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node);
    for (const value of Object.values(node)) if (typeof value === 'object' && value !== null) open.push(value as Node);
  }
  return found;
}

/** What went wrong with one of them: a crash, a hang, a message of ours that is none. */
export interface Fault {
  readonly seed: number;
  readonly what: string;
  readonly text: string;
}

export interface Fuzzed {
  readonly faults: readonly Fault[];
  /** How many the standard still accepts: if none were, only its model would be tried. */
  readonly accepted: number;
  readonly planned: number;
  /** Of processor time, by the slowest. */
  readonly slowest: number;
}

const SLOW_SECONDS = 1;
const NO_MESSAGE = /\bundefined\b|\[object |\bat \S+ \(|\.ts:\d|\bTypeError\b|Cannot read prop|is not a function|^$/;

/** Judges contracts of these seeds as the command line does: validated, planned, compared, signed. */
export function fuzz(seeds: Iterable<number>): Fuzzed {
  const root = folderWith({ 'mesh.yaml': MESH, 'contracts/vocabulary.yaml': 'terms:\n  Order: {definition: What was ordered., type: object}\n' });
  const file = path.join(root, 'contracts', 'sales', 'orders.contract.yaml');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const valid = contractOf(example());
  const faults: Fault[] = [];
  let [accepted, planned, slowest] = [0, 0, 0];
  for (const seed of seeds) {
    const text = new Mutator(randomFrom(seed)).contract();
    fs.writeFileSync(file, text);
    const before = process.cpuUsage();
    try {
      const { contract, problems, isPlanned } = judge(root, file, text, valid);
      if (contract !== undefined) accepted += 1;
      if (isPlanned) planned += 1;
      const empty = problems.find(({ message, remedy }) => NO_MESSAGE.test(message) || (remedy !== undefined && NO_MESSAGE.test(remedy)));
      if (empty !== undefined) faults.push({ seed, what: `says "${empty.message}" (${empty.id}; ${empty.remedy ?? 'no remedy'})`, text });
    } catch (error) {
      faults.push({ seed, what: (error as Error).stack ?? String(error), text });
    }
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    slowest = Math.max(slowest, seconds);
    if (seconds > SLOW_SECONDS) faults.push({ seed, what: `took ${seconds.toFixed(2)} s`, text });
  }
  return { faults, accepted, planned, slowest };
}

function judge(root: string, file: string, text: string, valid: Contract): { readonly contract: Contract | undefined; readonly problems: readonly Problem[]; readonly isPlanned: boolean } {
  const sqlChecker = new TrustingChecker();
  const { files } = validatePaths([], { cwd: root, root, sqlChecker, requireSignoffs: true });
  const problems = files.flatMap((each) => each.problems);
  const workspace = new Workspace(root, root, { sqlChecker });
  const isPlanned = compileProduct(workspace, file).ok;
  const loaded = parseContract(text, 'fuzzed.yaml');
  if (!loaded.ok) return { contract: undefined, problems, isPlanned };
  const changes = [...diffContracts(valid, loaded.contract, CONTEXT), ...diffContracts(loaded.contract, valid, CONTEXT)];
  for (const part of SIGNOFF_PARTS) signedDigest(loaded.contract, part, workspace.surroundings());
  return { contract: loaded.contract, problems: [...problems, ...changes.map((change) => ({ ...change, severity: 'warning' as const }))], isPlanned };
}
