import { type FormOutput, type SubscribedListing, type SubscribedPrincipal } from '@aws-sdk/client-datazone';
import { type DomainPlace, type ProductPlace } from '../../domain/naming';
import { ACCESS_FORM } from '../../catalogue/form-types';

/** Who asks for what of which product. */
export interface Subject {
  readonly place: ProductPlace;
  /** Of mesh.yaml; undefined where its project is no consumer's. */
  readonly consumer: string | undefined;
  /** What DataZone calls who asks. */
  readonly project: string;
  /** The role that the request names; null where it names none. */
  readonly role: string | null;
}

/** A request as DataZone keeps it, or a subscription with the request that it came from. */
export interface Asked {
  readonly principal: SubscribedPrincipal | undefined;
  readonly listing: SubscribedListing | undefined;
  readonly reason: string | undefined;
  readonly forms: readonly FormOutput[];
}

/** As the catalogue calls data products: `sales/orders v1`, outside production `sales/orders v1 (dev)`. */
const PRODUCT = /^([a-z0-9_]+)\/([a-z0-9_]+) v(\d{1,6})(?: \(([a-z0-9]+)\))?$/;

/** Undefined of what is no data product of the domain: not ours to decide. `consumers` are names by their projects. */
export function subjectOf({ principal, listing, reason = '', forms }: Asked, domain: DomainPlace, consumers: Readonly<Record<string, string>>): Subject | undefined {
  const [, of, entity, major, environment = null] = PRODUCT.exec(listing?.name ?? '') ?? [];
  if (of !== domain.domain || environment !== domain.environment || entity === undefined) return undefined;
  const project = principal?.project?.name ?? principal?.project?.id ?? 'somebody who is no project';
  return { place: { ...domain, entity, major: Number(major) }, project, consumer: Object.hasOwn(consumers, project) ? consumers[project] : undefined, role: roleOf(reason, forms) };
}

/** The form of the mesh where it was filled in, else a line of the reason: `role: analyst`. */
function roleOf(reason: string, forms: readonly FormOutput[]): string | null {
  const form = forms.find(({ formName, typeName }) => formName === ACCESS_FORM.form || typeName === ACCESS_FORM.name);
  const { role } = JSON.parse(form?.content ?? '{}') as { role?: unknown };
  if (typeof role === 'string' && role.trim() !== '') return role.trim();
  return /^\s*role\s*:\s*(.+?)\s*$/im.exec(reason)?.[1] ?? null;
}
