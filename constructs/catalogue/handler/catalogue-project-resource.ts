import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { domainNames } from '../../domain/naming';
import { type Outside } from './outside';
import { NoCatalogue, platformOf } from '../../datazone/platform';
import { ensureProject } from '../../datazone/project';
import { Unfinished } from '../../handlers/waiting';

/** Nothing is known of the project but the domain, which the handler serves anyway. */
type ProjectRequest = Record<'Domain' | 'Environment', string>;

/** Custom::MeshCatalogueProject: the domain's project in the platform's catalogue, which its products are listed by. */
export class CatalogueProjectResource implements CustomResource<ProjectRequest> {
  constructor(private readonly outside: Outside) {}

  parse({ Domain, Environment }: Record<string, unknown>): ProjectRequest {
    const { served } = this.outside;
    if (Domain !== served.domain || Environment !== (served.environment ?? '')) {
      throw new HandlerError(`this is the foundation of ${served.domain}, the request is of ${JSON.stringify(Domain)}`, 'a foundation asks its own handlers');
    }
    return { Domain, Environment };
  }

  physicalId(): string {
    return `${domainNames.prefix(this.outside.served)}-project`;
  }

  async create(_request: ProjectRequest, call: Call): Promise<Attributes> {
    const { served, sts, pause } = this.outside;
    try {
      const platform = await platformOf(served, sts);
      const id = await ensureProject(platform, served, { remaining: () => call.remaining(), pause });
      return { ProjectId: id, DomainId: platform.domainIdentifier, Project: 'ready' };
    } catch (error) {
      // The foundation is there before the catalogue in some meshes: its products do without until the foundation is deployed again.
      if (error instanceof NoCatalogue) return { ProjectId: '', DomainId: '', Project: `not made: ${error.message}; deploy the foundation again once that is there` };
      if (error instanceof Unfinished) return { ProjectId: '', DomainId: '', Project: `not ready yet: still waiting for ${error.message}` };
      throw error;
    }
  }

  update(request: ProjectRequest, _old: ProjectRequest | undefined, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  /** The project stays: listings, subscriptions and what people have written there hang on it. */
  async delete(): Promise<void> {
    // nothing
  }
}
