import { createHash } from 'node:crypto';
import { type QualityRule, type Property } from '../../contract/contract';
import { formatPath } from '../../contract/document-path';
import { customProperty } from '../../contract/mesh-property';
import { keyOf, type PromisedTable } from '../contract-tables';
import { type ForeignKey } from './foreign-keys';
import { type PipelineQuality } from '../pipeline/pipeline-file';
import { type Plan, type PlanCheck } from '../plan-schema';

/** What a rule can ask for; the rest follows from relationships and the service level. */
type Metric = Exclude<PlanCheck['metric'], 'foreignKey' | 'freshness'>;
type Severity = PlanCheck['severity'];
type Draft = Omit<PlanCheck, 'id'> & { readonly name: string };

/** Arguments that `invalidValues` understands, of a rule and of `logicalTypeOptions` alike. */
export const VALUE_ARGUMENTS = [
  'validValues', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf',
  'minItems', 'maxItems', 'uniqueItems', 'format',
] as const;

/** Text formats that can be checked; others only describe. */
export const CHECKED_FORMATS = ['email', 'uuid', 'uri', 'ipv4', 'ipv6', 'hostname'] as const;

const ROW_METRICS: readonly Metric[] = ['nullValues', 'missingValues', 'invalidValues'];

/** What a table's checks follow from beside the table itself. */
export interface Beside {
  readonly sla: Plan['sla'];
  readonly foreignKeys: readonly ForeignKey[];
}

/** Everything the contract wants measured on a published table: what it writes, and what its schema, its relationships and its service level imply. */
export function contractChecks(table: PromisedTable, beside?: Beside): PlanCheck[] {
  const { object } = table;
  const written = [
    ...object.properties.flatMap((property) => property.quality.flatMap((rule) => fromContract(rule, property, table))),
    ...object.quality.flatMap((rule) => fromContract(rule, undefined, table)),
  ];
  const implied = impliedChecks(table).filter((check) => !written.some((other) => answers(other, check)));
  const others = beside === undefined ? [] : [...referentialChecks(table, beside.foreignKeys), ...freshnessChecks(table, beside.sla)];
  return numbered(object.name, [...implied, ...written, ...others]);
}

/** The checks of an internal table, as the pipeline writes them. */
export function pipelineChecks(table: string, rules: readonly PipelineQuality[]): PlanCheck[] {
  return numbered(table, rules.map((rule, index): Draft => {
    const columns = rule.columns ?? (rule.column === undefined ? [] : [rule.column]);
    const metric: Metric = rule.metric ?? 'sql';
    const { operator, threshold } = operatorOf(OPERATORS.flatMap((name) => (rule[name] === undefined ? [] : [{ operator: name, value: rule[name] }])));
    const severity = rule.severity ?? 'warning';
    return {
      name: rule.name ?? metric,
      title: rule.name ?? rule.description ?? title(metric, columns, rule.arguments ?? {}),
      origin: { from: 'pipeline', path: `tables.${table}.quality[${index}]` },
      metric, scope: scopeOf(metric), columns, arguments: argumentsOf(metric, rule.arguments ?? {}),
      query: rule.query === undefined ? null : queryOf(rule.query, columns[0]),
      operator, threshold, unit: rule.unit ?? 'rows', severity, action: rule.actionOnFail ?? defaultAction(severity), dimension: rule.dimension ?? null,
    };
  }));
}

/** `scope` of a metric: whether it can name the rows that break it. */
export function scopeOf(metric: Metric): PlanCheck['scope'] {
  return ROW_METRICS.includes(metric) ? 'row' : 'aggregate';
}

export const OPERATORS = [
  'mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeGreaterOrEqualTo', 'mustBeLessThan', 'mustBeLessOrEqualTo', 'mustBeBetween', 'mustNotBeBetween',
] as const satisfies readonly PlanCheck['operator'][];

function fromContract(rule: QualityRule, property: Property | undefined, table: PromisedTable): Draft[] {
  // text is for people: the linter has refused it where it looks like a rule
  if (rule.type === 'text' || rule.type === 'custom') return [];
  const metric = (rule.type === 'sql' ? 'sql' : rule.metric) as Metric;
  const columns = metric === 'rowCount' ? [] : property === undefined ? listed(rule.arguments['properties']) : [property.name];
  const { operator, threshold } = operatorOf(rule.operators);
  const severity = severityOf(rule, columns, metric, table);
  const action = customProperty(rule, 'mesh.actionOnFail') as PlanCheck['action'] | undefined;
  return [{
    name: rule.name ?? rule.id ?? metric,
    title: rule.name ?? rule.description ?? title(metric, columns, rule.arguments),
    origin: { from: 'contract', path: formatPath(rule.path) },
    metric, scope: scopeOf(metric), columns: metric === 'sql' ? [] : columns, arguments: argumentsOf(metric, rule.arguments),
    query: metric === 'sql' ? queryOf(rule.query ?? '', property?.name) : null,
    operator, threshold, unit: rule.unit === 'percent' ? 'percent' : 'rows',
    severity, action: action ?? defaultAction(severity), dimension: rule.dimension ?? null,
  }];
}

/** What keys, `required`, `unique` and the options of a type promise without a rule of their own. */
function impliedChecks({ object, columns, primaryKey }: PromisedTable): Draft[] {
  const none = { operator: 'mustBe', threshold: [0], unit: 'rows', query: null, arguments: {} } as const;
  const drafts: Draft[] = [];
  const key = keyOf(object);
  const typeOf = new Map(columns.map(({ name, type }) => [name, type]));
  for (const property of object.properties) {
    const path = formatPath(property.path);
    const common = { ...none, threshold: [0], columns: [property.name] };
    if (property.required === true || property.primaryKey === true) {
      drafts.push({
        ...common, name: 'required', title: `${property.name} is never null`, metric: 'nullValues', scope: 'row', severity: 'critical',
        action: 'abort_workflow', dimension: 'completeness',
        origin: { from: 'derived', path: `${path}.${property.primaryKey === true ? 'primaryKey' : 'required'}` },
      });
    }
    if (property.unique === true && !(key.length === 1 && key[0] === property)) {
      drafts.push({
        ...common, name: 'unique', title: `${property.name} is unique`, metric: 'duplicateValues', scope: 'aggregate', severity: 'warning',
        action: 'alert', dimension: 'uniqueness', origin: { from: 'derived', path: `${path}.unique` },
      });
    }
    const limits = limitsOf(property, typeOf.get(property.name));
    if (Object.keys(limits).length > 0) {
      drafts.push({
        ...common, name: 'valid', title: title('invalidValues', [property.name], limits), metric: 'invalidValues', scope: 'row', arguments: limits,
        severity: 'warning', action: 'alert', dimension: 'conformity',
        origin: { from: 'derived', path: `${path}.${property.enum !== undefined && Object.keys(limits).length === 1 ? 'enum' : 'logicalTypeOptions'}` },
      });
    }
  }
  if (primaryKey.length > 0) {
    drafts.push({
      ...none, threshold: [0], columns: primaryKey, name: 'primary-key', title: `${tuple(primaryKey)} is unique`, metric: 'duplicateValues',
      scope: 'aggregate', severity: 'critical', action: 'abort_workflow', dimension: 'uniqueness',
      origin: { from: 'derived', path: `${formatPath(key[0].path)}.primaryKey` },
    });
  }
  return drafts;
}

function referentialChecks({ object }: PromisedTable, foreignKeys: readonly ForeignKey[]): Draft[] {
  return foreignKeys.filter(({ table }) => table === object.name).map(({ columns, to, keys, relationship }): Draft => {
    const action = customProperty(relationship, 'mesh.actionOnFail') === 'abort_workflow' ? 'abort_workflow' : 'alert';
    return {
      name: 'foreign-key', title: `${tuple(columns)} is in ${to}: ${tuple(keys)}`,
      origin: { from: 'contract', path: formatPath(relationship.path) },
      metric: 'foreignKey', scope: 'aggregate', columns: [...columns], arguments: {}, query: null, reference: { to, columns: [...keys] },
      operator: 'mustBe', threshold: [0], unit: 'rows', severity: action === 'alert' ? 'warning' : 'critical', action, dimension: 'consistency',
    };
  });
}

/** The freshness that is promised of a column: measured with the rest, judged when the certificate is issued. */
function freshnessChecks({ object }: PromisedTable, { freshnessColumn, freshnessSeconds, freshnessAction, paths }: Plan['sla']): Draft[] {
  if (freshnessColumn?.table !== object.name || freshnessSeconds === null) return [];
  const action = freshnessAction ?? 'alert';
  return [{
    name: 'freshness', title: `${freshnessColumn.column} is at most ${freshnessSeconds / 3600} h old`,
    origin: { from: 'contract', path: paths?.freshness ?? 'slaProperties' },
    metric: 'freshness', scope: 'aggregate', columns: [freshnessColumn.column], arguments: {}, query: null,
    operator: 'mustBeLessOrEqualTo', threshold: [freshnessSeconds], unit: 'seconds', severity: action === 'alert' ? 'warning' : 'critical', action, dimension: 'timeliness',
  }];
}

/** What `logicalTypeOptions` and `enum` allow, as arguments of `invalidValues`. */
function limitsOf(property: Property, type: unknown): PlanCheck['arguments'] {
  const options = property.logicalTypeOptions as unknown as Record<string, unknown>;
  const limits: Record<string, unknown> = {};
  for (const name of VALUE_ARGUMENTS) {
    const value = options[name];
    if (value === undefined || name === 'validValues') continue;
    // a number's or a date's `format` says how it is stored or written; only a text's is a promise about values
    if (name === 'format' && !(type === 'string' && CHECKED_FORMATS.includes(value as never))) continue;
    limits[name] = value;
  }
  const values = property.enum?.map(({ value }) => value).filter((value) => value !== null);
  if (values !== undefined && values.length > 0) limits['validValues'] = values;
  return limits;
}

function argumentsOf(metric: Metric, written: Readonly<Record<string, unknown>>): PlanCheck['arguments'] {
  const names: readonly string[] = metric === 'missingValues' ? ['missingValues'] : metric === 'invalidValues' ? VALUE_ARGUMENTS : [];
  return Object.fromEntries(names.filter((name) => Object.hasOwn(written, name)).map((name) => [name, written[name]]));
}

function severityOf(rule: QualityRule, columns: readonly string[], metric: Metric, table: PromisedTable): Severity {
  if (rule.severity === 'critical' || rule.severity === 'warning') return rule.severity;
  const promised = table.columns.filter(({ name, required }) => required && columns.includes(name));
  if (metric === 'nullValues' && promised.length > 0) return 'critical';
  return metric === 'duplicateValues' && sameSet(columns, table.primaryKey) ? 'critical' : 'warning';
}

export function defaultAction(severity: Severity): PlanCheck['action'] {
  return severity === 'critical' ? 'abort_workflow' : 'alert';
}

/** Whether a written rule takes the place of an implied one. */
function answers(written: Draft, implied: Draft): boolean {
  return written.metric === implied.metric && implied.metric !== 'invalidValues' && sameSet(written.columns, implied.columns);
}

function operatorOf(operators: readonly { readonly operator: PlanCheck['operator']; readonly value: unknown }[]): Pick<PlanCheck, 'operator' | 'threshold'> {
  const { operator, value } = operators[0] ?? { operator: 'mustBe', value: 0 };
  return { operator, threshold: (Array.isArray(value) ? value : [value]).map(Number) };
}

/** ODCS's two ways to write the table and the column, as the one the plan has for the table. */
function queryOf(text: string, column: string | undefined): PlanCheck['query'] {
  const named = text
    .replace(/\$\{(?:object|table)\}|\{(?:object|table)\}/g, '${table}')
    .replace(/\$\{(?:property|column)\}|\{(?:property|column)\}/g, (placeholder) => (column === undefined ? placeholder : `\`${column.replaceAll('`', '``')}\``));
  return { text: named, digest: `sha256:${createHash('sha256').update(named).digest('hex')}` };
}

function title(metric: Metric, columns: readonly string[], given: Readonly<Record<string, unknown>>): string {
  const name = tuple(columns);
  switch (metric) {
    case 'nullValues': return `null values of ${name}`;
    case 'missingValues': return `missing values of ${name}`;
    case 'duplicateValues': return `duplicate values of ${name}`;
    case 'rowCount': return 'number of rows';
    case 'sql': return 'result of a query';
    case 'invalidValues': return `${name}: ${limitWords(given).join(', ')}`;
  }
}

function limitWords(given: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(given).map(([name, value]) => {
    switch (name) {
      case 'validValues': return Array.isArray(value) && value.length > 6 ? `one of ${value.length} values` : `one of ${listed(value).join(', ')}`;
      case 'pattern': return `matches ${String(value)}`;
      case 'minLength': return `at least ${String(value)} characters`;
      case 'maxLength': return `at most ${String(value)} characters`;
      case 'minimum': return `≥ ${String(value)}`;
      case 'maximum': return `≤ ${String(value)}`;
      case 'exclusiveMinimum': return `> ${String(value)}`;
      case 'exclusiveMaximum': return `< ${String(value)}`;
      case 'multipleOf': return `a multiple of ${String(value)}`;
      case 'minItems': return `at least ${String(value)} entries`;
      case 'maxItems': return `at most ${String(value)} entries`;
      case 'uniqueItems': return 'no entry twice';
      case 'format': return `${String(value)} format`;
      default: return `${name} ${String(value)}`;
    }
  });
}

function numbered(table: string, drafts: readonly Draft[]): PlanCheck[] {
  const taken = new Map<string, number>();
  return drafts.map(({ name, ...check }) => {
    const base = `${table}.${check.columns.length === 0 ? '*' : check.columns.join('+')}.${name.replace(/[^A-Za-z0-9_-]+/g, '-')}`;
    const times = (taken.get(base) ?? 0) + 1;
    taken.set(base, times);
    return { id: times === 1 ? base : `${base}.${times}`, ...check };
  });
}

function tuple(columns: readonly string[]): string {
  return columns.length > 1 ? `(${columns.join(', ')})` : columns[0] ?? 'the table';
}

function listed(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
