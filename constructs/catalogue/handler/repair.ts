import { type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { planOf } from '../../handlers/product-request';
import { platformOf } from '../../datazone/platform';
import { publishedCertificate } from './certificate';
import { dataProductName } from './data-product';
import { type Outside } from './outside';
import { type Outcome, reconcile } from './reconcile';
import { recall } from './remembered';

/** Brings the catalogue back to what was deployed last, as a deployment would, and looks at everything anew. */
export async function repair({ table, s3, sts, pause }: Outside, place: ProductPlace, remaining: () => number): Promise<Outcome> {
  const known = await recall(table, place);
  if (known === undefined) throw new HandlerError(`${dataProductName(place)} was not deployed with a catalogue`, 'deploy the product');
  return reconcile({
    platform: await platformOf(place, sts), table, place, plan: await planOf({ place, ...known }, s3), certificate: await publishedCertificate(table, place), clock: { remaining, pause },
  }, known);
}
