import { createHash } from 'node:crypto';
import { typeText } from '../../contract/data-type';
import { type Plan, type PlanSource } from '../plan-schema';

const PRODUCER = 'https://github.com/cdk-data-mesh/cdk-data-mesh';

/** As OpenLineage names what is read and written: https://openlineage.io/docs/spec/naming/ */
export interface Dataset {
  readonly namespace: string;
  readonly name: string;
}

/** One moment of a run. */
export interface LineageMoment {
  readonly type: 'START' | 'COMPLETE' | 'FAIL';
  /** ISO 8601. */
  readonly at: string;
  /** A UUID, the same for all moments of a run. */
  readonly runId: string;
  readonly job: Dataset;
  /** Why a run failed. */
  readonly message?: string | undefined;
}

/** Where the tables of a plan and its sources are, for whoever is told. */
export interface Places {
  readonly table: (database: string, table: string) => Dataset;
  readonly source: (source: Exclude<PlanSource, { kind: 'product' }>) => Dataset;
}

/**
 * What a run reads and writes, with the columns of sources that each published column is made of, as a RunEvent of OpenLineage:
 * https://openlineage.io/spec/2-0-2/OpenLineage.json, https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json
 */
export function runEvent(plan: Plan, { type, at, runId, job, message }: LineageMoment, places: Places): object {
  const inputs = new Map(plan.sources.map((source): [string, Dataset] => [source.name, source.kind === 'product' ? places.table(source.database, source.table) : places.source(source)]));
  return {
    eventType: type,
    eventTime: at,
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId, ...message !== undefined && { facets: { errorMessage: facet('1-0-1', 'ErrorMessageRunFacet', { message, programmingLanguage: 'Python' }) } } },
    job: { namespace: job.namespace, name: job.name },
    inputs: [...inputs.values()],
    outputs: plan.tables.filter(({ published }) => published).map(({ name, database, table, columns }) => ({
      ...places.table(database, table),
      facets: {
        schema: facet('1-1-1', 'SchemaDatasetFacet', {
          fields: (columns ?? []).map((column) => ({ name: column.name, type: typeText(column.type), ...column.description !== undefined && { description: column.description } })),
        }),
        columnLineage: facet('1-2-0', 'ColumnLineageDatasetFacet', {
          fields: Object.fromEntries((plan.lineage ?? []).filter((each) => each.table === name).map(({ column, from }) => {
            const masked = columns?.some((each) => each.name === column && each.masking !== 'none') === true;
            return [column, { inputFields: from.flatMap(({ source, column: field }) => {
              const dataset = inputs.get(source);
              return dataset === undefined ? [] : [{ ...dataset, field, ...masked && { transformations: [{ type: 'DIRECT', subtype: 'TRANSFORMATION', masking: true }] } }];
            }) }];
          })),
        }),
      },
    })),
  };
}

function facet(version: string, name: string, content: object): object {
  return { _producer: PRODUCER, _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`, ...content };
}

/** Of certificates, in the jobs' domain/certificate.py as well. */
const CERTIFICATES = '6c9d2f0e-5a57-5f5c-9d5b-0f6f3a1f7c11';

/** The id of a run as a UUID of version 5: that of the certificate, whether or not the run comes to have one. */
export function runUuid({ product, environment }: Plan, runId: string): string {
  const key = environment === null ? product.id : `${product.id}@${environment}`;
  const hash = createHash('sha1').update(Buffer.from(CERTIFICATES.replaceAll('-', ''), 'hex')).update(`${key}/${product.version}/${runId}`).digest();
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return hash.subarray(0, 16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
