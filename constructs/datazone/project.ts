import {
  CreateProjectCommand, CreateProjectMembershipCommand, GetProjectCommand, GetUserProfileCommand, ListProjectMembershipsCommand, ListProjectsCommand,
} from '@aws-sdk/client-datazone';
import { HandlerError } from '../handlers/custom-resource';
import { domainNames, type DomainPlace } from '../domain/naming';
import { catalogueRoleArn } from '../governance/platform-names';
import { type Platform } from './platform';
import { isError, orUndefined } from '../handlers/sdk';
import { type Clock, Unfinished, waitFor } from '../handlers/waiting';

/** The id of the domain's project; undefined where its foundation has not made it yet. */
export async function findProject({ datazone, domainIdentifier }: Platform, place: DomainPlace): Promise<string | undefined> {
  const name = domainNames.prefix(place);
  let nextToken: string | undefined;
  do {
    const page = await datazone.send(new ListProjectsCommand({ domainIdentifier, name, nextToken }));
    const found = page.items?.find((item) => item.name === name && item.projectStatus !== 'DELETING');
    if (found !== undefined) return found.id;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

/**
 * Makes the domain's project, unless it is there, with the publisher role as a member, and waits until it can be worked in. Raises
 * Unfinished when time runs out, HandlerError when DataZone could not set it up.
 */
export async function ensureProject(platform: Platform, place: DomainPlace, clock: Clock): Promise<string> {
  const { datazone, domainIdentifier } = platform;
  // Creating takes no client token, so an answer that was lost is found by its name.
  const found = await findProject(platform, place);
  const id = found ?? await createProject(platform, place);
  if (found !== undefined) await ensureMembership(platform, found, platform.publisherRoleArn, 'PROJECT_OWNER');
  await waitFor(`the project ${domainNames.prefix(place)} to be set up`, clock, async () => {
    const { projectStatus, environmentDeploymentDetails, failureReasons } = await datazone.send(new GetProjectCommand({ domainIdentifier, identifier: id }));
    const deployment = environmentDeploymentDetails?.overallDeploymentStatus;
    if (deployment === 'FAILED_DEPLOYMENT' || deployment === 'FAILED_VALIDATION') {
      const reasons = Object.values(environmentDeploymentDetails?.environmentFailureReasons ?? {}).flat().map(({ message }) => message).join('; ');
      throw new HandlerError(`DataZone could not set up the project ${domainNames.prefix(place)}: ${reasons === '' ? deployment : reasons}`,
        'ask the platform team to repair its project profile and blueprints, then deploy the foundation again');
    }
    if (projectStatus === 'UPDATE_FAILED') throw new HandlerError(`the project ${domainNames.prefix(place)} is broken: ${failureReasons?.map(({ message }) => message).join('; ') ?? projectStatus}`);
    return (projectStatus ?? 'ACTIVE') === 'ACTIVE' && (deployment ?? 'SUCCESSFUL') === 'SUCCESSFUL' ? true : undefined;
  });
  await ensurePeople(platform, place, id);
  return id;
}

/**
 * Who approves subscriptions must be a member of the project that publishes, and who describes its products as well. Some domains of DataZone
 * refuse roles as members (https://github.com/aws/modern-data-architecture-accelerator/issues/61): then people are added in the portal, and
 * nothing else has to wait for it.
 */
async function ensurePeople(platform: Platform, place: DomainPlace, projectId: string): Promise<void> {
  for (const [of, designation] of [['owner', 'PROJECT_OWNER'], ['steward', 'PROJECT_CONTRIBUTOR']] as const) {
    try {
      await ensureMembership(platform, projectId, catalogueRoleArn(place, of), designation);
    } catch (error) {
      if (!isError(error, 'AccessDeniedException') && !isError(error, 'ValidationException') && !isError(error, 'ResourceNotFoundException')) throw error;
      console.warn(JSON.stringify({ project: domainNames.prefix(place), notAMember: catalogueRoleArn(place, of), because: (error as Error).message, remedy: 'add its people to the project in the portal of the catalogue' }));
    }
  }
}

/** Who makes a project owns it, so the publisher role is a member from the beginning. */
async function createProject(platform: Platform, place: DomainPlace): Promise<string> {
  const { datazone, domainIdentifier, projectProfile, domainUnit } = platform;
  try {
    const { id } = await datazone.send(new CreateProjectCommand({
      domainIdentifier, name: domainNames.prefix(place), description: `Data products of the domain ${place.domain}`,
      projectProfileId: projectProfile, domainUnitId: domainUnit,
    }));
    return id!;
  } catch (error) {
    if (!isError(error, 'ConflictException')) throw error;
    const id = await findProject(platform, place);
    if (id === undefined) throw new Unfinished(`the project ${domainNames.prefix(place)} to be found`);
    return id;
  }
}

/** Unless it is a member: somebody else may have made the project. */
async function ensureMembership({ datazone, domainIdentifier }: Platform, projectIdentifier: string, userIdentifier: string, designation: 'PROJECT_OWNER' | 'PROJECT_CONTRIBUTOR'): Promise<void> {
  const profile = await orUndefined(datazone.send(new GetUserProfileCommand({ domainIdentifier, userIdentifier, type: 'IAM' })));
  let nextToken: string | undefined;
  do {
    const page = await datazone.send(new ListProjectMembershipsCommand({ domainIdentifier, projectIdentifier, nextToken }));
    if (page.members?.some(({ memberDetails }) => memberDetails?.user?.userId === profile?.id && profile !== undefined)) return;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  await datazone.send(new CreateProjectMembershipCommand({ domainIdentifier, projectIdentifier, member: { userIdentifier }, designation }));
}
