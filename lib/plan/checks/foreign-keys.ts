import * as path from 'node:path';
import { isKeyed, MASKED } from '../../contract/classification';
import { type Contract, type LoadedContract, type Property, type Relationship, type SchemaObject, type TableRelationship } from '../../contract/contract';
import { typeText } from '../../contract/data-type';
import { type DocumentPath } from '../../contract/document-path';
import { type Detail, type Findings } from '../../contract/findings';
import { fieldsWithin } from '../../contract/lint/rule';
import { findCustomProperty } from '../../contract/mesh-property';
import { suggest } from '../../contract/suggestion';
import { type PromisedTable } from '../contract-tables';
import { type DraftPipeline } from '../pipeline/draft';
import { type PlanColumn } from '../plan-schema';
import { type KnownProduct } from '../product-directory';
import { REFERENCES } from '../rules';

/** A relationship of a contract, resolved: whole keys of `columns` are among `keys` of what the plan calls `to`. */
export interface ForeignKey {
  readonly table: string;
  readonly columns: readonly string[];
  /** A table of the contract, or a source of the pipeline that is another product. */
  readonly to: string;
  readonly keys: readonly string[];
  readonly relationship: Relationship;
}

/** What relationships are resolved in. */
export interface References {
  readonly contract: Contract;
  /** Absolute path of the contract. */
  readonly file: string;
  readonly promised: readonly PromisedTable[];
  readonly pipeline: DraftPipeline;
  readonly products: { contract(file: string): LoadedContract; find(id: string): readonly KnownProduct[] };
}

/** Every relationship of the contract, as far as it can be measured; `findings` says what keeps others from it. */
export function foreignKeys(given: References, findings: Findings): ForeignKey[] {
  return given.contract.schema.flatMap((object) => [
    ...object.properties.flatMap((property) => property.relationships.flatMap((relationship) => (
      new Resolution(given, object, relationship, findings).of([{ column: property.name, at: relationship.path }])))),
    ...object.relationships.flatMap((relationship) => new Resolution(given, object, relationship, findings).ofTable(relationship)),
    ...object.properties.flatMap(fieldsWithin).flatMap(({ relationships }) => relationships.flatMap((relationship) => {
      findings.add(REFERENCES['unknown-reference'], relationship.path, {
        message: 'a nested value cannot be a key', expected: 'a relationship of a column', remedy: 'make it a column of its own, or remove the relationship',
      });
      return [];
    })),
  ]);
}

interface End { readonly column: string; readonly at: DocumentPath }

/** Where the keys of others are: their table, as promised there and as the plan calls it. */
interface Target { readonly name: string; readonly table: PromisedTable; readonly property: Property; readonly domain: string | undefined }

class Resolution {
  constructor(
    private readonly given: References, private readonly object: SchemaObject, private readonly relationship: Relationship, private readonly findings: Findings,
  ) {}

  ofTable(relationship: TableRelationship): ForeignKey[] {
    const own = this.given.promised.find(({ object }) => object === this.object);
    const ends = listed(relationship.from).map((reference, index): End | undefined => {
      const at = [...relationship.path, 'from', ...(Array.isArray(relationship.from) ? [index] : [])];
      const found = parsed(reference);
      const isOwn = found !== undefined && found.file === undefined && named(this.object, found.table);
      const property = isOwn ? this.object.properties.find((each) => named(each, found.column)) : undefined;
      if (property !== undefined) return { column: property.name, at };
      return this.unknown(at, reference, own === undefined ? [] : [own]);
    });
    return ends.every((end) => end !== undefined) ? this.of(ends) : [];
  }

  of(ends: readonly End[]): ForeignKey[] {
    const written = listed(this.relationship.to);
    const at = (index: number): DocumentPath => [...this.relationship.path, 'to', ...(Array.isArray(this.relationship.to) ? [index] : [])];
    if (written.length !== ends.length) {
      this.add('unknown-reference', [...this.relationship.path, 'to'], {
        message: `${ends.length === 1 ? 'one column is' : `${ends.length} columns are`} looked up in ${written.length}`, received: this.relationship.to,
        expected: ends.length === 1 ? 'one column' : `${ends.length} columns`, remedy: 'name the same number on both sides; a key of several columns is a relationship of the table',
      });
      return [];
    }
    const targets = written.map((reference, index) => this.target(reference, at(index)));
    if (!targets.every((target) => target !== undefined)) return [];
    const stray = targets.findIndex(({ name }) => name !== targets[0].name);
    if (stray > 0) {
      this.add('unknown-reference', at(stray), { message: 'a key belongs to one table', received: written[stray], expected: `a column of ${targets[0].name}`, remedy: 'make it two relationships' });
      return [];
    }
    const action = findCustomProperty(this.relationship, 'mesh.actionOnFail');
    if (action?.value === 'quarantine_rows') {
      this.add('reference-action', [...action.path, 'value'], {
        message: 'another table may change later, so rows are not put aside for it', received: 'quarantine_rows', expected: 'abort_workflow or alert', remedy: 'join the other table in the pipeline, and filter',
      });
    }
    const fits = ends.map((end, index) => this.fits(end.column, targets[index], at(index)));
    return fits.includes(false) ? [] : [{
      table: this.object.name, columns: ends.map(({ column }) => column), to: targets[0].name, keys: targets.map(({ property }) => property.name), relationship: this.relationship,
    }];
  }

  private target(reference: string, at: DocumentPath): Target | undefined {
    const found = parsed(reference);
    const file = found?.file === undefined ? this.given.file : path.resolve(path.dirname(this.given.file), found.file);
    if (found === undefined) return this.unknown(at, reference, this.given.promised);
    if (file === this.given.file) {
      const table = this.given.promised.find(({ object }) => named(object, found.table));
      const property = table?.object.properties.find((each) => named(each, found.column));
      return table === undefined || property === undefined ? this.unknown(at, reference, this.given.promised) : { name: table.object.name, table, property, domain: this.given.contract.domain };
    }
    return this.elsewhere(reference, { ...found, file }, at);
  }

  /** In another product's contract: what the pipeline imports of it. */
  private elsewhere(reference: string, { file, table: object, column }: Parsed & { readonly file: string }, at: DocumentPath): Target | undefined {
    const loaded = /^https?:/.test(reference) ? undefined : this.given.products.contract(file);
    const product = loaded?.ok === true ? this.given.products.find(loaded.contract.id).find((each) => path.resolve(each.file) === file) : undefined;
    if (product === undefined) {
      this.add('unknown-reference', at, {
        message: 'this is not a contract of the mesh', received: reference, expected: 'the path of a contract, from the folder of this one',
        remedy: 'correct it, or remove the relationship: only data of this mesh can be checked',
      });
      return undefined;
    }
    const table = product.tables.find((each) => named(each.object, object));
    const property = table?.object.properties.find((each) => named(each, column));
    if (table === undefined || property === undefined) return this.unknown(at, reference, product.tables);
    const source = this.given.pipeline.sources.find((each) => (
      each.kind === 'product' && each.product === product.id && each.major === product.major && each.object === table.object.name));
    if (source === undefined) {
      this.add('unimported-reference', at, {
        message: `the pipeline does not import \`${table.object.name}\` of \`${product.id}\` v${product.major}, so nothing can be looked up in it`, received: reference,
        remedy: `add a source to the pipeline, e.g. \`${table.object.name}: {product: ${product.id}${product.tables.length > 1 ? `, object: ${table.object.name}` : ''}}\``,
      });
      return undefined;
    }
    return { name: source.name, table, property, domain: product.domain };
  }

  private fits(column: string, { table, property, domain }: Target, at: DocumentPath): boolean {
    const own = this.given.promised.find(({ object }) => object === this.object)?.columns.find(({ name }) => name === column);
    const other = table.columns.find(({ name }) => name === property.name);
    if (own === undefined || other === undefined) return false;
    if (!comparable(own, other)) {
      this.add('reference-type', at, {
        message: `\`${column}\` is ${typeText(own.type)}, \`${other.name}\` is ${typeText(other.type)}: they cannot be compared exactly`, received: typeText(other.type),
        expected: `${typeText(own.type)}, and neither a floating-point number nor nested`, remedy: 'promise both as one type',
      });
      return false;
    }
    const isElsewhere = domain !== this.given.contract.domain;
    const told = own.masking === 'none' || (isKeyed(own.masking) && !isElsewhere);
    if (own.masking === other.masking && told) return true;
    this.add('reference-type', at, {
      message: own.masking !== other.masking ? `\`${column}\` is published ${MASKED[own.masking]}, \`${other.name}\` ${MASKED[other.masking]}: no value would match`
        : isKeyed(own.masking) ? `both columns are published ${MASKED[own.masking]}, and each domain has a key of its own: no value would match`
          : `both columns are published ${MASKED[own.masking]}, so many values look alike`,
      received: other.masking, expected: isElsewhere ? 'none, in both' : told ? own.masking : 'hash, tokenise or none',
      remedy: isElsewhere ? `relate columns that both publish as they are, such as an id that identifies nobody: hashes of \`${domain}\` match only its own` : 'mask both alike with `mesh.masking: hash`, or remove the relationship',
    });
    return false;
  }

  private unknown(at: DocumentPath, reference: string, tables: readonly PromisedTable[]): undefined {
    const known = tables.flatMap(({ object }) => object.properties.map((property) => `${object.name}.${property.name}`));
    const near = suggest(reference.replace(/^.*#/, '').replace(/^\/?schema\/|\/properties/g, '').replaceAll('/', '.').replace(/^\./, ''), known);
    this.add('unknown-reference', at, {
      message: 'there is no such column', received: reference, expected: known.length <= 12 ? `one of ${known.join(', ')}` : 'table.column',
      remedy: near === undefined ? 'for another product write e.g. `../crm/customers.contract.yaml#/schema/customers/properties/customer_id`' : `did you mean \`${near}\`?`,
    });
    return undefined;
  }

  private add(rule: keyof typeof REFERENCES, at: DocumentPath, detail: Detail): void {
    this.findings.add(REFERENCES[rule], at, detail);
  }
}

interface Parsed { readonly file: string | undefined; readonly table: string; readonly column: string }

/** `table.column`, or `[file#]schema/<id>/properties/<id>`; undefined for a reference to anything else. */
function parsed(reference: string): Parsed | undefined {
  const [file, rest] = reference.includes('#') ? [reference.slice(0, reference.indexOf('#')), reference.slice(reference.indexOf('#') + 1)] : [undefined, reference];
  const parts = rest.includes('/') ? /^\/?schema\/([^/]+)\/properties\/([^/]+)$/.exec(rest) : /^([^.]+)\.([^.]+)$/.exec(rest);
  return parts === null ? undefined : { file, table: parts[1], column: parts[2] };
}

function named(element: { readonly id?: string | undefined; readonly name: string }, reference: string): boolean {
  return element.id === reference || element.name === reference;
}

/** Whole numbers of any size are equal or not; others only if they are of one type. */
function comparable({ type: a }: PlanColumn, { type: b }: PlanColumn): boolean {
  const whole = ['int', 'long'];
  if (typeof a !== 'string' || typeof b !== 'string' || a === 'float' || a === 'double') return false;
  return a === b || (whole.includes(a) && whole.includes(b));
}

function listed<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value as readonly T[] : [value as T];
}
