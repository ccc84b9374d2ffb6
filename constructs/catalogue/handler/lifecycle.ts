import { endingNotice } from '../../../lib/plan/ending-notice';
import { type Plan } from '../../../lib/plan/plan-schema';
import { type Certificate } from './certificate';

/** Whether consumers find a product, and why not. */
export type Visibility = { readonly listed: true } | { readonly listed: false; readonly why: string };

/** The lifecycle, as far as the catalogue shows it: active is listed after its first certificate, deprecated stays with its mark. */
export function visibilityOf({ product, signoff }: Plan, certificate: Certificate | undefined): Visibility {
  switch (product.status) {
    case 'proposed': case 'draft': return { listed: false, why: `its contract is ${product.status}` };
    case 'retired': return { listed: false, why: 'its contract is retired' };
    case 'active': case 'deprecated':
      if (certificate === undefined) return { listed: false, why: 'it has no certificate yet; its first certified run lists it' };
      if (certificate.verdict !== 'certified') {
        const missing = signoff.problems.length === 0 ? '' : `: ${signoff.problems.join('; ')}`;
        return { listed: false, why: `its certificate is ${certificate.verdict}${missing}` };
      }
      return { listed: true };
  }
}

/** Whether there is anything to keep in the catalogue of a product that has nothing there yet. */
export function belongsInCatalogue({ product }: Plan): boolean {
  return product.status !== 'proposed' && product.status !== 'retired';
}

/** DataZone shows no more of a listing. */
const LONGEST = 2_048;

/** What consumers read first: of a deprecated product, that they should not begin with it. */
export function descriptionOf(plan: Plan): string {
  const { title, description } = plan.catalogue;
  return [endingNotice(plan) ?? [], title, description ?? []].flat().join('\n\n').slice(0, LONGEST);
}
