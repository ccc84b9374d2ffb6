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

/** Quality rules of a table or column. A rule is the same one by its id, else by its name, else by what it measures. */
export function diffQuality(base: readonly QualityRule[], head: readonly QualityRule[], parent: Place, changes: Changes): void {
  const { both, removed, added } = pair(base, head, ({ id, name }) => id ?? name, ({ name }) => name, measureOf);
  const place = (rule: QualityRule): Place => ({ path: `${parent.path}.quality.${labelOf(rule)}`, head: parent.head });
  for (const rule of removed) {
    if (rule.type === 'text') changes.add('diff/meaning-changed', { ...place(rule), base: rule.path }, `the rule in words ${titleOf(rule)} is gone`);
    else changes.add(holdsBack(rule) ? 'diff/quality-removed' : 'diff/quality-warning-removed', { ...place(rule), base: rule.path }, `${titleOf(rule)} is gone`);
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
  if (subjectOf(base) !== subjectOf(head)) return changes.add(holdsBack(base) ? 'diff/quality-replaced' : 'diff/quality-changed', place, `${title} measures something else`);
  if (head.metric === 'invalidValues') diffArguments(base.arguments, head.arguments, within(place, 'arguments'), changes);
  diffMissing(base, head, place, changes);
  diffConsequence(base, head, place, title, changes);
  const step = thresholdStep(base.operators, head.operators, base.type === 'sql' ? 'number' : unitOf(base) === 'percent' ? 'share' : 'count');
  if (step === 'same' || base.type === 'text') return;
  const [was, is] = [base, head].map(({ operators }) => operators.map(({ operator, value }) => `${operator}: ${JSON.stringify(value)}`).join(', '));
  const at: Place = { ...within(place, head.operators[0]?.operator ?? 'mustBe'), path: `${place.path}.threshold` };
  if (step === undefined) changes.add(rejects(base) ? 'diff/quality-loosened' : 'diff/quality-changed', at, `${title} was held to \`${was}\` and is now held to \`${is}\`; which lets more through cannot be told`);
  else if (step === 'tightened') changes.add('diff/quality-tightened', at, `${title} had to keep \`${was}\` and now has to keep \`${is}\``);
  else changes.add(rejects(base) ? 'diff/quality-loosened' : 'diff/quality-warning-loosened', at, `${title} had to keep \`${was}\` and now has to keep \`${is}\``);
}

/** A promise about data that is measured in each run: a quality rule, or a reference or freshness, which have no severity. */
type Measured = Pick<QualityRule, 'customProperties'> & { readonly type?: string | undefined; readonly severity?: string | undefined };

/** What happens to data that does not keep a promise. */
export function diffConsequence(base: Measured, head: Measured, place: Place, title: string, changes: Changes): void {
  const [before, after] = [base, head].map((each) => shown(actionOf(each) ?? (rejects(each) ? 'abort_workflow' : 'alert')));
  const severity = within(place, 'severity');
  const at: Place = isCritical(base) === isCritical(head) ? { ...place, path: `${place.path}.actionOnFail` } : severity;
  if (rejects(base) && !rejects(head)) return changes.add('diff/quality-loosened', at, `${title} rejected data and only warns`);
  if (setsAside(base) && !setsAside(head) && !rejects(head)) return changes.add('diff/quality-loosened', at, `${title} put faulty rows aside and only warns`);
  if (!rejects(base) && rejects(head)) changes.add('diff/quality-tightened', at, `${title} rejects data and only warned`);
  else if (isCritical(base) !== isCritical(head)) changes.add('diff/documentation-changed', severity, `${title} ${isCritical(head) ? 'is' : 'was'} critical, and rejects data as before`);
  if (before === after) return;
  const [actionAt, led] = [{ ...place, path: `${place.path}.actionOnFail` }, `${title} led to ${before} and leads to ${after}`];
  if (setsAside(base) !== setsAside(head)) changes.add('diff/quality-action-changed', actionAt, led);
  else if (rejects(base) === rejects(head)) changes.add('diff/documentation-changed', actionAt, led);
}

function actionOf(promise: Measured): unknown {
  return customProperty(promise, 'mesh.actionOnFail');
}

/** Whether data that does not keep a promise is not published. What a key or `required` implies is theirs to lose. */
export function rejects(promise: Measured): boolean {
  return promise.type !== 'text' && (isCritical(promise) || actionOf(promise) === 'abort_workflow');
}

function isCritical({ severity }: Measured): boolean {
  return severity === 'critical';
}

/** Whether rows that break a rule are left out of what is published. */
function setsAside(promise: Measured): boolean {
  return promise.type !== 'text' && actionOf(promise) === 'quarantine_rows';
}

/** Whether a promise keeps anything from being published. */
function holdsBack(promise: Measured): boolean {
  return rejects(promise) || setsAside(promise);
}

/** More values that count as missing let less through. */
function diffMissing(base: QualityRule, head: QualityRule, place: Place, changes: Changes): void {
  const [before, after] = [base, head].map((rule) => new Set((Array.isArray(rule.arguments['missingValues']) ? rule.arguments['missingValues'] : []).map((value: unknown) => JSON.stringify(value))));
  const at = within(within(place, 'arguments'), 'missingValues');
  const gone = [...before].filter((value) => !after.has(value));
  if (gone.length > 0) changes.add(holdsBack(base) ? 'diff/quality-loosened' : 'diff/quality-warning-loosened', at, `${gone.join(', ')} no longer counts as missing`);
  else if (after.size > before.size) changes.add('diff/quality-tightened', at, 'more values count as missing');
}

/** By what a rule is known that has neither the id nor the name of another. */
function measureOf(rule: QualityRule): string {
  return canonicalJson([rule.type, rule.metric ?? null, plain(rule.query), rule.arguments['properties'] ?? null, rule.type === 'text' ? plain(rule.description) : null]);
}

/** What a rule measures: without the threshold, and without the values that are compared on their own. */
function subjectOf({ type, metric, query, engine, implementation, unit, arguments: given }: QualityRule): string {
  const others = Object.fromEntries(Object.entries(given).filter(([name]) => (metric === 'invalidValues' ? name === 'properties' : name !== 'missingValues')));
  return canonicalJson([type, metric ?? null, plain(query), engine ?? null, implementation ?? null, unit ?? 'rows', others]);
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
