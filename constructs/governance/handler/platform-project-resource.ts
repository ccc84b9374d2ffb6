import { CreateProjectCommand, GetProjectCommand, ListProjectsCommand } from '@aws-sdk/client-datazone';
import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { isError } from '../../handlers/sdk';
import { Unfinished, waitFor } from '../../handlers/waiting';
import { domainNames } from '../../domain/naming';
import { type Outside, textOf } from './outside';

interface ProjectRequest {
  readonly domainIdentifier: string;
  /** What the project is made from; empty in a domain of version 1. */
  readonly profile: string;
}

/**
 * Custom::MeshPlatformProject: the platform's own project in the catalogue, which owns its glossaries and form types. Whoever makes a project
 * is its owner; a role that is made a member later is refused in some domains, so this handler makes it.
 */
export class PlatformProjectResource implements CustomResource<ProjectRequest> {
  constructor(private readonly outside: Outside) {}

  parse(properties: Record<string, unknown>): ProjectRequest {
    return { domainIdentifier: textOf(properties, 'DomainId'), profile: textOf(properties, 'ProfileId') };
  }

  physicalId({ domainIdentifier }: ProjectRequest): string {
    return `${domainIdentifier}/${this.name}`;
  }

  async create({ domainIdentifier, profile }: ProjectRequest, call: Call): Promise<Attributes> {
    const { datazone, pause } = this.outside;
    // Creating takes no client token, so an answer that was lost is found by its name.
    const id = await this.find(domainIdentifier) ?? await this.make(domainIdentifier, profile);
    try {
      await waitFor('its set-up', { remaining: () => call.remaining(), pause }, async () => {
        const { projectStatus, environmentDeploymentDetails } = await datazone.send(new GetProjectCommand({ domainIdentifier, identifier: id }));
        const deployment = environmentDeploymentDetails?.overallDeploymentStatus ?? 'SUCCESSFUL';
        if (deployment.startsWith('FAILED')) throw new HandlerError(`DataZone could not set up the project ${this.name}: ${deployment}`, 'look at the project in the catalogue\'s portal, then deploy again');
        return (projectStatus ?? 'ACTIVE') === 'ACTIVE' && deployment === 'SUCCESSFUL' ? true : undefined;
      });
    } catch (error) {
      if (error instanceof Unfinished) throw new HandlerError(`the project ${this.name} is still waiting for ${error.message}`, 'deploy again: it goes on where it stopped');
      throw error;
    }
    return { ProjectId: id };
  }

  update(request: ProjectRequest, _old: ProjectRequest | undefined, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  /** The project stays: terms that products use hang on it. */
  async delete(): Promise<void> {
    // nothing
  }

  private get name(): string {
    return domainNames.prefix(this.outside.served);
  }

  private async make(domainIdentifier: string, profile: string): Promise<string> {
    try {
      const { id } = await this.outside.datazone.send(new CreateProjectCommand({
        domainIdentifier, name: this.name, description: 'The words and forms that all domains use', projectProfileId: profile === '' ? undefined : profile,
      }));
      return id!;
    } catch (error) {
      const id = isError(error, 'ConflictException') ? await this.find(domainIdentifier) : undefined;
      if (id === undefined) throw error;
      return id;
    }
  }

  private async find(domainIdentifier: string): Promise<string | undefined> {
    let nextToken: string | undefined;
    do {
      const page = await this.outside.datazone.send(new ListProjectsCommand({ domainIdentifier, name: this.name, nextToken }));
      const found = page.items?.find(({ name, projectStatus }) => name === this.name && projectStatus !== 'DELETING');
      if (found !== undefined) return found.id;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return undefined;
  }
}
