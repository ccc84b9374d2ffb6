/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { STATUSES, isStatus } from '../../lifecycle';
import { entityOf, IDENTIFIER } from '../../names';
import { suggest } from '../../suggestion';
import { majorVersion } from '../../version';
import { type LintRule } from '../rule';

/** Id, domain, version and status: what names and lifecycle follow from. */
export const identityRules: readonly LintRule[] = [
  {
    id: 'lint/unknown-status', severity: 'error', title: 'The status is one of the lifecycle',
    check: ({ contract: { status } }, report) => {
      if (isStatus(status)) return;
      const near = suggest(status ?? '', STATUSES);
      report(['status'], {
        message: status === undefined ? 'the contract has no status' : 'the lifecycle has no such status', ...(status === undefined ? {} : { received: status }),
        expected: `one of ${STATUSES.join(', ')}`, remedy: near === undefined ? 'begin with `status: draft`' : `did you mean \`${near}\`?`,
      });
    },
  },
  {
    id: 'lint/version', severity: 'error', title: 'The version is a semantic version',
    check: ({ contract: { version } }, report) => {
      if (majorVersion(version) !== undefined) return;
      const numbers = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(version.trim());
      report(['version'], {
        message: 'the version is not a semantic version', received: version, expected: 'major.minor.patch, e.g. 1.0.0',
        remedy: numbers === null ? undefined : `write \`version: ${[1, 2, 3].map((part) => Number(numbers[part] ?? 0)).join('.')}\``,
      });
    },
  },
  {
    id: 'lint/file-version', severity: 'warning', title: 'A major version in the name of a file is that of its contract',
    check: ({ contract: { file, version } }, report) => {
      const named = /\.v(\d{1,9})\.contract\.ya?ml$/i.exec(file)?.[1];
      const major = majorVersion(version);
      if (named === undefined || major === undefined || Number(named) === major) return;
      report(['version'], {
        message: `the name of the file says version ${Number(named)}, the contract says ${major}`, received: version, expected: `${Number(named)}.x.y`,
        remedy: 'correct the version, or rename the file and those beside it',
      });
    },
  },
  {
    id: 'lint/missing-domain', severity: 'error', title: 'The contract names its domain',
    check: ({ contract: { domain, id } }, report) => {
      if (domain !== undefined && domain.trim() !== '') return;
      const guess = /^dp_([a-z][a-z0-9]*)_/.exec(id)?.[1];
      report(['domain'], { message: 'the contract names no domain', remedy: guess === undefined ? 'write `domain: …`' : `write \`domain: ${guess}\`` });
    },
  },
  {
    id: 'lint/domain-name', severity: 'error', title: 'The name of the domain can be part of names of tables',
    check: ({ contract: { domain } }, report) => {
      if (domain === undefined || domain.trim() === '' || (IDENTIFIER.test(domain) && domain.length <= 60)) return;
      report(['domain'], {
        message: 'the domain cannot be part of the name of a database', received: domain,
        expected: 'at most 60 lower-case letters, digits and single `_` between them, a letter first',
      });
    },
  },
  {
    id: 'lint/product-id', severity: 'error', title: 'The id is dp_<domain>_<entity>',
    check: ({ contract: { id, domain, schema } }, report) => {
      if (domain === undefined || !IDENTIFIER.test(domain)) {
        if (/^dp(_[a-z0-9]+){2,}$/.test(id)) return;
        report(['id'], { message: 'the id is not a product id', received: id, expected: 'dp_<domain>_<entity>, e.g. dp_sales_orders' });
        return;
      }
      if (entityOf(id, domain) !== undefined) return;
      const written = id.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').replace(/^dp_/, '').replace(new RegExp(`^${domain}_`), '');
      // `dp_sales_` names no entity: the table it promises is the best guess
      const fixed = written === domain ? schema[0]?.name.toLowerCase() ?? '' : written;
      report(['id'], {
        message: 'the id is not a product id of this domain', received: id, expected: `dp_${domain}_<entity>, lower-case letters, digits and single \`_\` between them`,
        remedy: entityOf(`dp_${domain}_${fixed}`, domain) === undefined ? undefined : `write \`id: dp_${domain}_${fixed}\``,
      });
    },
  },
];
