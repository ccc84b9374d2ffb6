/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { CLASSIFICATIONS, classificationOf, isClassification, isKeyed, isProtected, MASKED, maskingOf, MASKINGS } from '../../classification';
import { columnType } from '../../column-type';
import { isTemporal, typeText } from '../../data-type';
import { customProperty, findCustomProperty } from '../../mesh-property';
import { suggest } from '../../suggestion';
import { fieldsWithin, type LintRule } from '../rule';

/** Who may see which column, and what of it. */
export const classificationRules: readonly LintRule[] = [
  {
    id: 'lint/unknown-classification', severity: 'error', title: 'A classification is one of four',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        for (const { classification, path } of [property, ...fieldsWithin(property)]) {
          if (classification === undefined || isClassification(classification)) continue;
          const near = suggest(classification, CLASSIFICATIONS);
          report([...path, 'classification'], {
            message: 'the platform has no such classification', received: classification, expected: `one of ${CLASSIFICATIONS.join(', ')}`,
            remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
          });
        }
      }
    },
  },
  {
    id: 'lint/masking', severity: 'error', title: 'A masked column can be masked that way',
    check: ({ columns, defaultClassification }, report) => {
      for (const { property } of columns) {
        const classification = classificationOf(property, defaultClassification);
        const masking = maskingOf(property, classification);
        const written = findCustomProperty(property, 'mesh.masking');
        if (written !== undefined && !MASKINGS.includes(written.value as never)) continue;
        const path = written === undefined ? [...property.path, 'classification'] : [...written.path, 'value'];
        const { type } = columnType(property);
        const text = type === 'string';
        const reason = `\`${property.name}\` is ${classification}`;
        if (isKeyed(masking) && !text) {
          report(path, { message: `only text can be ${masking === 'hash' ? 'hashed' : 'tokenised'}, and \`${property.name}\` is not text`, received: masking, expected: 'redact or none', remedy: 'make it a string, or write `value: redact`' });
        } else if (masking === 'truncate' && !text && !(isTemporal(type) && type !== 'time')) {
          report(path, { message: `only text, dates and timestamps can be shortened, and \`${property.name}\` is ${typeText(type)}`, received: masking, expected: 'redact or none', remedy: 'write `value: redact`' });
        } else if (masking !== 'none' && !isKeyed(masking) && property.primaryKey === true) {
          report(path, {
            message: `${reason} and part of the key: published ${MASKED[masking]}, its values could not be told apart`, expected: 'hash or tokenise, which keep them apart',
            remedy: text ? 'write `mesh.masking: hash`' : 'make it a string, which can be hashed, or use another key',
          });
        } else if ((masking === 'nullify' || (masking === 'redact' && !text)) && property.required === true) {
          report(path, {
            message: `${reason} and required: published ${MASKED[masking]}, it would be null`, expected: 'a string, which can be hashed, or a column that may be null',
            remedy: 'make it a string, drop `required`, or write `mesh.masking: none` and let grants protect it',
          });
        }
      }
    },
  },
  {
    id: 'lint/masking-without-need', severity: 'warning', title: 'What is masked is classified',
    check: ({ columns, defaultClassification }, report) => {
      for (const { property } of columns) {
        const masking = customProperty(property, 'mesh.masking');
        const classification = classificationOf(property, defaultClassification);
        if (masking === undefined || masking === 'none' || !MASKINGS.includes(masking as never) || isProtected(classification)) continue;
        report([...findCustomProperty(property, 'mesh.masking')!.path, 'value'], {
          message: `\`${property.name}\` is masked but only ${classification}: its values may appear in messages and the quarantine`, received: masking,
          remedy: 'write `classification: confidential`',
        });
      }
    },
  },
];
