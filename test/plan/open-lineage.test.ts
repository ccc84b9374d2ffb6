import * as fs from 'node:fs';
import * as path from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { tellLineage } from '../../lib/cli/openlineage';
import { type RunResult } from '../../lib/cli/job-results';
import { compileProduct } from '../../lib/plan/compile-product';
import { runUuid } from '../../lib/plan/lineage/open-lineage';
import { type Plan } from '../../lib/plan/plan-schema';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, MESH, PIPELINE, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

afterAll(removeFolders);

/** What the specification asks of an event: https://openlineage.io/spec/2-0-2/OpenLineage.json and the facets that are used. */
const dataset = { type: 'object', required: ['namespace', 'name'], properties: { namespace: { type: 'string' }, name: { type: 'string' } } };
const facet = (name: string, required: readonly string[], properties: object): object => ({
  type: 'object', required: ['_producer', '_schemaURL', ...required],
  properties: { _producer: { type: 'string', format: 'uri' }, _schemaURL: { type: 'string', format: 'uri', pattern: `^https://openlineage\\.io/spec/facets/\\d-\\d-\\d/${name}\\.json#/\\$defs/${name}$` }, ...properties },
});
const inputField = {
  type: 'object', required: ['namespace', 'name', 'field'], properties: {
    field: { type: 'string' },
    transformations: { type: 'array', items: { type: 'object', required: ['type'], properties: { type: { enum: ['DIRECT', 'INDIRECT'] }, subtype: { type: 'string' }, description: { type: 'string' }, masking: { type: 'boolean' } } } },
  },
};
const EVENT = {
  type: 'object', required: ['eventTime', 'producer', 'schemaURL', 'run', 'job'], properties: {
    eventType: { enum: ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'] },
    eventTime: { type: 'string', format: 'date-time' }, producer: { type: 'string', format: 'uri' }, schemaURL: { type: 'string', format: 'uri' },
    run: { type: 'object', required: ['runId'], properties: {
      runId: { type: 'string', format: 'uuid' },
      facets: { type: 'object', properties: { errorMessage: facet('ErrorMessageRunFacet', ['message', 'programmingLanguage'], {}) }, additionalProperties: false },
    } },
    job: dataset, inputs: { type: 'array', items: dataset },
    outputs: { type: 'array', items: { ...dataset, properties: { ...dataset.properties, facets: { type: 'object', additionalProperties: false, properties: {
      schema: facet('SchemaDatasetFacet', ['fields'], { fields: { type: 'array', items: { type: 'object', required: ['name'] } } }),
      columnLineage: facet('ColumnLineageDatasetFacet', ['fields'], { fields: { type: 'object', additionalProperties: { type: 'object', required: ['inputFields'], properties: { inputFields: { type: 'array', items: inputField } } } } }),
    } } } } },
  },
};

function plan(): Plan {
  const root = folderWith({ 'mesh.yaml': MESH, 'contracts/sales/orders.contract.yaml': SMALLEST, 'contracts/sales/orders.pipeline.yaml': PIPELINE });
  const compiled = compileProduct(new Workspace(root, root, { sqlChecker: new TrustingChecker() }), path.join(root, 'contracts/sales/orders.contract.yaml'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.plan;
}

const RESULT: RunResult = { product: 'dp_sales_orders', version: '1.0.0', runId: 'full-1', mode: 'full', state: 'published', tables: [], certificate: null, seconds: 90 };
const AT = new Date('2026-11-28T06:01:30Z');

function told(result: RunResult): Record<string, unknown>[] {
  const state = folderWith({ keep: '' });
  tellLineage(state, plan(), result, AT);
  const file = path.join(state, 'openlineage.jsonl');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : [];
}

describe('a run on this machine', () => {
  test('tells in OpenLineage\'s form that it began and how it ended, with the columns that each column is made of', () => {
    const events = told(RESULT);
    const ajv = addFormats(new Ajv({ strict: false }));
    for (const event of events) expect(ajv.validate(EVENT, event) ? [] : ajv.errors).toEqual([]);
    expect(events.map(({ eventType, eventTime }) => [eventType, eventTime])).toEqual([['START', '2026-11-28T06:00:00.000Z'], ['COMPLETE', '2026-11-28T06:01:30.000Z']]);
    const source = { namespace: 'mesh://local', name: 'sales/orders-v1/orders_in' };
    expect(events[1]).toMatchObject({
      job: { namespace: 'mesh://local', name: 'sales.orders-v1' }, inputs: [source],
      outputs: [{ namespace: 'mesh://local', name: 'sales.orders_v1', facets: { columnLineage: { fields: {
        order_id: { inputFields: [{ ...source, field: 'order_id' }] },
        customer_email: { inputFields: [{ ...source, field: 'customer_email', transformations: [{ type: 'DIRECT', subtype: 'TRANSFORMATION', masking: true }] }] },
      } } } }],
    });
  });

  test('that failed says why, and one that had nothing to do says nothing', () => {
    expect(told({ ...RESULT, state: 'rejected', message: 'a check failed' })[1]).toMatchObject({ eventType: 'FAIL', run: { facets: { errorMessage: { message: 'a check failed' } } } });
    expect(told({ ...RESULT, state: 'skipped' })).toEqual([]);
  });

  test('has the id that its certificate has, which the jobs make', () => {
    // As uuid.uuid5 of Python makes them, from the same namespace and name.
    expect(runUuid(plan(), 'full-1')).toBe('ca8ede44-dfa9-5460-944d-cf64398bbe92');
    expect(runUuid({ ...plan(), environment: 'dev' }, 'full-1')).toBe('8a302e5f-6c59-5380-a80c-112f7ab1c93c');
  });
});
