/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { type CommonModel, scalarOrNull } from './common';
import { type Kit } from './conditional';

/** One promise about service: freshness, availability, retention… */
export function serviceLevelModel(kit: Kit, common: CommonModel) {
  return kit.object({
    ...common.id,
    property: z.string(),
    value: scalarOrNull,
    valueExt: scalarOrNull.optional(),
    unit: z.string().optional(),
    element: z.string().optional(),
    driver: z.string().optional(),
    ...kit.since('3.1', {
      description: z.string().optional(),
      scheduler: z.string().optional(),
      schedule: z.string().optional(),
    }),
    ...kit.since('3.2', {
      customProperties: common.customProperties.optional(),
      authoritativeDefinitions: common.authoritativeDefinitions.optional(),
    }),
  });
}

export type OdcsServiceLevel = z.infer<ReturnType<typeof serviceLevelModel>>;
