import { type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type GlueClient } from '@aws-sdk/client-glue';
import { type S3Client } from '@aws-sdk/client-s3';
import { domainNames, type DomainPlace } from '../../domain/naming';
import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { Holders } from '../../handlers/holders';
import { planOf, type ProductRequest, productRequest } from '../../handlers/product-request';
import { CatalogueEntries } from './catalogue-entries';
import { type Looked, ProductTablesInGlue } from './deployment';
import { RunLock } from './run-lock';
import { wantedTables } from './wanted-table';
import { WritableMetadataFiles } from './writable-metadata-files';

/** What the handler speaks to. */
export interface Outside {
  readonly glue: GlueClient;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  /** Waits between two looks at a lock; a test waits for nobody. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** What the tables of a product are asked for with. */
export interface TablesRequest extends ProductRequest {
  /** Both flags are set: the names of the tables go with the resource. */
  readonly deletes: boolean;
}

const THING = 'tables';

/** `Custom::MeshTables`: the tables of one major version of a product. */
export class ProductTablesResource implements CustomResource<TablesRequest> {
  private readonly holders: Holders;

  constructor(private readonly served: DomainPlace, private readonly outside: Outside) {
    this.holders = new Holders(outside.dynamo, domainNames.runTable(served));
  }

  /** Properties, beside those of every request: DeleteTables (`true` or `false`) and ConfirmDeleteTables (the product's id, or empty). */
  parse(properties: Record<string, unknown>): TablesRequest {
    const request = productRequest(properties, this.served);
    const { DeleteTables = 'false', ConfirmDeleteTables = '' } = properties;
    const product = `dp_${request.place.domain}_${request.place.entity}`;
    if (DeleteTables === 'true' && ConfirmDeleteTables !== product) {
      throw new HandlerError(`DeleteTables is true and ConfirmDeleteTables is ${JSON.stringify(ConfirmDeleteTables)}, expected ${product}`, 'ask for a deletion twice, or leave both out to keep the tables');
    }
    return { ...request, deletes: DeleteTables === 'true' };
  }

  physicalId({ place: { domain, entity, major } }: TablesRequest): string {
    return `tables/${domain}/${entity}-v${major}`;
  }

  create(request: TablesRequest, call: Call): Promise<Attributes> {
    return this.deploy(request, call);
  }

  update(request: TablesRequest, _old: TablesRequest | undefined, call: Call): Promise<Attributes> {
    return this.deploy(request, call);
  }

  async delete({ place, deletes }: TablesRequest, call: Call): Promise<void> {
    const isLast = await this.holders.removeIsLast(place, THING, call);
    if (!deletes || !isLast) return;
    const tables = this.tablesOf(place, call);
    await this.lock(place, call).whileHeld(async (lock) => {
      for (const table of await tables.owned(domainNames.publishedDatabase(place), domainNames.internalDatabase(place))) {
        await lock.check();
        await this.entries(call).forget(table);
        said('forgot', `${table.DatabaseName}.${table.Name}`);
      }
    });
  }

  private async deploy(request: TablesRequest, call: Call): Promise<Attributes> {
    const { place } = request;
    const wanted = wantedTables(await planOf(request, this.outside.s3));
    const tables = this.tablesOf(place, call);
    await this.holders.add(place, THING, call);
    // A deployment that changes no table, as most do, waits for no run.
    if (toDo(await tables.look(wanted)).length === 0) return {};
    await this.lock(place, call).whileHeld(async (lock) => {
      const changes = toDo(await tables.look(wanted));
      if (changes.some(({ found }) => found !== undefined)) await lock.endInterruptedRun();
      for (const change of changes) {
        await lock.check();
        await tables.apply(change);
        said(change.found === undefined ? 'made' : 'changed', `${change.wanted.database}.${change.wanted.table}`);
      }
      const left = toDo(await tables.look(wanted));
      if (left.length > 0) {
        throw new HandlerError(`${left.map((one) => `${one.wanted.database}.${one.wanted.table}`).join(', ')} is not what was written a moment ago`,
          'find out what else changes it (CloudTrail: glue UpdateTable), then deploy again');
      }
    });
    return {};
  }

  private tablesOf(place: TablesRequest['place'], call: Call): ProductTablesInGlue {
    return new ProductTablesInGlue(place, this.entries(call), new WritableMetadataFiles(this.outside.s3, place.account, call.signal));
  }

  private entries({ signal }: Call): CatalogueEntries {
    return new CatalogueEntries(this.outside.glue, signal);
  }

  private lock(place: TablesRequest['place'], call: Call): RunLock {
    return new RunLock(this.outside.dynamo, domainNames.runTable(place), place, call, this.outside.pause);
  }
}

function toDo(looked: readonly Looked[]): Looked[] {
  return looked.filter(({ change }) => change.kind === 'change');
}

function said(what: string, table: string): void {
  console.log(JSON.stringify({ what, table }));
}
