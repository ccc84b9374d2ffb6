/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { type Property, type SchemaObject } from '../../contract';
import { type DocumentPath } from '../../document-path';
import { IDENTIFIER, publishedTable } from '../../names';
import { majorVersion } from '../../version';
import { fieldsWithin, type LintRule, type Report } from '../rule';

interface Named {
  readonly name: string | undefined;
  readonly path: DocumentPath;
}

/** Names of tables, columns, roles and ids: each means one thing, and fits where it will be used. */
export const nameRules: readonly LintRule[] = [
  {
    id: 'lint/duplicate-name', severity: 'error', title: 'A name means one thing',
    check: ({ contract, columns }, report) => {
      unique(contract.schema.map(({ name, path }) => ({ name, path: [...path, 'name'] })), 'table', report);
      for (const { properties } of contract.schema) unique(named(properties), 'column', report);
      for (const { property } of columns) {
        for (const field of [property, ...fieldsWithin(property)]) unique(named(field.properties), 'field', report);
      }
      unique(contract.roles.map(({ role, path }) => ({ name: role, path: [...path, 'role'] })), 'role', report);
      const owners = [contract, contract.description, contract.team, ...contract.roles, ...contract.slaProperties, ...contract.schema, ...columns.map(({ property }) => property)];
      for (const { customProperties } of owners) {
        unique(customProperties.map(({ property, path }) => ({ name: property, path: [...path, 'property'] })), 'custom property', report, (name) => name);
      }
    },
  },
  {
    id: 'lint/duplicate-id', severity: 'error', title: 'An id is given once among its neighbours',
    check: ({ contract, columns }, report) => {
      const identified = (things: readonly { readonly id?: string | undefined; readonly path: DocumentPath }[]): Named[] => things.map(({ id, path }) => ({ name: id, path: [...path, 'id'] }));
      for (const list of [contract.schema, contract.roles, contract.slaProperties, contract.servers, contract.support]) unique(identified(list), 'id', report, (id) => id);
      for (const object of contract.schema) {
        unique(identified(object.quality), 'id', report, (id) => id);
        // a column without an id is identified by its name
        const identities = new Map<string, boolean>();
        for (const { id, name, path } of object.properties) {
          const identity = id ?? name;
          const before = identities.get(identity);
          // two that are only called the same are said to be so by another rule
          if (before === true || (before === false && id !== undefined)) {
            report([...path, id === undefined ? 'name' : 'id'], {
              message: `two columns would have the identity \`${identity}\``, received: identity, expected: 'an id of its own: the same id under a new name is a rename',
            });
          }
          identities.set(identity, before === true || id !== undefined);
        }
      }
      for (const { property } of columns) unique(identified(property.quality), 'id', report, (id) => id);
    },
  },
  {
    id: 'lint/table-name', severity: 'error', title: 'The catalogue allows the name of a table',
    check: ({ contract }, report) => {
      for (const { name, path } of contract.schema) {
        const table = publishedTable(name, majorVersion(contract.version) ?? 1);
        if (IDENTIFIER.test(name) && table.length <= 100) continue;
        report([...path, 'name'], {
          message: 'the catalogue does not allow this table name', received: name,
          expected: 'at most 95 lower-case letters, digits and single `_` between them, a letter first',
          remedy: fixed(name),
        });
      }
    },
  },
  {
    id: 'lint/reserved-name', severity: 'error', title: 'Names that begin with _mesh_ are the platform\'s',
    check: ({ columns }, report) => {
      for (const { property: { name, path } } of columns) {
        if (/^_mesh_/i.test(name)) report([...path, 'name'], { message: 'names that begin with `_mesh_` are reserved for columns of the platform', received: name, remedy: 'choose another name' });
        if (name.trim() === '') report([...path, 'name'], { message: 'the column has no name', received: name });
      }
    },
  },
  {
    id: 'lint/column-name', severity: 'warning', title: 'Every engine can name a column without quotes',
    check: ({ columns }, report) => {
      for (const { property: { name, path } } of columns) {
        if (name.trim() === '' || /^_mesh_/i.test(name) || /^[a-z_][a-z0-9_]*$/.test(name)) continue;
        report([...path, 'name'], {
          message: 'Athena and Redshift write names in lower case, and need quotes for other characters', received: name,
          expected: 'lower-case letters, digits and `_`', remedy: fixed(name),
        });
      }
    },
  },
  {
    id: 'lint/physical-name', severity: 'warning', title: 'A physical name is the one that a table or column is published under',
    check: ({ contract, columns }, report) => {
      const compare = ({ physicalName, path }: SchemaObject | Property, published: string): void => {
        // the table of a database may be written with that; what a list holds has no name
        if (physicalName === undefined || published === '' || physicalName.split('.').pop() === published) return;
        report([...path, 'physicalName'], { message: 'nothing is published under this name', received: physicalName, expected: published, remedy: `write \`${published}\`, or nothing` });
      };
      for (const object of contract.schema) compare(object, publishedTable(object.name, majorVersion(contract.version) ?? 1));
      for (const { property } of columns) for (const each of [property, ...fieldsWithin(property)]) compare(each, each.name);
    },
  },
];

function named(properties: readonly { readonly name: string; readonly path: DocumentPath }[]): Named[] {
  return properties.map(({ name, path }) => ({ name, path: [...path, 'name'] }));
}

/** Names that differ in case alone are the same to Athena. */
function unique(things: readonly Named[], what: string, report: Report, fold: (name: string) => string = (name) => name.toLowerCase()): void {
  const seen = new Map<string, string>();
  for (const { name, path } of things) {
    if (name === undefined || name === '') continue;
    const before = seen.get(fold(name));
    if (before === undefined) seen.set(fold(name), name);
    else {
      report(path, {
        message: before === name ? `the ${what} \`${name}\` is there twice` : `the ${what} \`${name}\` differs from \`${before}\` only in case`, received: name,
        remedy: what === 'id' ? 'give each an id of its own' : 'rename or remove one of them',
      });
    }
  }
}

function fixed(name: string): string | undefined {
  const better = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '');
  return better === '' || better === name ? undefined : `call it \`${better}\``;
}
