import { singular, titleOf } from './names';

/** A file to write, relative to the mesh root. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

export interface ScaffoldOptions {
  readonly domain: string;
  readonly entity: string;
  readonly owner: string;
}

/** A product that validates, passes its tests and certifies as it is: a start to change, not a form to fill in. */
export function scaffold({ domain, entity, owner }: ScaffoldOptions): NewFile[] {
  const folder = `contracts/${domain}`;
  const one = singular(entity).replaceAll('_', ' ');
  const key = `${singular(entity)}_id`;
  return [
    { path: `${folder}/${entity}.contract.yaml`, text: contract(domain, entity, owner, one, key) },
    { path: `${folder}/${entity}.pipeline.yaml`, text: pipeline(entity, one, key) },
    { path: `${folder}/${entity}.tests.yaml`, text: tests(entity, one, key) },
    { path: `${folder}/sql/${entity}.sql`, text: sql(entity, key) },
    { path: `${folder}/samples/${entity}.csv`, text: sample(key) },
  ];
}

const contract = (domain: string, entity: string, owner: string, one: string, key: string): string => `\
# What ${entity} promises to those who use it. The standard: https://bitol-io.github.io/open-data-contract-standard
apiVersion: v3.1.0
kind: DataContract
id: dp_${domain}_${entity}
name: ${titleOf(entity)}
version: 1.0.0
status: draft
domain: ${domain}
description:
  purpose: Every ${one}, in its latest state.
team:
  name: ${domain}-${entity.replaceAll('_', '-')}
  members: [{username: ${owner}, role: owner}]   # answers for it, and hears of its alarms
schema:
  - name: ${entity}
    dataGranularityDescription: one row per ${one}
    properties:
      - {name: ${key}, logicalType: string, primaryKey: true, description: "Identifies the ${one}."}
      - {name: updated_at, logicalType: timestamp, required: true, description: "When it last changed, in UTC."}
      - name: status
        logicalType: string
        required: true
        description: Where the ${one} stands.
        quality:
          - {name: known status, metric: invalidValues, arguments: {validValues: [open, closed]}, mustBe: 0, severity: critical}
      - {name: amount, logicalType: number, physicalType: "decimal(12,2)", logicalTypeOptions: {minimum: 0}, description: In euro.}
      # Classified above internal: published as a hash, masked in the quarantine, in no message.
      - {name: contact_email, logicalType: string, classification: confidential, description: Whom to ask.}
slaProperties:
  - {property: freshness, value: 24, unit: h}
`;

const pipeline = (entity: string, one: string, key: string): string => `\
# How ${entity} is built: private to this team, and free to change as long as the contract holds.
sources:
  ${entity}_export:
    files: {format: csv, path: landing/${entity}/}
    sample: samples/${entity}.csv          # read on a laptop while nothing has landed
    primaryKey: [${key}]
    columns: {${key}: string, updated_at: timestamp, status: string, amount: "decimal(12,2)", contact_email: string}
tables:
  ${entity}_raw:
    layer: bronze
    from: [${entity}_export]
    description: As it came, each ${one} once.
    rules:
      - deduplicate: {by: [${key}], latest: updated_at}
  ${entity}_clean:
    layer: silver
    from: [${entity}_raw]
    rules:
      - trim: [status]
      - lower: [status]
    quality:
      - {name: a status that is known, metric: invalidValues, column: status, arguments: {validValues: [open, closed]},
         mustBeLessThan: 50, unit: percent, severity: critical, actionOnFail: quarantine_rows}
  ${entity}:
    layer: gold
    from: [${entity}_clean]
    sql: sql/${entity}.sql
schedule: {full: cron(0 5 * * ? *)}
`;

const tests = (entity: string, one: string, key: string): string => `\
# Given these rows, expect those: mesh test
- name: of two states of one ${one} the latest counts, and its status is tidied
  given:
    ${entity}_export:
      - {${key}: a1, updated_at: "2025-01-01T08:00:00Z", status: open, amount: 10.00}
      - {${key}: a1, updated_at: "2025-01-02T08:00:00Z", status: " CLOSED ", amount: 12.50}
  expect:
    ${entity}_clean: [{${key}: a1, status: closed, amount: 12.50}]

- name: a status nobody knows is set aside
  given:
    ${entity}_raw:
      - {${key}: a1, updated_at: "2025-01-01T08:00:00Z", status: open, amount: 10.00}
      - {${key}: a2, updated_at: "2025-01-01T09:00:00Z", status: open, amount: 11.00}
      - {${key}: a3, updated_at: "2025-01-01T10:00:00Z", status: lost, amount: 12.00}
  expect:
    ${entity}_clean: {rows: [{${key}: a1}, {${key}: a2}], quarantined: 1}
`;

const sql = (entity: string, key: string): string => `\
-- The analyst's SQL, run as it is. It may read the tables that the pipeline names in \`from\`.
SELECT ${key}, updated_at, status, amount, contact_email
FROM ${entity}_clean
`;

const sample = (key: string): string => `\
${key},updated_at,status,amount,contact_email
a1,2025-01-01T08:00:00Z,open,10.00,ada@shoply.example
a1,2025-01-02T08:00:00Z,CLOSED,12.50,ada@shoply.example
a2,2025-01-01T09:30:00Z, Open ,99.90,grace@shoply.example
a3,2025-01-01T10:00:00Z,lost,5.00,
`;
