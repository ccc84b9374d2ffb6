/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { CLASSIFICATIONS, MASKINGS } from '../../classification';
import { type Contract, type CustomProperty, type Property } from '../../contract';
import { isIgnoredChange } from '../../diff/ignored-changes';
import { majorVersion } from '../../version';
import { TIERS } from '../../tier';
import { parseDuration } from '../../quantities';
import { suggest } from '../../suggestion';
import { list } from '../../wording';
import { fieldsWithin, type LintRule, type LintSubject } from '../rule';

/** Where a custom property may stand. */
export type Place = 'contract' | 'table' | 'column' | 'quality rule' | 'relationship' | 'role' | 'SLA property' | 'elsewhere';

export interface MeshProperty {
  readonly places: readonly Place[];
  /** What its value is, for people. */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
const oneOf = (values: readonly string[]) => ({ expected: `one of ${values.join(', ')}`, accepts: (value: unknown) => values.includes(value as string) });

/** The names in customProperties that begin with `mesh.`: what ODCS has no slot for. The set is closed. */
export const MESH_PROPERTIES: Readonly<Record<string, MeshProperty>> = {
  'mesh.actionOnFail': { places: ['quality rule', 'relationship', 'SLA property'], ...oneOf(['abort_workflow', 'quarantine_rows', 'alert']) },
  'mesh.masking': { places: ['column'], ...oneOf(MASKINGS) },
  'mesh.tier': { places: ['contract'], ...oneOf(TIERS) },
  'mesh.residency': {
    places: ['contract'], expected: 'a list of regions, e.g. [eu-central-1]',
    accepts: (value) => isTexts(value) && (value as string[]).every((region) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)),
  },
  'mesh.noticePeriod': { places: ['contract'], expected: 'a duration, e.g. 90d', accepts: (value) => typeof value === 'string' && (parseDuration(value) ?? 0) > 0 },
  'mesh.supersededBy': {
    places: ['contract'], expected: 'a product, e.g. dp_sales_orders, or its version, e.g. 2.0.0',
    accepts: (value) => typeof value === 'string' && (/^dp(?:_[a-z0-9]+){2,}$/.test(value) || majorVersion(value) !== undefined),
  },
  'mesh.sampleQueries': {
    places: ['contract'], expected: 'a list of {title, sql}',
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((each: unknown) => typeof each === 'object' && each !== null
      && isText((each as { title?: unknown }).title) && isText((each as { sql?: unknown }).sql) && Object.keys(each).length === 2),
  },
  'mesh.ignoredChanges': {
    places: ['contract'], expected: 'a list of {rule, path, reason, until}, e.g. {rule: diff/column-removed, path: schema.orders.note, reason: never filled, until: 2026-01-31}',
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isIgnoredChange),
  },
  'mesh.columns': { places: ['role'], expected: 'a list of columns', accepts: isTexts },
  'mesh.rowFilter': { places: ['role'], expected: 'a condition in SQL, e.g. "country = \'DE\'"', accepts: isText },
  'mesh.clearance': { places: ['role'], ...oneOf(CLASSIFICATIONS) },
  'mesh.purpose': { places: ['role'], expected: 'a sentence', accepts: isText },
  'mesh.consumers': { places: ['role'], expected: 'a list of consumers of mesh.yaml', accepts: isTexts },
  'mesh.copies': { places: ['role'], expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
};

/** The custom properties whose names begin with `mesh.`. */
export const meshPropertyRules: readonly LintRule[] = [
  {
    id: 'lint/unknown-mesh-property', severity: 'error', title: 'A name that begins with mesh. is one the platform defines',
    check: (subject, report) => {
      for (const { custom } of everywhere(subject)) {
        if (Object.hasOwn(MESH_PROPERTIES, custom.property)) continue;
        const near = suggest(custom.property, Object.keys(MESH_PROPERTIES));
        report([...custom.path, 'property'], {
          message: 'the platform has no such property', received: custom.property, expected: `one of ${Object.keys(MESH_PROPERTIES).join(', ')}`,
          remedy: near === undefined ? 'give it a name that does not begin with `mesh.`: it is kept and never interpreted' : `did you mean \`${near}\`?`,
        });
      }
    },
  },
  {
    id: 'lint/misplaced-mesh-property', severity: 'error', title: 'A mesh property stands where it means something',
    check: (subject, report) => {
      for (const { custom, place } of everywhere(subject)) {
        const known = Object.hasOwn(MESH_PROPERTIES, custom.property) ? MESH_PROPERTIES[custom.property] : undefined;
        if (known === undefined || known.places.includes(place)) continue;
        report([...custom.path, 'property'], {
          message: `\`${custom.property}\` means nothing ${place === 'elsewhere' ? 'here' : `on a ${place}`}`, received: custom.property,
          expected: `on ${list(known.places.map((each) => `a ${each}`), 'or').replaceAll('`', '')}`, remedy: 'move it there',
        });
      }
    },
  },
  {
    id: 'lint/mesh-property-value', severity: 'error', title: 'The value of a mesh property is of the right kind',
    check: (subject, report) => {
      for (const { custom, place } of everywhere(subject)) {
        const known = Object.hasOwn(MESH_PROPERTIES, custom.property) ? MESH_PROPERTIES[custom.property] : undefined;
        if (known === undefined || !known.places.includes(place) || known.accepts(custom.value)) continue;
        const words = /^one of (.*)$/.exec(known.expected)?.[1]?.split(', ') ?? [];
        const near = typeof custom.value === 'string' ? suggest(custom.value, words) : undefined;
        report([...custom.path, 'value'], {
          message: `this is not a valid value for \`${custom.property}\``, received: custom.value, expected: known.expected, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
        });
      }
    },
  },
  {
    id: 'lint/role-column', severity: 'error', title: 'A role names columns that exist',
    check: ({ contract, columns }, report) => {
      const known = new Set(columns.flatMap(({ object, property }) => [property.name, `${object.name}.${property.name}`]));
      for (const { customProperties } of contract.roles) {
        for (const { property, value, path } of customProperties) {
          if (property !== 'mesh.columns' || !Array.isArray(value)) continue;
          value.forEach((name: unknown, index) => {
            if (typeof name !== 'string' || known.has(name)) return;
            const near = suggest(name, known);
            report([...path, 'value', index], { message: 'the contract has no such column', received: name, remedy: near === undefined ? undefined : `did you mean \`${near}\`?` });
          });
        }
      }
    },
  },
];

function everywhere({ contract, columns, quality }: LintSubject): { readonly custom: CustomProperty; readonly place: Place }[] {
  const at = (place: Place, owners: readonly { readonly customProperties: readonly CustomProperty[] }[]): { custom: CustomProperty; place: Place }[] => (
    owners.flatMap(({ customProperties }) => customProperties.map((custom) => ({ custom, place }))));
  return [
    ...at('contract', [contract]),
    ...at('table', contract.schema),
    ...at('column', columns.map(({ property }) => property)),
    ...at('elsewhere', columns.flatMap(({ property }): Property[] => fieldsWithin(property))),
    ...at('quality rule', quality.map(({ rule }) => rule)),
    ...at('relationship', [...contract.schema, ...columns.map(({ property }) => property)].flatMap(({ relationships }) => relationships)),
    ...at('role', contract.roles),
    ...at('SLA property', contract.slaProperties),
    ...at('elsewhere', others(contract)),
  ].filter(({ custom }) => /^mesh\./i.test(custom.property ?? ''));
}

function others(contract: Contract): { readonly customProperties: readonly CustomProperty[] }[] {
  return [contract.description, contract.team, ...contract.team.members];
}
