/** A metadata form that the mesh puts on assets and data products of the catalogue. */
export interface FormType {
  /** The form's name on an asset. */
  readonly form: string;
  /** The name of its type. */
  readonly name: string;
  readonly description: string;
  /** In Smithy, as DataZone takes it. */
  readonly model: string;
}

interface Field {
  readonly name: string;
  readonly about: string;
  readonly required?: true;
}

/** What is promised: it follows from the contract alone. */
export const CONTRACT_FORM = formType('MeshContract', 'What the contract of a data product promises', [
  { name: 'product', about: 'Id of the data product', required: true },
  { name: 'version', about: 'Version of the contract', required: true },
  { name: 'status', about: 'Where it is in its life: draft, active, deprecated or retired', required: true },
  { name: 'owner', about: 'Who answers for it', required: true },
  { name: 'serviceLevel', about: 'Freshness, availability and what else is promised' },
  { name: 'support', about: 'Where to ask, and to say what you think of it' },
  { name: 'sampleQueries', about: 'Queries to begin with' },
  { name: 'links', about: 'Where more is written' },
  { name: 'supersededBy', about: 'The product to move to' },
  { name: 'endOfLife', about: 'The day until which it is there' },
  { name: 'terms', about: 'Ids of the glossary terms that the contract names' },
]);

/** What was found true: since which run the contract is certified. The score of each run is a data quality result. */
export const CERTIFICATE_FORM = formType('MeshCertificate', 'Since when a data product keeps its contract', [
  { name: 'verdict', about: 'certified, or provisional where a sign-off is missing', required: true },
  { name: 'contractDigest', about: 'The contract that was certified', required: true },
  { name: 'since', about: 'When it was certified first', required: true },
  { name: 'certificateId', about: 'The first certificate', required: true },
]);

/** What who subscribes fills in: which access shape they ask for. */
export const ACCESS_FORM = formType('MeshAccess', 'What is asked for of a data product', [
  { name: 'role', about: 'Role of the contract that is asked for', required: true },
]);

function formType(form: string, description: string, fields: readonly Field[]): FormType {
  const members = fields.map(({ name, about, required }) => `  @documentation("${about}")\n${required === true ? '  @required\n' : ''}  @amazon.datazone#searchable\n  ${name}: String`);
  return { form, name: `${form}Form`, description, model: `structure ${form}Form {\n${members.join('\n\n')}\n}` };
}
