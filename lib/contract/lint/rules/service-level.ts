/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { columnType } from '../../column-type';
import { isTemporal } from '../../data-type';
import { DURATION_UNITS, secondsPer } from '../../quantities';
import { SLA_PROPERTIES, slaElements, slaName, slaPercent, slaSeconds } from '../../service-level';
import { suggest } from '../../suggestion';
import { list } from '../../wording';
import { type LintRule } from '../rule';
import { instant } from './types';

const UNITS = 's, min, h, d, w, month, y';

/** Promises about service. */
export const serviceLevelRules: readonly LintRule[] = [
  {
    id: 'lint/unknown-sla', severity: 'error', title: 'An SLA property is one of the standard\'s',
    check: ({ contract }, report) => {
      for (const { property, path } of contract.slaProperties) {
        if (slaName(property) !== undefined) continue;
        const near = suggest(property, Object.keys(SLA_PROPERTIES));
        report([...path, 'property'], {
          message: 'nothing measures this property', received: property, expected: `one of ${Object.keys(SLA_PROPERTIES).join(', ')}`,
          remedy: near === undefined ? 'say it in `description.limitations`' : `did you mean \`${near}\`?`,
        });
      }
    },
  },
  {
    id: 'lint/sla-value', severity: 'error', title: 'The value of an SLA property is of the right kind',
    check: ({ contract }, report) => {
      for (const sla of contract.slaProperties) {
        const name = slaName(sla.property);
        const kind = name === undefined ? 'any' : SLA_PROPERTIES[name].value;
        if (kind === 'duration' && slaSeconds(sla) === undefined) {
          if (sla.unit !== undefined && secondsPer(sla.unit) === undefined) {
            const near = suggest(sla.unit, DURATION_UNITS);
            report([...sla.path, 'unit'], { message: 'this is not a unit of time', received: sla.unit, expected: `one of ${UNITS}`, remedy: near === undefined ? undefined : `did you mean \`${near}\`?` });
          } else if (sla.unit === undefined && typeof sla.value === 'number') {
            report([...sla.path, 'value'], { message: `${String(name)} needs a unit`, received: sla.value, expected: `\`unit\`: one of ${UNITS}`, remedy: 'write e.g. `unit: h`' });
          } else {
            report([...sla.path, 'value'], { message: `${String(name)} is a duration above 0`, received: sla.value, expected: 'a number with `unit`, or e.g. 24h' });
          }
        }
        if (kind === 'percent' && slaPercent(sla) === undefined) {
          const wrongUnit = sla.unit !== undefined && slaPercent({ value: sla.value }) !== undefined;
          report([...sla.path, wrongUnit ? 'unit' : 'value'], { message: `${String(name)} is a share in percent`, received: wrongUnit ? sla.unit : sla.value, expected: wrongUnit ? 'percent' : '0 to 100' });
        }
        if (kind === 'date' && (typeof sla.value !== 'string' || (Number.isNaN(instant(sla.value, 'timestamptz'))))) {
          report([...sla.path, 'value'], { message: `${String(name)} is a day`, received: sla.value, expected: 'e.g. 2026-12-31' });
        }
      }
    },
  },
  {
    id: 'lint/unknown-element', severity: 'error', title: 'The element of an SLA property exists',
    check: ({ contract }, report) => {
      const names = contract.schema.flatMap((object) => [object.name, ...object.properties.map(({ name }) => `${object.name}.${name}`)]);
      for (const sla of contract.slaProperties) {
        for (const { written, object } of slaElements(contract, sla)) {
          if (object !== undefined) continue;
          const near = suggest(written, [...names, ...contract.schema.flatMap(({ properties }) => properties.map(({ name }) => name))]);
          report(sla.element === undefined ? ['slaDefaultElement'] : [...sla.path, 'element'], {
            message: 'the contract has no such table or column', received: written, expected: names.length <= 12 ? `one of ${names.join(', ')}` : 'table.column',
            remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
          });
        }
      }
    },
  },
  {
    id: 'lint/sla-element', severity: 'error', title: 'Freshness is read from a date or a timestamp',
    check: ({ contract }, report) => {
      for (const sla of contract.slaProperties) {
        const name = slaName(sla.property);
        if (name !== 'freshness' && name !== 'latency') continue;
        for (const { written, property } of slaElements(contract, sla)) {
          if (property === undefined) continue;
          const { type } = columnType(property);
          if (isTemporal(type) && type !== 'time') continue;
          report(sla.element === undefined ? ['slaDefaultElement'] : [...sla.path, 'element'], {
            message: `\`${written}\` does not say when`, received: written, expected: 'a column with a date or a timestamp', remedy: 'leave `element` out to measure the age of the input',
          });
        }
      }
    },
  },
  {
    id: 'lint/sla-action', severity: 'error', title: 'Only freshness can reject data, and an SLA quarantines no rows',
    check: ({ contract }, report) => {
      for (const { property, customProperties } of contract.slaProperties) {
        const action = customProperties.find((custom) => custom.property === 'mesh.actionOnFail');
        if (action === undefined) continue;
        const name = slaName(property);
        if (name === 'freshness' || name === 'latency' ? action.value !== 'quarantine_rows' : action.value === 'alert') continue;
        report([...action.path, 'value'], {
          message: action.value === 'quarantine_rows' ? 'an SLA property is about the product as a whole: it has no rows to quarantine' : `a run cannot tell whether \`${property}\` is kept, so it cannot stop for it`,
          received: action.value, expected: name === 'freshness' || name === 'latency' ? 'abort_workflow or alert' : 'alert',
        });
      }
    },
  },
  {
    id: 'lint/duplicate-sla', severity: 'error', title: 'A promise is made once',
    check: ({ contract }, report) => {
      const seen = new Set<string>();
      for (const { property, element, path } of contract.slaProperties) {
        const name = slaName(property);
        const key = `${String(name)} ${element ?? ''}`;
        if (name !== undefined && seen.has(key)) {
          report([...path, 'property'], { message: `${list([name])} is promised twice${element === undefined ? '' : ` of \`${element}\``}`, received: property, remedy: 'keep one, or give each its own `element`' });
        }
        seen.add(key);
      }
    },
  },
];
