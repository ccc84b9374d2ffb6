import { canonicalJson } from '../../../lib/contract/digest';
import { type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { planOf, type ProductRequest, productRequest } from '../../handlers/product-request';
import { type DomainPlace, productNames, type ProductPlace } from '../../domain/naming';
import { acceptedCode } from './job-code';
import { assertOurs, type Definition, definition } from './job-definition';
import { type Outside } from './publisher';
import { recording } from './recorded-code';
import { codeOfRelease, deleteRelease, readRelease, type Release, releaseOf, writeRelease } from './release';

interface Props extends ProductRequest {
  readonly jobs: Readonly<Record<'etl' | 'quality', Definition>>;
}

/** Custom::MeshRelease: what a deployment has put there is what may be published from now on. */
export function productRelease(outside: Outside, served: DomainPlace): CustomResource<Props> {
  const release = async (props: Props, stackId: string, logicalId: string): Promise<Record<string, string>> => {
    const { place, planUrl, jobs } = props;
    const releasedBy = `${stackId}|${logicalId}`;
    // After a failure here, CloudFormation goes back to what stands. Nothing is accepted by that, and each publication looks at the code.
    const standing = await readRelease(outside.table, place);
    if (standing !== undefined && isWhat(standing, { releasedBy, planUrl, jobs })) return { PlanDigest: standing.planDigest };
    const plan = await planOf(props, outside.s3);
    for (const job of Object.values(jobs)) assertOurs(job, place, planUrl);
    const code = await acceptedCode(outside, place, codeOfRelease({ jobs }));
    const made = releaseOf(place, plan, planUrl, jobs, releasedBy);
    await writeRelease(outside.table, place, made, recording(place, code, outside.now()));
    return { PlanDigest: made.planDigest };
  };
  return {
    parse: (properties) => {
      const request = productRequest(properties, served);
      return { ...request, jobs: { etl: job(request.place, 'etl', properties.Etl), quality: job(request.place, 'quality', properties.Quality) } };
    },
    physicalId: ({ place }) => `release-${productNames.runPartition(place)}`,
    create: (props, { stackId, logicalId }) => release(props, stackId, logicalId),
    update: (props, _old, { stackId, logicalId }) => release(props, stackId, logicalId),
    delete: ({ place }, { stackId, logicalId }) => deleteRelease(outside.table, place, `${stackId}|${logicalId}`),
  };
}

/** Whether it is what a resource asks for. */
function isWhat({ releasedBy, planUrl, jobs }: Release, asked: Pick<Release, 'releasedBy' | 'planUrl' | 'jobs'>): boolean {
  return canonicalJson({ releasedBy, planUrl, jobs }) === canonicalJson(asked);
}

/** A job as its stack describes it, in CloudFormation's words, which are Glue's. */
function job(place: ProductPlace, which: 'etl' | 'quality', given: unknown): Definition {
  if (typeof given !== 'object' || given === null) throw new HandlerError(`the release says nothing of the ${which} job`, 'deploy with the version of the library that the foundation has');
  return definition(productNames.job(place, which), given);
}
