/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { type CommonModel, tags } from './common';
import { type Kit } from './conditional';

/** Who owns a contract, who may read its data, where to ask, and what it costs. */
export function peopleModel(kit: Kit, common: CommonModel) {
  const { id, customProperties, authoritativeDefinitions } = common;
  const described = {
    tags: tags.optional(),
    customProperties: customProperties.optional(),
    authoritativeDefinitions: authoritativeDefinitions.optional(),
  };
  const member = kit.object({
    ...id,
    username: kit.in30(z.string().optional() as unknown as z.ZodString, z.string()),
    name: z.string().optional(),
    description: z.string().optional(),
    role: z.string().optional(),
    dateIn: z.string().optional(),
    dateOut: z.string().optional(),
    replacedByUsername: z.string().optional(),
    ...kit.since('3.1', described),
  });
  const members = z.array(member);
  const team = z.strictObject({
    ...id,
    name: z.string().optional(),
    description: z.string().optional(),
    members: members.optional(),
    ...described,
  });
  const role = kit.object({
    ...id,
    role: z.string(),
    description: z.string().optional(),
    access: z.string().optional(),
    firstLevelApprovers: z.string().optional(),
    secondLevelApprovers: z.string().optional(),
    customProperties: customProperties.optional(),
  });
  const support = kit.object({
    ...id,
    channel: z.string(),
    url: kit.in30(z.string() as unknown as z.ZodOptional<z.ZodString>, z.string().optional()),
    description: z.string().optional(),
    tool: z.string().optional(),
    scope: z.string().optional(),
    invitationUrl: z.string().optional(),
    ...kit.since('3.1', { customProperties: customProperties.optional() }),
  });
  const price = kit.object({
    ...id,
    priceAmount: z.number().optional(),
    priceCurrency: z.string().optional(),
    priceUnit: z.string().optional(),
  });
  return {
    team: kit.in30(members as unknown as z.ZodUnion<[typeof team, typeof members]>, z.union([team, members])),
    role,
    support: z.array(support),
    price,
    member,
  };
}

export type PeopleModel = ReturnType<typeof peopleModel>;
export type OdcsTeamMember = z.infer<PeopleModel['member']>;
export type OdcsRole = z.infer<PeopleModel['role']>;
export type OdcsSupport = z.infer<PeopleModel['support']>[number];
export type OdcsPrice = z.infer<PeopleModel['price']>;
