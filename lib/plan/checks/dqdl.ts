import { type DataType } from '../../contract/data-type';
import { breaks, plainNumber, quoted, Unmappable } from './dqdl-sql';
import { type PlanCheck } from '../plan-schema';

/** Checks in the words of AWS Glue Data Quality, DQDL. */
export interface DqdlRuleset {
  /** The document, for a table's `AWS::Glue::DataQualityRuleset`; undefined when no check maps. */
  readonly text: string | undefined;
  /** Each rule with the id of the check it says. */
  readonly rules: readonly { readonly check: string; readonly rule: string }[];
  /** Checks that DQDL cannot say, and why. */
  readonly left: readonly { readonly check: string; readonly why: string }[];
}

/** What AWS accepts as the text of one ruleset: https://docs.aws.amazon.com/glue/latest/webapi/API_CreateDataQualityRuleset.html */
const LONGEST = 65_536;

/**
 * The checks of one table as a ruleset with the same verdicts. DQDL's own rules are used where they mean the same:
 * `RowCount`. The others fail on tables without rows, or on nulls that a check lets pass, so those checks are counted
 * by `CustomSql`, which reads the table as `primary`.
 */
export function dqdlRuleset(checks: readonly PlanCheck[], types: ReadonlyMap<string, DataType>): DqdlRuleset {
  const rules: { check: string; rule: string }[] = [];
  const left: { check: string; why: string }[] = [];
  let length = documentOf([]).length;
  for (const check of checks) {
    try {
      const rule = ruleOf(check, types);
      length += rule.length + 4;
      if (length > LONGEST) throw new Unmappable(`a ruleset has at most ${LONGEST} characters`);
      rules.push({ check: check.id, rule });
    } catch (problem) {
      if (!(problem instanceof Unmappable)) throw problem;
      left.push({ check: check.id, why: problem.message });
    }
  }
  return { text: rules.length === 0 ? undefined : documentOf(rules.map(({ rule }) => rule)), rules, left };
}

function documentOf(rules: readonly string[]): string {
  return `Rules = [\n${rules.map((rule) => `  ${rule}`).join(',\n')}\n]`;
}

function ruleOf(check: PlanCheck, types: ReadonlyMap<string, DataType>): string {
  switch (check.metric) {
    case 'rowCount': return held('RowCount', check);
    case 'nullValues':
    case 'missingValues':
    case 'invalidValues': return held(customSql(counted(`count_if(${breaks(check, types)})`, 'primary', check)), check);
    case 'duplicateValues': return held(customSql(repeated(check)), check);
    case 'sql': return `${customSql(verdict(check))} = 1`;
    case 'foreignKey': throw new Unmappable('it reads a second table, and a ruleset is evaluated over one');
    case 'freshness': throw new Unmappable('it is an age at the moment of the certificate, and DataFreshness asks every row');
  }
}

/** A figure compared with the threshold. `between` leaves both ends out in DQDL. */
function held(figure: string, { operator, threshold }: PlanCheck): string {
  const [low, high] = threshold.map(plainNumber);
  switch (operator) {
    case 'mustBe': return `${figure} = ${low}`;
    case 'mustNotBe': return `${figure} != ${low}`;
    case 'mustBeGreaterThan': return `${figure} > ${low}`;
    case 'mustBeGreaterOrEqualTo': return `${figure} >= ${low}`;
    case 'mustBeLessThan': return `${figure} < ${low}`;
    case 'mustBeLessOrEqualTo': return `${figure} <= ${low}`;
    case 'mustBeBetween': return `(${figure} >= ${low}) and (${figure} <= ${high})`;
    case 'mustNotBeBetween': return `(${figure} < ${low}) or (${figure} > ${high})`;
  }
}

/** Rows in the check's unit; of no rows, percent is 0. */
function counted(failing: string, from: string, { unit }: PlanCheck, rows = 'count(*)'): string {
  const figure = unit === 'percent' ? `CASE WHEN ${rows} = 0 THEN 0.0D ELSE 100.0D * ${failing} / ${rows} END` : failing;
  return `SELECT ${figure} AS n FROM ${from}`;
}

/** Rows beyond the first of each key; keys with a null are not compared. */
function repeated(check: PlanCheck): string {
  const columns = check.columns.map(quoted);
  const whole = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const groups = `(SELECT count(*) AS n FROM primary WHERE ${whole} GROUP BY ${columns.join(', ')})`;
  return counted('coalesce(sum(n) - count(*), 0)', groups, check, '(SELECT count(*) FROM primary)');
}

/** 1 where a query's number holds. DQDL would take a null for 0, and a check does not hold for what is no number. */
function verdict(check: PlanCheck): string {
  const [low, high] = check.threshold.map((number) => `${plainNumber(number)}D`);
  const holds = {
    mustBe: `v = ${low}`, mustNotBe: `v <> ${low}`, mustBeGreaterThan: `v > ${low}`, mustBeGreaterOrEqualTo: `v >= ${low}`,
    mustBeLessThan: `v < ${low}`, mustBeLessOrEqualTo: `v <= ${low}`, mustBeBetween: `v BETWEEN ${low} AND ${high}`,
    mustNotBeBetween: `v NOT BETWEEN ${low} AND ${high}`,
  }[check.operator];
  const query = (check.query?.text ?? '').replaceAll('${table}', 'primary');
  if (query.includes('\\"')) throw new Unmappable('its query has a quote after a backslash, which ends a text of DQDL');
  if (query.includes('${')) throw new Unmappable('its query has ${, which begins a variable of Spark');
  return `SELECT count(*) AS n FROM (SELECT CAST((\n${query}\n) AS DOUBLE) AS v) WHERE abs(v) < double('Infinity') AND ${holds}`;
}

/** DQDL keeps backslashes: one before a quote goes on to Spark, whose texts read the two as a quote. */
function customSql(query: string): string {
  return `CustomSql "${query.replaceAll('"', '\\"')}"`;
}
