import { CreateFormTypeCommand, type DataZoneClient, GetFormTypeCommand } from '@aws-sdk/client-datazone';
import { type FormType } from '../../catalogue/form-types';
import { isError, orUndefined } from '../../handlers/sdk';

/** Makes the types of forms that are missing, and gives the names of those that were made. What products have filled in keeps its type. */
export async function ensureFormTypes(datazone: DataZoneClient, domainIdentifier: string, owningProjectIdentifier: string, types: readonly FormType[]): Promise<string[]> {
  const made: string[] = [];
  for (const { name, description, model } of types) {
    if (await orUndefined(datazone.send(new GetFormTypeCommand({ domainIdentifier, formTypeIdentifier: name }))) !== undefined) continue;
    try {
      await datazone.send(new CreateFormTypeCommand({ domainIdentifier, owningProjectIdentifier, name, description, status: 'ENABLED', model: { smithy: model } }));
      made.push(name);
    } catch (error) {
      // The first product was quicker, or the answer to our own request was lost.
      if (!isError(error, 'ConflictException')) throw error;
    }
  }
  return made;
}
