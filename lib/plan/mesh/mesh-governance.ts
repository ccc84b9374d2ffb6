import * as z from 'zod';

const addresses = z.array(z.email()).min(1);

/** `governance` in mesh.yaml: the catalogue, and who hears of what. */
export const governanceModel = z.strictObject({
  version: z.enum(['V1', 'V2']).optional().describe('Of the DataZone domain; V2 unless written. It cannot be changed later.'),
  organization: z.string().regex(/^o-[a-z0-9]{10,32}$/, 'the id of an organisation, e.g. o-a1b2c3d4e5').optional()
    .describe('Of AWS Organizations, where all accounts are in it: what is shared then needs nobody to accept it.'),
  notices: z.strictObject({
    incidents: addresses.optional().describe('Something of the platform does not work.'),
    security: addresses.optional().describe('Somebody has opened what is closed.'),
    subscriptions: addresses.optional().describe('Somebody asks for data.'),
    reviews: addresses.optional().describe('How products keep what they promise, each month.'),
  }).optional().describe('Mail addresses, by what they are told.'),
});

