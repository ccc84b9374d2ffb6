import { customProperty } from '../../contract/mesh-property';
import { type PlanSource } from '../../plan/plan-schema';
import { type Catalogue, type Entry } from './catalogue';

type ProductSource = Extract<PlanSource, { kind: 'product' }>;

/** A column, wherever it is: of a product that has a page, or of a source outside of the mesh. */
export interface Origin {
  readonly source: PlanSource | undefined;
  readonly column: string;
  /** The product that it is published by. */
  readonly entry: Entry | undefined;
  /** The table of that product. */
  readonly table: string | undefined;
}

/** Who is made of whom, and who reads what. */
export class Relations {
  private readonly byVersion = new Map<string, Entry>();
  private readonly readers = new Map<Entry, Entry[]>();

  constructor({ entries }: Catalogue) {
    for (const entry of entries) this.byVersion.set(`${entry.id} ${entry.major}`, entry);
    for (const entry of entries) {
      for (const made of this.madeOf(entry)) this.readers.set(made, [...this.readers.get(made) ?? [], entry]);
    }
  }

  /** The product of a source, where it has a page. */
  productOf(source: PlanSource): Entry | undefined {
    return source.kind === 'product' ? this.byVersion.get(`${source.product} ${source.major}`) : undefined;
  }

  /** Products that this one is built from. */
  madeOf(entry: Entry): Entry[] {
    return [...new Set((entry.plan?.sources ?? []).flatMap((source) => this.productOf(source) ?? []))];
  }

  /** Products that are built from this one. */
  readersOf(entry: Entry): readonly Entry[] {
    return this.readers.get(entry) ?? [];
  }

  /** What takes the place of a product: another one, or a version of itself; undefined where none is named or has a page. */
  successorOf(entry: Entry): Entry | undefined {
    const named = customProperty(entry.contract, 'mesh.supersededBy');
    if (typeof named !== 'string') return undefined;
    const versions = [...this.byVersion.values()].filter(({ id }) => id === (named.startsWith('dp_') ? named : entry.id));
    const wanted = named.startsWith('dp_') ? undefined : Number(/\d+/.exec(named)?.[0]);
    return versions.filter(({ major }) => wanted === undefined || major === wanted).pop();
  }

  /** What a published column is made of, one step back. */
  originsOf(entry: Entry, table: string, column: string): Origin[] {
    const found = entry.plan?.lineage?.find((each) => each.table === table && each.column === column);
    return (found?.from ?? []).map((from): Origin => {
      const source = entry.plan?.sources.find(({ name }) => name === from.source);
      const product = source === undefined ? undefined : this.productOf(source);
      return { source, column: from.column, entry: product, table: product === undefined ? undefined : (source as ProductSource).object };
    });
  }
}

/** Who has a role by the contract itself: consumers of mesh.yaml. */
export function consumersOf({ contract }: Entry): { readonly consumer: string; readonly role: string }[] {
  return contract.roles.flatMap((role) => {
    const named = customProperty(role, 'mesh.consumers');
    return Array.isArray(named) ? named.map((consumer) => ({ consumer: String(consumer), role: role.role })) : [];
  });
}
