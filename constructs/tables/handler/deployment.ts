import { randomUUID } from 'node:crypto';
import { type Table } from '@aws-sdk/client-glue';
import { productNames, type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { MARKS, pointerOf } from '../../iceberg/table-entry';
import { type TableMetadata } from '../../iceberg/table-metadata';
import { type CatalogueEntries } from './catalogue-entries';
import { following, nextLocation, PROPERTY } from './next-metadata';
import { changeOf, firstMetadata, type TableChange } from './table-change';
import { type WantedTable } from './wanted-table';
import { type WritableMetadataFiles } from './writable-metadata-files';

const NEW_MAJOR = 'consumers read this table: keep the column as it was, or publish the change as a new major version';

/** One table of the product, as it is and as the plan wants it; `found` is undefined where there is none yet. */
export interface Looked {
  readonly wanted: WantedTable;
  readonly found?: { readonly entry: Table; readonly location: string; readonly metadata: TableMetadata };
  readonly change: TableChange;
}

/** The tables of one product in the catalogue, and how they become what a plan wants. */
export class ProductTablesInGlue {
  constructor(private readonly place: ProductPlace, private readonly entries: CatalogueEntries, private readonly files: WritableMetadataFiles) {}

  /** What is there and what would have to change. Raises HandlerError with every change of every table that must not be, before anything is touched. */
  async look(wanted: readonly WantedTable[]): Promise<Looked[]> {
    const looked = await Promise.allSettled(wanted.map((table) => this.lookAt(table)));
    const refused = looked.flatMap((one) => {
      if (one.status === 'fulfilled') return one.value.change.kind === 'refused' ? [refusal(one.value, one.value.change.problems)] : [];
      if (one.reason instanceof HandlerError) return [one.reason.message];
      throw one.reason;
    });
    if (refused.length > 0) throw new HandlerError(refused.join('\n'));
    return looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** Makes or changes one table. */
  async apply({ wanted: { database, table }, found, change }: Looked): Promise<void> {
    if (change.kind !== 'change') return;
    if (found === undefined) {
      const location = nextLocation(change.after, undefined, randomUUID());
      await this.files.write(location, change.after);
      await this.entries.create(database, table, location, change.after, this.marks());
      return;
    }
    const after = following(change.after, found.metadata, found.location, Date.now());
    const location = nextLocation(after, found.location, randomUUID());
    await this.files.write(location, after);
    await this.entries.move(found.entry, location, after);
  }

  /** Everything of the product that is in the catalogue: what it publishes, what is internal, and what runs left behind. */
  async owned(published: string, internal: string): Promise<Table[]> {
    const isHere = ({ StorageDescriptor }: Table): boolean => this.isBelow(StorageDescriptor?.Location);
    const promised = (await this.entries.all(published)).filter((table) => this.isMarked(table) && isHere(table));
    // Jobs make internal tables too, and mark none; the bucket is the product's alone.
    return [...promised, ...(await this.entries.all(internal)).filter(isHere)];
  }

  private async lookAt(wanted: WantedTable): Promise<Looked> {
    const entry = await this.entries.find(wanted.database, wanted.table);
    if (entry === undefined) {
      const location = `${this.warehouse()}${wanted.database}/${wanted.table}`;
      return { wanted, change: { kind: 'change', after: firstMetadata(wanted, location, randomUUID(), Date.now()) } };
    }
    const location = this.own(wanted, entry);
    const metadata = await this.files.read(location);
    return { wanted, found: { entry, location, metadata }, change: changeOf(metadata, wanted) };
  }

  /** Where the product's own table stands. Raises HandlerError of a table that is somebody else's. */
  private own({ database, table, promise }: WantedTable, entry: Table): string {
    const location = pointerOf(entry);
    if (location === undefined) throw new HandlerError(`${database}.${table} exists and is not an Iceberg table`, 'remove or rename it, or give the object another name');
    if (!this.isBelow(location)) throw new HandlerError(`${database}.${table} has its files in ${location}, outside of ${this.warehouse()}`, 'remove or rename it, or give the object another name');
    if (promise !== undefined && !this.isMarked(entry)) {
      throw new HandlerError(`${database}.${table} is there and belongs to ${entry.Parameters?.[MARKS.product] ?? 'nobody that is known'}, not to ${this.marks()[MARKS.product]}`,
        'remove or rename it, or give the object another name');
    }
    return location;
  }

  private marks(): Record<string, string> {
    const { domain, entity, major } = this.place;
    return { [MARKS.product]: `dp_${domain}_${entity}`, [MARKS.major]: String(major) };
  }

  private isMarked({ Parameters = {} }: Table): boolean {
    return Object.entries(this.marks()).every(([name, value]) => Parameters[name] === value);
  }

  private isBelow(location: string | undefined): boolean {
    return location?.startsWith(this.warehouse()) ?? false;
  }

  /** Where the jobs look for tables. */
  private warehouse(): string {
    return `s3://${productNames.bucket(this.place, 'curated')}/tables/`;
  }
}

function refusal({ wanted: { database, table, promise }, found }: Looked, problems: readonly string[]): string {
  const known = found?.metadata.properties[PROPERTY.contractVersion];
  const title = promise === undefined ? `${database}.${table} cannot be changed` : `${database}.${table} cannot become contract version ${promise.version} (it has ${known ?? 'none'})`;
  return [`${title}:`, ...problems.map((problem) => `  ${problem}`), `  → ${NEW_MAJOR}`].join('\n');
}
