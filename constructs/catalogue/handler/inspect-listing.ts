import { type FormOutput, GetAssetCommand } from '@aws-sdk/client-datazone';
import { NOT_DEPLOYED, type ListingInspection } from '../../../lib/plan/inspection';
import { type Plan } from '../../../lib/plan/plan-schema';
import { NoCatalogue, type Platform, platformOf, platformTrail } from '../../datazone/platform';
import { type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { planOf } from '../../handlers/product-request';
import { orUndefined, sameSet } from '../../handlers/sdk';
import { type Said } from '../../handlers/trail';
import { CERTIFICATE_FORM, CONTRACT_FORM } from '../form-types';
import { type Certificate, publishedCertificate } from './certificate';
import { dataProductName, findDataProduct } from './data-product';
import { publishedTables } from './data-source';
import { tableArns, withTable } from './described-assets';
import { revisionOf } from './form-type-revisions';
import { asInput, certificateContent, contractContent, mergedForms, type OwnForms, sameForms, TABLE_FORM } from './forms';
import { glossaryTerms } from './glossary';
import { belongsInCatalogue, descriptionOf, visibilityOf } from './lifecycle';
import { findListing } from './listing';
import { type Outside } from './outside';
import { recall, type Remembered } from './remembered';

/** What the catalogue is held against. */
interface Wanted {
  readonly place: ProductPlace;
  readonly plan: Plan;
  readonly certificate: Certificate | undefined;
  readonly known: Remembered;
}

/** What a data product and an asset have in common. */
interface Described {
  readonly description?: string;
  readonly formsOutput?: readonly FormOutput[];
  readonly glossaryTerms?: readonly string[];
}

/** Compares what the catalogue says of a product with its deployed plan and its last certificate, and changes nothing. */
export async function inspectListing({ table, s3, sts }: Outside, place: ProductPlace): Promise<ListingInspection> {
  const known = await recall(table, place);
  if (known === undefined) throw new HandlerError(`${dataProductName(place)} ${NOT_DEPLOYED} with a catalogue`, 'deploy the product');
  const plan = await planOf({ place, ...known }, s3);
  const certificate = await publishedCertificate(table, place);
  const visibility = visibilityOf(plan, certificate);
  const said = { contract: plan.digests.contract, version: plan.product.version, unlisted: visibility.listed ? null : visibility.why };
  try {
    const platform = await platformOf(place, sts);
    const trail = await platformTrail(place, sts);
    const listed = await isListed(platform, known);
    return { ...said, listed, trail: trail.name, differences: await trail.explain(await differencesOf(platform, { place, plan, certificate, known }, listed)) };
  } catch (error) {
    if (!(error instanceof NoCatalogue)) throw error;
    const differences = visibility.listed ? [{ what: `${dataProductName(place)} is not listed: ${error.message}`, part: 'status', by: null }] : [];
    return { ...said, listed: false, trail: `CloudTrail of ${place.platformAccount}, which cannot be asked`, differences };
  }
}

async function isListed(platform: Platform, { listingId }: Remembered): Promise<boolean> {
  return (await findListing(platform, listingId))?.status === 'ACTIVE';
}

async function differencesOf(platform: Platform, wanted: Wanted, listed: boolean): Promise<Said[]> {
  const { place, plan, certificate, known } = wanted;
  const name = dataProductName(place);
  const { dataProductId } = known;
  const product = dataProductId === undefined ? undefined : await findDataProduct(platform, dataProductId);
  if (product === undefined || dataProductId === undefined) {
    if (!belongsInCatalogue(plan)) return [];
    return [dataProductId === undefined
      ? { what: `${name} is not in the catalogue yet`, part: 'status', sought: { events: [], about: [] } }
      : { what: `${name} is gone from the catalogue`, part: 'status', sought: { events: ['DeleteDataProduct'], about: [dataProductId] } }];
  }
  const visibility = visibilityOf(plan, certificate);
  const terms = (await glossaryTerms(platform, plan)).ids;
  const own = await ownForms(platform, wanted, terms);
  const assets = Object.values(known.assets ?? {});
  return [
    ...(visibility.listed === listed ? [] : [{
      what: visibility.listed ? `${name} is not listed` : `${name} is listed, and should not be: ${visibility.why}`, part: 'status', sought: { events: ['CreateListingChangeSet'], about: [dataProductId] },
    }]),
    ...(sameSet((product.items ?? []).map(({ identifier }) => identifier ?? ''), assets) ? [] : [{ what: `${name} has other assets than its published tables`, part: 'schema', sought: { events: ['CreateDataProductRevision'], about: [dataProductId] } }]),
    ...faultsOf(name, product, own, plan, terms).map((fault) => ({ ...fault, sought: { events: ['CreateDataProductRevision'], about: [dataProductId] } })),
    ...await ofAssets(platform, wanted, own, terms),
  ];
}

async function ofAssets(platform: Platform, { place, plan, known }: Wanted, own: OwnForms, terms: readonly string[]): Promise<Said[]> {
  const arns = tableArns(place, plan);
  const found: Said[] = [];
  for (const table of publishedTables(plan)) {
    const identifier = known.assets?.[table.name];
    if (identifier === undefined) continue;
    const name = `the asset of ${table.table}`;
    const asset = await orUndefined(platform.datazone.send(new GetAssetCommand({ domainIdentifier: platform.domainIdentifier, identifier })));
    if (asset === undefined) {
      found.push({ what: `${name} is gone`, part: 'schema', sought: { events: ['DeleteAsset'], about: [identifier] } });
      continue;
    }
    const forms = known.described === undefined ? own : await withTable(own, platform, place, plan, { table, arn: arns[table.name], asset });
    found.push(...faultsOf(name, asset, forms, plan, terms).map((fault) => ({ ...fault, sought: { events: ['CreateAssetRevision'], about: [identifier] } })));
  }
  return found;
}

/** What of ours is not as it should be; what others have put there is theirs. */
function faultsOf(name: string, { description, formsOutput = [], glossaryTerms: there = [] }: Described, own: OwnForms, plan: Plan, terms: readonly string[]): Omit<Said, 'sought'>[] {
  const changed = mergedForms(formsOutput, own).filter((form) => !formsOutput.some((one) => one.formName === form.formName && sameForms([asInput(one)], [form])));
  return [
    ...(description === descriptionOf(plan) ? [] : [{ what: `${name} is described differently from its contract`, part: 'description' }]),
    ...changed.map(({ formName }) => ({ what: `the form ${formName} of ${name} does not say what it should`, part: formName === TABLE_FORM ? 'schema' : 'id' })),
    ...(terms.every((term) => there.includes(term)) ? [] : [{ what: `${name} lacks terms of the glossary`, part: 'schema' }]),
  ];
}

async function ownForms(platform: Platform, { plan, certificate }: Wanted, terms: readonly string[]): Promise<OwnForms> {
  const revisions: Record<string, string> = {};
  for (const { name } of [CONTRACT_FORM, CERTIFICATE_FORM]) revisions[name] = await revisionOf(platform, name) ?? '';
  return { contract: contractContent(plan, terms), certificate: certificate === undefined ? undefined : certificateContent(certificate), revisions };
}
