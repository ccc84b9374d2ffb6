import * as z from 'zod';
import { odcsModel } from '../contract/odcs/document';
import { vocabularyModel } from '../contract/vocabulary';
import { meshModel } from './mesh/mesh-file';
import { pipelineModel } from './pipeline/pipeline-file';
import { planSchema } from './plan-schema';
import { signoffModel } from './signoff/signoff-model';
import { testsModel } from './pipeline/tests-file';

/** The JSON Schemas of all our files, by the name of their file in schemas/: for editors, and for the tests of the jobs. */
export function editorSchemas(): Readonly<Record<string, object>> {
  return {
    'plan.schema.json': jsonSchema(planSchema),
    'contract.schema.json': jsonSchema(odcsModel('3.1').meta({ title: 'ODCS 3.1 contract, as cdk-data-mesh reads it' })),
    'pipeline.schema.json': jsonSchema(pipelineModel),
    'mesh.schema.json': jsonSchema(meshModel),
    'tests.schema.json': jsonSchema(testsModel),
    'signoff.schema.json': jsonSchema(signoffModel),
    'vocabulary.schema.json': jsonSchema(vocabularyModel.meta({ id: 'Vocabulary', title: 'cdk-data-mesh vocabulary' })),
  };
}

function jsonSchema(model: z.ZodType): object {
  return z.toJSONSchema(model, { io: 'input', unrepresentable: 'any' });
}
