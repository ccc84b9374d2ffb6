/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { columnType } from '../../column-type';
import { type Property, type SchemaObject } from '../../contract';
import { TYPE_NAMES } from '../../data-type';
import { suggest } from '../../suggestion';
import { type LintRule, type Report } from '../rule';

/** Tables, columns, keys and types. */
export const schemaRules: readonly LintRule[] = [
  {
    id: 'lint/missing-schema', severity: 'error', title: 'The contract promises at least one table',
    check: ({ contract }, report) => {
      if (contract.schema.length > 0) return;
      report(['schema'], { message: 'the contract promises no table', remedy: 'write `schema: [{name: …, properties: […]}]`, or draft it from data: `mesh init --from FILE`' });
    },
  },
  {
    id: 'lint/missing-columns', severity: 'error', title: 'A table has columns',
    check: ({ contract }, report) => {
      for (const { name, properties, path } of contract.schema) {
        if (properties.length === 0) report([...path, 'properties'], { message: `the table \`${name}\` has no columns`, remedy: 'list them in `properties`, or draft them from data: `mesh init --from FILE`' });
      }
    },
  },
  {
    id: 'lint/missing-primary-key', severity: 'warning', title: 'A table has a primary key',
    check: ({ contract }, report) => {
      for (const { name, properties, path } of contract.schema) {
        if (properties.length === 0 || properties.some(({ primaryKey }) => primaryKey === true)) continue;
        report([...path, 'name'], {
          message: `the table \`${name}\` has no primary key: rows cannot be de-duplicated, merged or found to have vanished`,
          remedy: 'write `primaryKey: true` on the columns that tell rows apart',
        });
      }
    },
  },
  {
    id: 'lint/primary-key-position', severity: 'error', title: 'Positions of a primary key count from 1 without gaps',
    check: ({ contract }, report) => {
      for (const object of contract.schema) {
        positions(object, { flag: 'primaryKey', position: 'primaryKeyPosition', of: 'the primary key' }, report);
      }
    },
  },
  {
    id: 'lint/partition-position', severity: 'error', title: 'Positions of a partitioning count from 1 without gaps',
    check: ({ contract }, report) => {
      for (const object of contract.schema) {
        positions(object, { flag: 'partitioned', position: 'partitionKeyPosition', of: 'the partitioning' }, report);
      }
    },
  },
  {
    id: 'lint/key-type', severity: 'error', title: 'Keys and partitions are of a type that compares exactly',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        const { type } = columnType(property);
        const inexact = typeof type !== 'string' || type === 'double' || type === 'float';
        for (const flag of ['primaryKey', 'partitioned'] as const) {
          if (property[flag] !== true || !inexact) continue;
          report([...property.path, flag], {
            message: `${typeof type === 'string' ? 'a floating-point number' : 'a nested value'} cannot be part of a ${flag === 'primaryKey' ? 'key' : 'partitioning'}`,
            received: typeof type === 'string' ? type : type.kind, expected: 'text, a whole number, a decimal, a date or a timestamp',
          });
        }
      }
    },
  },
  {
    id: 'lint/untyped-property', severity: 'error', title: 'A column has a type',
    check: ({ contract, columns }, report) => {
      // the short template says so once itself
      if (contract.incomplete) return;
      for (const { property } of columns) {
        for (const problem of columnType(property).problems) {
          if (problem.kind !== 'untyped') continue;
          report([...problem.property.path, 'logicalType'], { message: `\`${nameOf(problem.property)}\` has no type: ${problem.why}`, remedy: 'write `logicalType: …`, and what it holds where it is nested' });
        }
      }
    },
  },
  {
    id: 'lint/unknown-physical-type', severity: 'warning', title: 'A physical type is one that is understood',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        for (const { kind, property: column, why } of columnType(property).problems) {
          if (kind !== 'unknown-physical-type') continue;
          const near = suggest(/^[A-Za-z_ ]+/.exec(column.physicalType ?? '')?.[0] ?? '', TYPE_NAMES);
          report([...column.path, 'physicalType'], {
            message: `the physical type is not understood (${why}), so the logical type decides`, received: column.physicalType,
            expected: 'a type of Spark or of the usual databases, e.g. decimal(12,2), varchar(20), bigint, timestamp',
            remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
          });
        }
      }
    },
  },
  {
    id: 'lint/impossible-type', severity: 'error', title: 'A decimal has a possible number of digits',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        for (const { kind, property: column, why } of columnType(property).problems) {
          if (kind !== 'impossible-type') continue;
          report([...column.path, 'physicalType'], {
            message: `no column can be of this type: ${why}`, received: column.physicalType, expected: 'decimal(p,s) with p of 1 to 38 digits, s of them after the point',
            remedy: 'write the digits that the values need, e.g. `decimal(38,2)`',
          });
        }
      }
    },
  },
  {
    id: 'lint/type-contradiction', severity: 'error', title: 'Logical and physical type say the same',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        for (const { kind, property: column, why } of columnType(property).problems) {
          if (kind === 'contradiction') report([...column.path, 'physicalType'], { message: `the two types contradict each other: ${why}`, received: column.physicalType, expected: `a type for ${column.logicalType ?? 'it'}` });
        }
      }
    },
  },
];

interface Placed {
  readonly flag: 'primaryKey' | 'partitioned';
  readonly position: 'primaryKeyPosition' | 'partitionKeyPosition';
  readonly of: string;
}

function positions({ properties }: SchemaObject, { flag, position, of }: Placed, report: Report): void {
  const members = properties.filter((property) => property[flag] === true);
  const at = (property: Property): number => property[position] ?? -1;
  for (const property of properties) {
    if (property[flag] !== true && at(property) > 0) {
      report([...property.path, position], { message: `\`${property.name}\` has a position in ${of} but is not part of it`, received: at(property), remedy: `write \`${flag}: true\`, or remove the position` });
    }
    if (at(property) === 0 || at(property) < -1) report([...property.path, position], { message: 'positions count from 1', received: at(property), expected: 'a number from 1' });
  }
  const placed = members.filter((property) => at(property) > 0);
  const seen = new Map<number, string>();
  for (const property of placed) {
    const before = seen.get(at(property));
    if (before !== undefined) report([...property.path, position], { message: `\`${before}\` and \`${property.name}\` have the same position in ${of}`, received: at(property) });
    seen.set(at(property), property.name);
  }
  if (placed.length > 0 && placed.length < members.length) {
    for (const property of members.filter((each) => at(each) === -1)) {
      report([...property.path, flag], { message: `\`${property.name}\` has no position in ${of}, although its other columns have one`, remedy: `write \`${position}: …\`` });
    }
  }
  const missing = [...seen.keys()].sort((a, b) => a - b).findIndex((value, index) => value !== index + 1);
  if (placed.length > 0 && placed.length === members.length && missing >= 0) {
    const wrong = placed.find((property) => at(property) > seen.size) ?? placed[0];
    report([...wrong.path, position], { message: `the positions in ${of} have a gap: no column has ${missing + 1}`, received: at(wrong), expected: `1 to ${placed.length}` });
  }
}

function nameOf(property: Property): string {
  return property.name === '' ? 'what it holds' : property.name;
}
