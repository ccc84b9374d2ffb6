import { CreateProjectCommand, type DataZoneClient, GetProjectCommand, ListProjectsCommand } from '@aws-sdk/client-datazone';
import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { isError } from '../../handlers/sdk';
import { Unfinished, waitFor } from '../../handlers/waiting';
import { domainNames } from '../../domain/naming';
import { type Outside, textOf } from './outside';

interface ProjectRequest {
  readonly domainIdentifier: string;
  readonly name: string;
  readonly description: string;
  /** ARN of the role that makes the project, and so owns it; empty for the handler's own. */
  readonly owner: string;
  /** What the project is made from; empty in a domain of version 1. */
  readonly profile: string;
}

/**
 * Custom::MeshPlatformProject, the platform's own project in the catalogue, which owns its glossaries and form types, and
 * Custom::MeshConsumerProject, that of a consumer, which subscribes for it. Whoever makes a project is its owner; a role that is made a member
 * later is refused in some domains, so this handler makes them: as itself, or as the role that speaks for the consumer.
 */
export class ProjectResource implements CustomResource<ProjectRequest> {
  constructor(private readonly outside: Outside) {}

  parse(properties: Record<string, unknown>): ProjectRequest {
    const asked = { domainIdentifier: textOf(properties, 'DomainId'), profile: textOf(properties, 'ProfileId') };
    if (properties.RoleArn === undefined) return { ...asked, name: domainNames.prefix(this.outside.served), description: 'The words and forms that all domains use', owner: '' };
    return { ...asked, name: textOf(properties, 'Name'), description: textOf(properties, 'Description'), owner: textOf(properties, 'RoleArn') };
  }

  physicalId({ domainIdentifier, name }: ProjectRequest): string {
    return `${domainIdentifier}/${name}`;
  }

  async create(request: ProjectRequest, call: Call): Promise<Attributes> {
    const { domainIdentifier, name } = request;
    const { pause } = this.outside;
    const datazone = request.owner === '' ? this.outside.datazone : await this.outside.datazoneAs(request.owner);
    // Creating takes no client token, so an answer that was lost is found by its name.
    const id = await find(datazone, request) ?? await make(datazone, request);
    try {
      await waitFor('its set-up', { remaining: () => call.remaining(), pause }, async () => {
        const { projectStatus, environmentDeploymentDetails } = await datazone.send(new GetProjectCommand({ domainIdentifier, identifier: id }));
        const deployment = environmentDeploymentDetails?.overallDeploymentStatus ?? 'SUCCESSFUL';
        if (deployment.startsWith('FAILED')) throw new HandlerError(`DataZone could not set up the project ${name}: ${deployment}`, 'look at the project in the catalogue\'s portal, then deploy again');
        return (projectStatus ?? 'ACTIVE') === 'ACTIVE' && deployment === 'SUCCESSFUL' ? true : undefined;
      });
    } catch (error) {
      if (error instanceof Unfinished) throw new HandlerError(`the project ${name} is still waiting for ${error.message}`, 'deploy again: it goes on where it stopped');
      throw error;
    }
    return { ProjectId: id };
  }

  update(request: ProjectRequest, _old: ProjectRequest | undefined, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  /** The project stays: terms that products use, and subscriptions, hang on it. */
  async delete(): Promise<void> {
    // nothing
  }
}

async function make(datazone: DataZoneClient, request: ProjectRequest): Promise<string> {
  const { domainIdentifier, name, description, profile } = request;
  try {
    const { id } = await datazone.send(new CreateProjectCommand({ domainIdentifier, name, description, projectProfileId: profile === '' ? undefined : profile }));
    return id!;
  } catch (error) {
    const id = isError(error, 'ConflictException') ? await find(datazone, request) : undefined;
    if (id === undefined) throw error;
    return id;
  }
}

async function find(datazone: DataZoneClient, { domainIdentifier, name: wanted }: ProjectRequest): Promise<string | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await datazone.send(new ListProjectsCommand({ domainIdentifier, name: wanted, nextToken }));
    const found = page.items?.find(({ name, projectStatus }) => name === wanted && projectStatus !== 'DELETING');
    if (found !== undefined) return found.id;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}
