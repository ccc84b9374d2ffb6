/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { columnType } from '../../column-type';
import { customProperty, findCustomProperty } from '../../mesh-property';
import { suggest } from '../../suggestion';
import { METRIC_ARGUMENTS, type Fault, type FaultKind, qualityFaults } from '../quality-faults';
import { type LintRule, type QualitySubject } from '../rule';

const METRICS = Object.keys(METRIC_ARGUMENTS).filter((metric) => metric !== 'sql');
const SEVERITIES = ['critical', 'warning'];
/** What others call the two. */
const OTHER_SEVERITIES: Readonly<Record<string, string>> = { error: 'critical', high: 'critical', fatal: 'critical', blocker: 'critical', info: 'warning', low: 'warning', medium: 'warning', minor: 'warning' };

/** Quality rules: each can be executed, or is refused. */
export const qualityRules: readonly LintRule[] = [
  fault('lint/quality-operator', 'A quality rule has one operator', 'operator'),
  fault('lint/reversed-between', 'The smaller number of a range comes first', 'reversed'),
  fault('lint/quality-threshold', 'A quality rule is compared with a number that can be measured', 'threshold'),
  fault('lint/missing-arguments', 'A metric that needs arguments has them', 'missing-arguments'),
  fault('lint/unknown-argument', 'A metric takes the arguments it is given', 'unknown-argument'),
  fault('lint/quality-argument', 'An argument fits the type of its column', 'argument'),
  fault('lint/quality-unit', 'A unit is rows or percent, where there is something to count', 'unit'),
  fault('lint/quarantine-aggregate', 'Only rules about rows quarantine rows', 'quarantine'),
  fault('lint/quality-placeholder', 'A query reads the table that is being certified', 'placeholder'),
  {
    id: 'lint/quality-place', severity: 'error', title: 'A quality rule stands on what it is about',
    check: ({ quality }, report) => {
      for (const subject of quality) {
        if (!isExecuted(subject)) continue;
        const { rule, property, nested, object } = subject;
        if (nested) {
          report(rule.path, { message: `nothing measures rules on fields within a column (${property?.name === '' ? 'an item' : `\`${property?.name ?? ''}\``})`, remedy: 'write a `sql` rule on the table' });
          continue;
        }
        for (const { kind, at, detail } of faults(subject)) if (kind === 'place') report([...rule.path, ...at], detail);
        const named = rule.arguments['properties'];
        if (rule.metric !== 'duplicateValues' || named === undefined) continue;
        if (property !== undefined || !Array.isArray(named) || named.length === 0) {
          report([...rule.path, 'arguments', 'properties'], { message: property === undefined ? '`properties` is a list of columns' : `the rule is already on \`${property.name}\``, received: named, remedy: property === undefined ? 'write e.g. [order_id, line]' : 'move the rule to the table' });
          continue;
        }
        const known = object.properties.map(({ name }) => name);
        named.forEach((name: unknown, index) => {
          if (known.includes(name as string)) return;
          const near = suggest(String(name), known);
          report([...rule.path, 'arguments', 'properties', index], { message: `the table has no column \`${String(name)}\``, received: name, remedy: near === undefined ? undefined : `did you mean \`${near}\`?` });
        });
      }
    },
  },
  {
    id: 'lint/unknown-severity', severity: 'error', title: 'A severity is critical or warning',
    check: ({ quality }, report) => {
      for (const { rule } of quality) {
        if (rule.severity === undefined || SEVERITIES.includes(rule.severity)) continue;
        const meant = OTHER_SEVERITIES[rule.severity.toLowerCase()] ?? suggest(rule.severity, SEVERITIES);
        report([...rule.path, 'severity'], {
          message: 'the severity is neither critical nor warning', received: rule.severity, expected: 'critical or warning', remedy: meant === undefined ? undefined : `write \`severity: ${meant}\``,
        });
      }
    },
  },
  {
    id: 'lint/unknown-metric', severity: 'error', title: 'A metric is one the platform measures',
    check: ({ quality }, report) => {
      for (const { rule } of quality) {
        if (rule.type !== 'library' || METRICS.includes(rule.metric ?? '')) continue;
        const near = suggest(rule.metric ?? '', METRICS);
        report([...rule.path, rule.metricField], {
          message: rule.metric === undefined ? 'the rule names no metric' : 'nothing measures this metric', ...(rule.metric === undefined ? {} : { received: rule.metric }),
          expected: `one of ${METRICS.join(', ')}`, remedy: near === undefined ? 'say it in SQL: `type: sql` with a `query`' : `did you mean \`${near}\`?`,
        });
      }
    },
  },
  {
    id: 'lint/unsupported-engine', severity: 'error', title: 'The platform executes every quality rule itself',
    check: ({ quality }, report) => {
      for (const { rule } of quality) {
        if (rule.type !== 'custom') continue;
        report([...rule.path, rule.engine === undefined ? 'type' : 'engine'], {
          message: `nothing executes rules of ${rule.engine ?? 'another tool'}`, received: rule.engine ?? 'custom', expected: 'a metric, or `type: sql`',
          remedy: 'express it with a metric or a query; a rule that cannot be executed is never skipped',
        });
      }
    },
  },
  {
    id: 'lint/text-rule', severity: 'error', title: 'A rule in words does not look like one that is measured',
    check: ({ quality }, report) => {
      for (const { rule } of quality) {
        if (rule.type !== 'text') continue;
        const promise = rule.operators[0]?.operator ?? (rule.severity === 'critical' ? 'severity' : undefined);
        const action = findCustomProperty(rule, 'mesh.actionOnFail');
        if (promise === undefined && action === undefined) continue;
        report(action === undefined ? [...rule.path, promise] : action.path, {
          message: `a rule in words is never measured, so ${action === undefined ? `\`${promise}\`` : '`mesh.actionOnFail`'} promises what nobody keeps`, at: 'key', remedy: 'write a `metric` or a `query`, or remove it',
        });
      }
    },
  },
  {
    id: 'lint/tolerant-required', severity: 'error', title: 'A required column tolerates no nulls',
    check: ({ quality }, report) => {
      for (const { rule, property } of quality) {
        if (rule.metric !== 'nullValues' || rule.type !== 'library' || (property?.required !== true && property?.primaryKey !== true)) continue;
        const only = rule.operators.length === 1 ? rule.operators[0] : undefined;
        if (only === undefined || customProperty(rule, 'mesh.actionOnFail') === 'quarantine_rows') continue;
        const strict = (only.operator === 'mustBe' && only.value === 0) || (only.operator === 'mustBeLessOrEqualTo' && only.value === 0)
          || (only.operator === 'mustBeLessThan' && rule.unit !== 'percent' && typeof only.value === 'number' && only.value <= 1);
        if (strict) continue;
        report([...rule.path, only.operator], {
          message: `\`${property.name}\` is required, and this rule lets nulls through`, received: only.value, expected: 'mustBe: 0',
          remedy: 'drop `required`, or move such rows away with `mesh.actionOnFail: quarantine_rows`',
        });
      }
    },
  },
  {
    id: 'lint/ignored-schedule', severity: 'warning', title: 'Quality rules run with every run',
    check: ({ quality }, report) => {
      for (const { rule } of quality) {
        const field = rule.schedule !== undefined ? 'schedule' : rule.scheduler !== undefined ? 'scheduler' : undefined;
        if (field !== undefined) report([...rule.path, field], { message: 'the rule is measured with every run, whatever its schedule says', at: 'key', remedy: 'remove it; its pipeline says when the product runs' });
      }
    },
  },
];

function isExecuted({ rule }: QualitySubject): boolean {
  return rule.type === 'sql' || (rule.type === 'library' && METRICS.includes(rule.metric ?? ''));
}

const known = new WeakMap<QualitySubject, Fault[]>();

function faults(subject: QualitySubject): Fault[] {
  const before = known.get(subject);
  if (before !== undefined) return before;
  const { rule, property, object } = subject;
  const metric = rule.type === 'sql' ? 'sql' : rule.metric ?? '';
  const listed = rule.arguments['properties'];
  const all = qualityFaults({
    metric,
    columns: property !== undefined ? [property.name] : metric === 'duplicateValues' && Array.isArray(listed) ? listed.map(String) : [],
    typeOf: (column) => {
      const found = property?.name === column ? property : object.properties.find(({ name }) => name === column);
      return found === undefined ? undefined : columnType(found).type;
    },
    arguments: rule.arguments, operators: rule.operators, unit: rule.unit, action: customProperty(rule, 'mesh.actionOnFail'), query: rule.query,
  });
  known.set(subject, all);
  return all;
}

function fault(id: string, title: string, kind: FaultKind): LintRule {
  return {
    id, severity: 'error', title,
    check: ({ quality }, report) => {
      for (const subject of quality) {
        if (subject.nested || !isExecuted(subject)) continue;
        for (const found of faults(subject)) if (found.kind === kind) report([...subject.rule.path, ...found.at], found.detail);
      }
    },
  };
}
