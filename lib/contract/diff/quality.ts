import { type QualityRule } from '../contract';
import { canonicalJson } from '../digest';
import { shown } from '../findings';
import { customProperty } from '../mesh-property';
import { type Changes, type Place, within } from './change';
import { diffArguments } from './limits';
import { diffText, plain } from './meaning';
import { pair } from './pairs';
import { diffRest } from './rest';
import { thresholdStep } from './threshold';

/** Quality rules of a table or column. A rule is the same one by its id, its name, or what it measures. */
export function diffQuality(base: readonly QualityRule[], head: readonly QualityRule[], parent: Place, changes: Changes): void {
  const { both, removed, added } = pair(base, head, identityOf);
  const place = (rule: QualityRule): Place => ({ path: `${parent.path}.quality.${labelOf(rule)}`, head: parent.head });
  for (const rule of removed) {
    if (rule.type === 'text') changes.add('diff/meaning-changed', { ...place(rule), base: rule.path }, `the rule in words ${titleOf(rule)} is gone`);
    else changes.add(isCritical(rule) ? 'diff/quality-removed' : 'diff/quality-warning-removed', { ...place(rule), base: rule.path }, `${titleOf(rule)} is gone`);
  }
  for (const rule of added) changes.add(rule.type === 'text' ? 'diff/meaning-added' : 'diff/quality-added', { ...place(rule), head: rule.path }, `${titleOf(rule)} is new`);
  for (const { base: before, head: after } of both) diffRule(before, after, { ...place(before), base: before.path, head: after.path }, changes);
}

const RULE_FIELDS = [
  'type', 'metric', 'rule', 'validValues', 'mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeGreaterOrEqualTo', 'mustBeLessThan', 'mustBeLessOrEqualTo',
  'mustBeBetween', 'mustNotBeBetween', 'arguments', 'query', 'engine', 'implementation', 'severity', 'unit', 'description',
];

function diffRule(base: QualityRule, head: QualityRule, place: Place, changes: Changes): void {
  const title = titleOf(head);
  diffRest(place, RULE_FIELDS, changes);
  diffText(base.description, head.description, within(place, 'description'), changes);
  if (subjectOf(base) !== subjectOf(head)) return changes.add('diff/quality-changed', place, `${title} measures something else`);
  const critical = isCritical(base);
  if (critical && !isCritical(head)) changes.add('diff/quality-loosened', within(place, 'severity'), `${title} was critical and only warns`);
  if (!critical && isCritical(head)) changes.add('diff/quality-tightened', within(place, 'severity'), `${title} is critical and only warned`);
  if (head.metric === 'invalidValues') diffArguments(base.arguments, head.arguments, within(place, 'arguments'), changes);
  diffMissing(base, head, place, changes);
  if (critical === isCritical(head)) diffAction(base, head, place, title, changes, critical ? 'abort_workflow' : 'alert');
  const step = thresholdStep(base.operators, head.operators, base.type === 'sql' ? 'number' : unitOf(base) === 'percent' ? 'share' : 'count');
  if (step === 'same' || base.type === 'text') return;
  const [was, is] = [base, head].map(({ operators }) => operators.map(({ operator, value }) => `${operator}: ${JSON.stringify(value)}`).join(', '));
  const at: Place = { ...within(place, head.operators[0]?.operator ?? 'mustBe'), path: `${place.path}.threshold` };
  if (step === undefined) changes.add('diff/quality-changed', at, `${title} was held to \`${was}\` and is to \`${is}\``);
  else if (step === 'tightened') changes.add('diff/quality-tightened', at, `${title} had to keep \`${was}\` and has to keep \`${is}\``);
  else changes.add(critical ? 'diff/quality-loosened' : 'diff/quality-warning-loosened', at, `${title} had to keep \`${was}\` and has to keep \`${is}\``);
}

/** What happens when a promise about data is not kept. */
export function diffAction(base: Pick<QualityRule, 'customProperties'>, head: Pick<QualityRule, 'customProperties'>, place: Place, title: string, changes: Changes, usual = 'alert'): void {
  const [before, after] = [base, head].map((each) => shown(customProperty(each, 'mesh.actionOnFail') ?? usual));
  if (before !== after) changes.add('diff/quality-action-changed', { ...place, path: `${place.path}.actionOnFail` }, `${title} led to ${before} and leads to ${after}`);
}

/** More values that count as missing let less through. */
function diffMissing(base: QualityRule, head: QualityRule, place: Place, changes: Changes): void {
  const [before, after] = [base, head].map((rule) => new Set((Array.isArray(rule.arguments['missingValues']) ? rule.arguments['missingValues'] : []).map((value: unknown) => JSON.stringify(value))));
  const at = within(within(place, 'arguments'), 'missingValues');
  const gone = [...before].filter((value) => !after.has(value));
  if (gone.length > 0) changes.add(isCritical(base) ? 'diff/quality-loosened' : 'diff/quality-warning-loosened', at, `${gone.join(', ')} no longer counts as missing`);
  else if (after.size > before.size) changes.add('diff/quality-tightened', at, 'more values count as missing');
}

/** A rule without an id or name is known by what it measures. */
function identityOf(rule: QualityRule): string {
  return rule.id ?? rule.name ?? canonicalJson([rule.type, rule.metric ?? null, rule.query ?? null, rule.arguments['properties'] ?? null, rule.type === 'text' ? rule.description ?? null : null]);
}

/** What a rule measures: without the threshold, and without the values that are compared on their own. */
function subjectOf({ type, metric, query, engine, implementation, unit, arguments: given }: QualityRule): string {
  const others = Object.fromEntries(Object.entries(given).filter(([name]) => (metric === 'invalidValues' ? name === 'properties' : name !== 'missingValues')));
  return canonicalJson([type, metric ?? null, plain(query), engine ?? null, implementation ?? null, unit ?? 'rows', others]);
}

/** Severity as the standard has it: what is not said to be critical warns. What a key or `required` implies is theirs to lose. */
function isCritical({ severity, type }: QualityRule): boolean {
  return severity === 'critical' && type !== 'text';
}

function unitOf({ unit }: QualityRule): string {
  return unit ?? 'rows';
}

function labelOf({ id, name, metric, type }: QualityRule): string {
  return (id ?? name ?? metric ?? type).replace(/[^A-Za-z0-9_-]+/g, '-');
}

function titleOf({ name, metric, type, query, description }: QualityRule): string {
  return `"${name ?? metric ?? description ?? (query === undefined ? type : `query ${plain(query).slice(0, 60)}`)}"`;
}
