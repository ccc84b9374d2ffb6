import { planOf, productPlace } from '../../handlers/product-request';
import { certificateOf, publishedCertificate } from './certificate';
import { type Outside } from './outside';
import { NoCatalogue, type Platform, platformOf } from '../../datazone/platform';
import { postLineage } from './lineage';
import { postQuality } from './quality';
import { reconcile, wantedDigest } from './reconcile';
import { recall, remember } from './remembered';
import { isError } from '../../handlers/sdk';

/** What the publisher tells once a run is published: the identity of the product, and the run. */
export interface Publication {
  readonly action: 'published';
  readonly runId: string;
  readonly [identity: string]: unknown;
}

/**
 * Brings the catalogue up to date after a publication: the first one lists the product, what a deployment left unfinished is finished, and
 * quality and lineage of the run are posted. Told twice, it tells DataZone the same. Raises an error that Lambda tries again.
 */
export async function announced(outside: Outside, publication: Publication, remaining: () => number): Promise<object> {
  const { served, table, s3, sts, pause } = outside;
  const place = productPlace(publication, served);
  const deployed = await recall(table, place);
  if (deployed === undefined) return said(publication, { listed: false, why: 'it was not deployed with a catalogue' });
  let platform: Platform;
  try {
    platform = await platformOf(place, sts);
  } catch (error) {
    if (error instanceof NoCatalogue) return said(publication, { listed: false, why: error.message });
    throw error;
  }
  const plan = await planOf({ place, ...deployed }, s3);
  const current = await publishedCertificate(table, place);
  const outcome = deployed.done === wantedDigest(deployed, current)
    ? { unchanged: true }
    : await reconcile({ platform, table, place, plan, certificate: current, clock: { remaining, pause } }, deployed);

  const certificate = await certificateOf(table, place, publication.runId);
  const known = await recall(table, place);
  if (certificate === undefined || known?.assets === undefined) return said(publication, outcome);
  try {
    for (const [object, assetId] of Object.entries(known.assets)) await postQuality(platform, assetId, object, certificate);
    await postLineage(platform, place, plan, certificate);
  } catch (error) {
    // Somebody has deleted an asset: the next try imports it again.
    if (isError(error, 'ResourceNotFoundException')) await remember(table, place, { ...known, done: undefined });
    throw error;
  }
  return said(publication, { ...outcome, score: certificate.score });
}

function said({ runId, Entity, Major }: Publication, outcome: object): object {
  console.log(JSON.stringify({ product: `${String(Entity)}-v${String(Major)}`, runId, ...outcome }));
  return outcome;
}
