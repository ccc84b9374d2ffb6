import { type IcebergType, type TableMetadata } from '../../../constructs/iceberg/table-metadata';

/** Throws where Iceberg could not read the metadata: https://iceberg.apache.org/spec/#table-metadata-fields */
export function checkMetadata(metadata: TableMetadata): void {
  const problems: string[] = [];
  const need = (holds: boolean, problem: string): void => { if (!holds) problems.push(problem); };
  need(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(metadata['table-uuid']), 'the table has a UUID');
  need(isUnique(metadata.schemas.map((schema) => schema['schema-id'])), 'ids of schemas are unique');
  need(metadata.schemas.some((schema) => schema['schema-id'] === metadata['current-schema-id']), 'the current schema is there');
  need(isUnique(metadata['partition-specs'].map((spec) => spec['spec-id'])), 'ids of partition specs are unique');
  need(metadata['partition-specs'].some((spec) => spec['spec-id'] === metadata['default-spec-id']), 'the default partition spec is there');
  for (const schema of metadata.schemas) {
    const ids = schema.fields.flatMap(({ id, type }) => [id, ...idsIn(type)]);
    need(isUnique(ids), `field ids of schema ${schema['schema-id']} are unique: ${ids.join()}`);
    need(ids.every((id) => id >= 1 && id <= metadata['last-column-id']), `no field id of schema ${schema['schema-id']} is beyond the last one`);
    need(isUnique(schema.fields.map(({ name }) => name)), `names in schema ${schema['schema-id']} are unique`);
    for (const id of schema['identifier-field-ids'] ?? []) {
      const field = schema.fields.find((one) => one.id === id);
      need(field !== undefined && field.required && typeof field.type === 'string', `the identifier ${id} is a required primitive`);
    }
  }
  const parts = metadata['partition-specs'].flatMap(({ fields }) => fields);
  need(parts.every((field) => field['field-id'] >= 1000 && field['field-id'] <= metadata['last-partition-id']), 'ids of partition fields begin at 1000 and are not beyond the last one');
  const columns = new Map(metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])?.fields.map(({ name, id }) => [name, id]));
  need(parts.every((field) => (columns.get(field.name) ?? field['source-id']) === field['source-id']), 'no column is called like a partition field of another one');
  need(parts.every((field) => parts.every((other) => (field.name === other.name) === (field['field-id'] === other['field-id']))), 'a partition field has one name, and no other has it');
  need(Object.values(metadata.properties).every((value) => typeof value === 'string'), 'properties are text');
  fail(problems);
}

/** Throws where one metadata file cannot follow another: something that is append-only went, or belongs to a run alone. */
export function checkSuccessor(before: TableMetadata, previous: string, after: TableMetadata): void {
  checkMetadata(after);
  const problems: string[] = [];
  const need = (holds: boolean, problem: string): void => { if (!holds) problems.push(problem); };
  for (const key of ['table-uuid', 'location', 'snapshots', 'current-snapshot-id', 'refs', 'snapshot-log', 'sort-orders', 'last-sequence-number', 'statistics']) {
    need(text(before[key]) === text(after[key]), `${key} stays`);
  }
  need(text(after.schemas.slice(0, before.schemas.length)) === text(before.schemas), 'older schemas stay');
  need(text(after['partition-specs'].slice(0, before['partition-specs'].length)) === text(before['partition-specs']), 'older partition specs stay');
  need(after['last-column-id'] >= before['last-column-id'], 'the last column id never falls');
  need(after['last-partition-id'] >= before['last-partition-id'], 'the last partition id never falls');
  need(text(after['metadata-log']?.slice(0, -1)) === text(before['metadata-log']), 'the log keeps what runs may go back to');
  need(after['metadata-log']?.at(-1)?.['metadata-file'] === previous, 'the log names what it follows');
  need(after['last-updated-ms'] > before['last-updated-ms'], 'time goes forward');
  fail(problems);
}

function idsIn(type: IcebergType): number[] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'list': return [type['element-id'], ...idsIn(type.element)];
    case 'map': return [type['key-id'], ...idsIn(type.key), type['value-id'], ...idsIn(type.value)];
    case 'struct': return type.fields.flatMap((field) => [field.id, ...idsIn(field.type)]);
  }
}

function isUnique(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? 'nothing';
}

function fail(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`Iceberg's rules are broken: ${problems.join('; ')}`);
}
