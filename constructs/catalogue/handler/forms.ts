import { type FormInput, type FormOutput } from '@aws-sdk/client-datazone';
import { type Plan } from '../../../lib/plan/plan-schema';
import { CERTIFICATE_FORM, CONTRACT_FORM, type FormType } from '../form-types';
import { type Certificate } from './certificate';

/** Content of a form; fields without a value are left out. */
type Content = Readonly<Record<string, string>>;

/** Of a table's asset: DataZone's own, which a data source writes where there is one. */
export const TABLE_FORM = 'GlueTableForm';

/** Our forms, with the revisions that their types have here. */
export interface OwnForms {
  readonly contract: Content;
  /** Undefined before the first certificate. */
  readonly certificate: Content | undefined;
  /** Of an asset that nothing imports: what its table is. */
  readonly table?: FormInput;
  readonly revisions: Readonly<Record<string, string>>;
}

export function contractContent(plan: Plan, terms: readonly string[]): Content {
  const { product, catalogue } = plan;
  return present({
    product: product.id, version: product.version, status: product.status, owner: product.owner,
    serviceLevel: catalogue.promises?.map(({ property, text }) => `${property}: ${text}`).join('\n'),
    support: catalogue.support?.map(({ channel, tool, url, description }) => [url ?? `${channel}${tool === null ? '' : ` (${tool})`}`, ...(description === null ? [] : [description])].join(': ')).join('\n'),
    sampleQueries: catalogue.sampleQueries.map(({ title, sql }) => `-- ${title}\n${sql.trim()}`).join('\n\n'),
    links: catalogue.links.map(({ title, url }) => `${title}: ${url}`).join('\n'),
    supersededBy: catalogue.supersededBy, endOfLife: catalogue.endOfLife,
    terms: terms.join(' '),
  });
}

export function certificateContent({ verdict, contractDigest, issuedAt, certificateId }: Certificate): Content {
  return { verdict, contractDigest, since: issuedAt, certificateId };
}

/**
 * All forms of an entity, as a revision has to bring them: it replaces every form there is, so those of others come along as they
 * are. The same as what is there already where nothing of ours has changed.
 */
export function mergedForms(there: readonly FormOutput[], own: OwnForms): FormInput[] {
  const ours = [
    ...(own.table === undefined ? [] : [own.table]),
    formInput(CONTRACT_FORM, own.contract, own.revisions),
    ...keptCertificate(there, own),
  ];
  const names = new Set([CONTRACT_FORM.form, CERTIFICATE_FORM.form, ...(own.table === undefined ? [] : [TABLE_FORM])]);
  return [...there.filter(({ formName }) => !names.has(formName!)).map(asInput), ...ours];
}

/** Whether both say the same, in whatever order the fields of their contents come. */
export function sameForms(a: readonly FormInput[], b: readonly FormInput[]): boolean {
  const texts = (forms: readonly FormInput[]): string[] => forms.map(({ formName, typeIdentifier, typeRevision, content }) => JSON.stringify([formName, typeIdentifier, typeRevision, sorted(content)])).sort();
  return JSON.stringify(texts(a)) === JSON.stringify(texts(b));
}

export function asInput({ formName, typeName, typeRevision, content }: FormOutput): FormInput {
  return { formName, typeIdentifier: typeName, typeRevision, content };
}

/** What our form says there; undefined where it is not there. */
export function contentOf(there: readonly FormOutput[], { form }: FormType): Content | undefined {
  const content = there.find(({ formName }) => formName === form)?.content;
  return content === undefined ? undefined : JSON.parse(content) as Content;
}

/** A certificate that says no more than the one that is there leaves it, so that runs of one contract make no revisions. */
function keptCertificate(there: readonly FormOutput[], { certificate, revisions }: OwnForms): FormInput[] {
  const known = contentOf(there, CERTIFICATE_FORM);
  const says = (content: Content): string => `${content.verdict} ${content.contractDigest}`;
  const kept = known !== undefined && (certificate === undefined || says(known) === says(certificate)) ? known : certificate;
  return kept === undefined ? [] : [formInput(CERTIFICATE_FORM, kept, revisions)];
}

function formInput({ form, name }: FormType, content: Content, revisions: OwnForms['revisions']): FormInput {
  return { formName: form, typeIdentifier: name, typeRevision: revisions[name], content: JSON.stringify(content) };
}

function present(fields: Readonly<Record<string, string | null | undefined>>): Content {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === null || value === undefined || value === '' ? [] : [[name, value]])));
}

function sorted(content: string | undefined): unknown {
  if (content === undefined) return undefined;
  try {
    const value = JSON.parse(content) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;
  } catch {
    return content;
  }
}
