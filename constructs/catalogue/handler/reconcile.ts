import { type Plan } from '../../../lib/plan/plan-schema';
import { type RunTable } from '../../run-log/run-table';
import { type ProductPlace } from '../../domain/naming';
import { CERTIFICATE_FORM, CONTRACT_FORM } from '../form-types';
import { importedAssets, importedBy, reviseAsset } from './assets';
import { describeAsset, describedAssets, tableArns, withTable } from './described-assets';
import { type Certificate } from './certificate';
import { ensureDataProduct, findDataProduct } from './data-product';
import { ensureDataSource } from './data-source';
import { certificateContent, contentOf, contractContent, type OwnForms } from './forms';
import { formTypeRevision } from './form-type-revisions';
import { glossaryTerms } from './glossary';
import { belongsInCatalogue, descriptionOf, type Visibility, visibilityOf } from './lifecycle';
import { list, unlist } from './listing';
import { type Platform } from '../../datazone/platform';
import { findProject } from '../../datazone/project';
import { type Remembered, remember } from './remembered';
import { removeAsset } from './remove';
import { clientToken, isError } from '../../handlers/sdk';
import { type Clock, Unfinished } from '../../handlers/waiting';

/** What a reconciliation is about. */
export interface Subject {
  readonly platform: Platform;
  readonly table: RunTable;
  readonly place: ProductPlace;
  readonly plan: Plan;
  /** Of what is published; undefined before the first publication. */
  readonly certificate: Certificate | undefined;
  readonly clock: Clock;
}

/** How a product stands in the catalogue, and which of its terms the glossary does not have. */
export type Outcome = Visibility & { readonly missingTerms: readonly string[] };

/** Names what is wanted: the same was brought about when it was remembered as done. */
export function wantedDigest({ planDigest }: Remembered, certificate: Certificate | undefined): string {
  return clientToken(planDigest, certificate?.verdict, certificate?.contractDigest);
}

/**
 * Makes the catalogue say what the contract and the last certificate say: assets, by a data source where the project has an environment
 * and by the plan where not, forms, terms, data product, listing. Every step looks before it acts, so it can end anywhere and be done
 * again. Raises Unfinished when DataZone takes longer than there is time.
 */
export async function reconcile({ platform, table, place, plan, certificate, clock }: Subject, remembered: Remembered): Promise<Outcome> {
  let known = remembered;
  const learn = async (more: Partial<Remembered>): Promise<void> => {
    known = { ...known, ...more };
    await remember(table, place, known);
  };
  const visibility = visibilityOf(plan, certificate);
  const there = known.dataProductId === undefined ? undefined : await findDataProduct(platform, known.dataProductId);
  if (there === undefined && !belongsInCatalogue(plan)) return { ...visibility, missingTerms: [] };
  const projectId = await findProject(platform, place);
  if (projectId === undefined) throw new Unfinished('the domain\'s project, which its foundation makes');

  const dataSourceId = known.described === undefined ? await ensureDataSource(platform, projectId, place, plan, known.scope, clock) : undefined;
  const found = dataSourceId === undefined
    ? await describedAssets(platform, projectId, place, plan, known.assets ?? {})
    : await importedAssets(platform, dataSourceId, plan, known.scope, clock);
  const terms = await glossaryTerms(platform, plan);
  const own: OwnForms = {
    contract: contractContent(plan, terms.ids),
    certificate: certificate === undefined ? undefined : certificateContent(certificate),
    revisions: {
      [CONTRACT_FORM.name]: await formTypeRevision(platform, projectId, CONTRACT_FORM),
      [CERTIFICATE_FORM.name]: await formTypeRevision(platform, projectId, CERTIFICATE_FORM),
    },
  };
  const description = descriptionOf(plan);
  if (dataSourceId === undefined) await learn({ described: tableArns(place, plan) });
  const assets: Record<string, string> = {};
  for (const each of found) {
    const forms = 'arn' in each ? await withTable(own, platform, place, plan, each) : own;
    if ('arn' in each && each.asset === undefined) {
      assets[each.table.name] = await describeAsset(platform, projectId, each, description, forms, terms.ids, known.scope);
      await learn({ assets: { ...known.assets, ...assets } });
    } else {
      await reviseAsset(platform, each.asset!, description, forms, { now: terms.ids, before: termsIn(each.asset!.formsOutput) });
      assets[each.table.name] = each.asset!.id!;
    }
  }
  const left = Object.fromEntries(Object.entries(remembered.assets ?? {}).filter(([object]) => !Object.hasOwn(assets, object)));
  await learn({ assets: { ...left, ...assets } });
  const product = await ensureDataProduct(
    platform, projectId, place, there,
    { description, assetIds: Object.values(assets), own, terms: { now: terms.ids, before: termsIn(there?.formsOutput) } },
    known.scope, clock, (dataProductId) => learn({ dataProductId, listingId: undefined }),
  );

  const listed = { id: product.id!, revision: product.revision! };
  if (visibility.listed) await list(platform, listed, known.listingId, clock, (listingId) => learn({ listingId }));
  else await unlist(platform, listed, known.listingId, clock);
  await learn({ assets: { ...await stillThere(platform, left, dataSourceId, clock), ...assets } });
  await learn({ done: wantedDigest(known, certificate) });
  return { ...visibility, missingTerms: terms.missing };
}

/**
 * Takes assets of tables that left the contract out of the project's inventory; returns those that DataZone does not let go. It keeps an
 * asset for as long as a product has it, and may count earlier revisions of the product: those are tried again with the next deployment.
 */
async function stillThere(platform: Platform, left: Readonly<Record<string, string>>, dataSourceId: string | undefined, clock: Clock): Promise<Record<string, string>> {
  const kept: Record<string, string> = {};
  if (Object.keys(left).length === 0) return kept;
  // What another data source had imported before is that one's.
  const imported = dataSourceId === undefined ? undefined : await importedBy(platform, dataSourceId);
  for (const [object, id] of Object.entries(left)) {
    if (imported?.includes(id) === false) continue;
    try {
      await removeAsset(platform, id, clock);
    } catch (error) {
      if (!isError(error, 'ConflictException') && !isError(error, 'ValidationException')) throw error;
      kept[object] = id;
      console.log(JSON.stringify({ leftInCatalogue: object, asset: id, why: (error as Error).message }));
    }
  }
  return kept;
}

/** Terms that we put on an entity when we last revised it. */
function termsIn(forms: Parameters<typeof contentOf>[0] | undefined): string[] {
  return (contentOf(forms ?? [], CONTRACT_FORM)?.terms ?? '').split(' ').filter((id) => id !== '');
}
