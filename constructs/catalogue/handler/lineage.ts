import { PostLineageEventCommand } from '@aws-sdk/client-datazone';
import { typeText } from '../../../lib/contract/data-type';
import { type Plan } from '../../../lib/plan/plan-schema';
import { arnIn, productNames, type ProductPlace } from '../../domain/naming';
import { type Certificate } from './certificate';
import { publishedTables } from './data-source';
import { type Platform } from './platform';
import { clientToken } from '../../handlers/sdk';

const PRODUCER = 'https://github.com/cdk-data-mesh/cdk-data-mesh';
/** What PostLineageEvent takes, in bytes. */
const LARGEST = 300_000;

interface Dataset {
  readonly namespace: string;
  readonly name: string;
}

/** Tells of one run what its published columns were made of, as an OpenLineage event. */
export async function postLineage({ datazone, domainIdentifier }: Platform, place: ProductPlace, plan: Plan, certificate: Certificate): Promise<void> {
  const whole = JSON.stringify(lineageEvent(place, plan, certificate));
  // The tables are worth telling without their columns.
  const event = Buffer.byteLength(whole) <= LARGEST ? whole : JSON.stringify(lineageEvent(place, { ...plan, lineage: [] }, certificate));
  await datazone.send(new PostLineageEventCommand({ domainIdentifier, event: Buffer.from(event), clientToken: clientToken('lineage', certificate.certificateId) }));
}

/** A RunEvent with the facets for schema and columns: https://openlineage.io/spec/2-0-2/OpenLineage.json, https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json */
export function lineageEvent(place: ProductPlace, plan: Plan, certificate: Certificate): object {
  const inputs = new Map(plan.sources.map((source) => [source.name, sourceDataset(place, source)]));
  return {
    eventType: 'COMPLETE',
    eventTime: certificate.issuedAt,
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    // A version 5 UUID of the run, so that telling it again tells nothing new.
    run: { runId: certificate.certificateId },
    job: { namespace: `mesh://${place.domain}`, name: productNames.prefix(place) },
    inputs: [...inputs.values()],
    outputs: publishedTables(plan).map(({ name, database, table, columns }) => ({
      ...glueTable(place, database, table),
      facets: {
        schema: {
          _producer: PRODUCER, _schemaURL: 'https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet',
          fields: (columns ?? []).map((column) => ({ name: column.name, type: typeText(column.type), ...(column.description === undefined ? {} : { description: column.description }) })),
        },
        columnLineage: {
          _producer: PRODUCER, _schemaURL: 'https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet',
          fields: Object.fromEntries((plan.lineage ?? []).filter((each) => each.table === name).map(({ column, from }) => [
            column, { inputFields: from.flatMap((origin) => {
              const dataset = inputs.get(origin.source);
              return dataset === undefined ? [] : [{ ...dataset, field: origin.column }];
            }) },
          ])),
        },
      },
    })),
  };
}

/** Another product is the table that it publishes, wherever its domain is; what no catalogue knows is named after the product that reads it. */
function sourceDataset(place: ProductPlace, source: Plan['sources'][number]): Dataset {
  if (source.kind === 'product') return glueTable(place, source.database, source.table);
  return { namespace: `mesh://${place.domain}`, name: `${place.entity}-v${place.major}/${source.name}` };
}

/** As OpenLineage and DataZone name it: https://openlineage.io/docs/spec/naming/, together `arn:aws:glue:<region>:<account>:table/<database>/<table>` */
function glueTable(place: ProductPlace, database: string, table: string): Dataset {
  return { namespace: arnIn(place, 'glue', '').slice(0, -1), name: `table/${database}/${table}` };
}
