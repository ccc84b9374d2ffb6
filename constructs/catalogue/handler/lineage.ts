import { PostLineageEventCommand } from '@aws-sdk/client-datazone';
import { runEvent } from '../../../lib/plan/lineage/open-lineage';
import { type Plan } from '../../../lib/plan/plan-schema';
import { arnIn, productNames, type ProductPlace } from '../../domain/naming';
import { type Certificate } from './certificate';
import { type Platform } from '../../datazone/platform';
import { clientToken } from '../../handlers/sdk';

/** What PostLineageEvent takes, in bytes. */
const LARGEST = 300_000;

/** Tells of one run what its published columns were made of, as an OpenLineage event. */
export async function postLineage({ datazone, domainIdentifier }: Platform, place: ProductPlace, plan: Plan, certificate: Certificate): Promise<void> {
  const whole = JSON.stringify(lineageEvent(place, plan, certificate));
  // The tables are worth telling without their columns.
  const event = Buffer.byteLength(whole) <= LARGEST ? whole : JSON.stringify(lineageEvent(place, { ...plan, lineage: [] }, certificate));
  await datazone.send(new PostLineageEventCommand({ domainIdentifier, event: Buffer.from(event), clientToken: clientToken('lineage', certificate.certificateId) }));
}

/** A run that was published; what no catalogue knows is named after the product that reads it. */
export function lineageEvent(place: ProductPlace, plan: Plan, certificate: Certificate): object {
  const namespace = `mesh://${place.domain}`;
  return runEvent(plan, {
    // The certificate's id is a UUID of the run, so that telling it again tells nothing new.
    type: 'COMPLETE', at: certificate.issuedAt, runId: certificate.certificateId, job: { namespace, name: productNames.prefix(place) },
  }, {
    // Together `arn:aws:glue:<region>:<account>:table/<database>/<table>`, as DataZone names it; another product's is there wherever its domain is.
    table: (database, table) => ({ namespace: arnIn(place, 'glue', '').slice(0, -1), name: `table/${database}/${table}` }),
    source: ({ name }) => ({ namespace, name: `${place.entity}-v${place.major}/${name}` }),
  });
}
