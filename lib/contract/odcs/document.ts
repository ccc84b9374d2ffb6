import * as z from 'zod';
import { commonModel, tags } from './common';
import { kitFor } from './conditional';
import { API_VERSIONS, type Edition } from './edition';
import { peopleModel } from './people';
import { elementFields, propertyModel } from './property';
import { qualityModel } from './quality';
import { relationshipModel } from './relationship';
import { serverModel } from './server';
import { serviceLevelModel } from './service-level';

/** The model of one edition: its verdict on a document is that of the official JSON Schema. */
function buildModel(edition: Edition) {
  const kit = kitFor(edition);
  const common = commonModel(kit);
  const people = peopleModel(kit, common);
  const quality = qualityModel(kit, common);
  const relationships = relationshipModel(kit, common);
  const { property } = propertyModel(kit, common, quality, relationships);
  const table = z.strictObject({
    ...elementFields(kit, common),
    name: z.string(),
    logicalType: z.enum(['object']).optional(),
    dataGranularityDescription: z.string().optional(),
    properties: z.array(property).optional(),
    quality: z.array(quality).optional(),
    ...kit.since('3.1', { relationships: z.array(relationships.ofTable).optional() }),
    ...kit.since('3.2', { context: common.context.optional() }),
  });
  const description = z.looseObject({
    usage: z.string().optional(),
    purpose: z.string().optional(),
    limitations: z.string().optional(),
    authoritativeDefinitions: common.authoritativeDefinitions.optional(),
    customProperties: common.customProperties.optional(),
  });
  const status = z.string();
  return z.strictObject({
    apiVersion: z.enum(API_VERSIONS[edition] as [string, ...string[]]),
    kind: z.enum(['DataContract']),
    id: z.string(),
    version: z.string(),
    status: edition === '3.2' ? status.optional() : status as unknown as z.ZodOptional<z.ZodString>,
    name: z.string().optional(),
    tenant: z.string().optional(),
    domain: z.string().optional(),
    dataProduct: z.string().optional(),
    description: description.optional(),
    ...kit.since('3.2', { context: common.context.optional() }),
    tags: tags.optional(),
    servers: z.array(serverModel(kit, common, people)).optional(),
    schema: z.array(table).optional(),
    support: people.support.optional(),
    price: people.price.optional(),
    team: people.team.optional(),
    roles: z.array(people.role).optional(),
    slaDefaultElement: z.string().optional(),
    slaProperties: z.array(serviceLevelModel(kit, common)).optional(),
    authoritativeDefinitions: common.authoritativeDefinitions.optional(),
    customProperties: common.customProperties.optional(),
    contractCreatedTs: z.string().optional(),
  });
}

const models = new Map<Edition, ReturnType<typeof buildModel>>();

/** The zod model of an edition, built on first use: most runs need one of the three. */
export function odcsModel(edition: Edition): ReturnType<typeof buildModel> {
  const model = models.get(edition) ?? buildModel(edition);
  models.set(edition, model);
  return model;
}

/** A document of any edition: the fields are those of the newest, optional where any edition lets them be. */
export type OdcsDocument = z.infer<ReturnType<typeof buildModel>>;
export type OdcsTable = NonNullable<OdcsDocument['schema']>[number];
