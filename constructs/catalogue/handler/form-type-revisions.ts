import { CreateFormTypeCommand, GetFormTypeCommand } from '@aws-sdk/client-datazone';
import { type FormType } from '../form-types';
import { type Platform } from '../../datazone/platform';
import { isError, orUndefined } from '../../handlers/sdk';

/** The revision of a form type; the first project that needs one makes it. */
export async function formTypeRevision(platform: Platform, projectId: string, type: FormType): Promise<string> {
  const { datazone, domainIdentifier } = platform;
  const known = await revisionOf(platform, type.name);
  if (known !== undefined) return known;
  try {
    const made = await datazone.send(new CreateFormTypeCommand({
      domainIdentifier, owningProjectIdentifier: projectId, name: type.name, description: type.description, status: 'ENABLED', model: { smithy: type.model },
    }));
    return made.revision!;
  } catch (error) {
    // Another domain was first, or we were and did not hear of it.
    if (!isError(error, 'ConflictException')) throw error;
    const theirs = await revisionOf(platform, type.name);
    if (theirs === undefined) throw error;
    return theirs;
  }
}

/** Undefined where there is no such type. */
export async function revisionOf({ datazone, domainIdentifier }: Platform, formTypeIdentifier: string): Promise<string | undefined> {
  return (await orUndefined(datazone.send(new GetFormTypeCommand({ domainIdentifier, formTypeIdentifier }))))?.revision;
}
