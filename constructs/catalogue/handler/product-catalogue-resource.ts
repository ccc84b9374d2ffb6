import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { planOf, productRequest, type ProductRequest } from '../../handlers/product-request';
import { productNames } from '../../domain/naming';
import { publishedCertificate } from './certificate';
import { NoCatalogue, platformOf } from '../../datazone/platform';
import { type Outside } from './outside';
import { reconcile } from './reconcile';
import { forget, recall, type Remembered, remember } from './remembered';
import { remove } from './remove';
import { type Clock, Unfinished } from '../../handlers/waiting';

/** A deployment waits no longer for DataZone: the next certified run goes on where it stopped. */
const PATIENCE = 5 * 60_000;
/** What a product's holders stand for. */
const THING = 'catalogue';

/** Custom::MeshCatalogue: a product in the platform's catalogue. `Listing` says whether consumers find it, and why not. */
export class ProductCatalogueResource implements CustomResource<ProductRequest> {
  constructor(private readonly outside: Outside) {}

  parse(properties: Record<string, unknown>): ProductRequest {
    return productRequest(properties, this.outside.served);
  }

  physicalId({ place }: ProductRequest): string {
    return `${productNames.prefix(place)}-catalogue`;
  }

  async create(request: ProductRequest, call: Call): Promise<Attributes> {
    const { holders, table, s3, sts } = this.outside;
    const { place, planUrl, planDigest } = request;
    await holders.add(place, THING, call);
    const plan = await planOf(request, s3);
    const known = await recall(table, place);
    const remembered: Remembered = { ...known, planUrl, planDigest, scope: known?.scope ?? `${call.stackId} ${call.requestId}`, done: undefined };
    await remember(table, place, remembered);
    const attributes = await this.told(async () => {
      const platform = await platformOf(place, sts);
      const certificate = await publishedCertificate(table, place);
      const outcome = await reconcile({ platform, table, place, plan, certificate, clock: this.clock(call) }, remembered);
      return { Listing: outcome.listed ? 'listed' : `not listed: ${outcome.why}`, MissingTerms: outcome.missingTerms.join(', ') };
    });
    console.log(JSON.stringify({ product: this.physicalId(request), ...attributes }));
    return attributes;
  }

  update(request: ProductRequest, _old: ProductRequest | undefined, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  async delete({ place }: ProductRequest, call: Call): Promise<void> {
    const { holders, table, sts } = this.outside;
    if (!await holders.removeIsLast(place, THING, call)) return;
    const known = await recall(table, place);
    if (known === undefined) return;
    try {
      await remove(await platformOf(place, sts), place, known, this.clock(call));
    } catch (error) {
      if (error instanceof Unfinished) throw new HandlerError(`DataZone has not finished ${error.message}`, 'delete the stack again: it goes on where it stopped');
      if (!(error instanceof NoCatalogue)) throw error;
      // Without a listing there is nothing that consumers could still find.
      if (known.listingId !== undefined) throw new HandlerError(`the product is in the catalogue and cannot be taken out of it: ${error.message}`, 'ask the platform team, then delete the stack again');
    }
    await forget(table, place);
  }

  /** What the platform does not have yet, or has not done yet, is no fault of the deployment. */
  private async told(work: () => Promise<Attributes>): Promise<Attributes> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NoCatalogue) return { Listing: `not listed: ${error.message}; a certified run lists it once that is there`, MissingTerms: '' };
      if (error instanceof Unfinished) return { Listing: `not listed yet: still waiting for ${error.message}; the next certified run goes on`, MissingTerms: '' };
      throw error;
    }
  }

  private clock(call: Call): Clock {
    const until = Date.now() + PATIENCE;
    return { remaining: () => Math.min(call.remaining(), until - Date.now()), pause: (ms) => this.outside.pause(ms) };
  }
}
