import { type SlaProperty } from '../contract';
import { canonicalJson } from '../digest';
import { END_DATES } from '../ending';
import { moreIsBetter, SLA_PROPERTIES, slaAmount, slaName } from '../service-level';
import { type Changes, type Place } from './change';
import { diffText } from './meaning';
import { pair } from './pairs';
import { diffAction } from './quality';
import { diffRest } from './rest';

/** What is promised about service. Ends of support and life are of the lifecycle. */
export function diffServiceLevel(changes: Changes): void {
  const [base, head] = [changes.base, changes.head].map(({ slaProperties, slaDefaultElement }) => slaProperties
    .filter(({ property }) => !END_DATES.includes(nameOf(property)))
    .map((sla): SlaProperty => ({ ...sla, element: sla.element ?? slaDefaultElement })));
  const { both, removed, added } = pair(base, head, ({ property, element, driver }) => canonicalJson([nameOf(property), elementOf(element), driver ?? null]));
  const moved = pair(removed, added, ({ property }) => nameOf(property));
  const place = (sla: SlaProperty): Place => ({ path: `slaProperties.${nameOf(sla.property)}`, head: ['slaProperties'] });
  for (const sla of moved.removed) changes.add('diff/sla-removed', { ...place(sla), base: sla.path }, `\`${nameOf(sla.property)}\` is no longer promised, it was ${amount(sla)}`);
  for (const sla of moved.added) changes.add('diff/sla-added', { ...place(sla), head: sla.path }, `\`${nameOf(sla.property)}\` is promised: ${amount(sla)}`);
  for (const { base: before, head: after } of moved.both) {
    changes.add('diff/sla-changed', { ...place(after), base: before.path, head: after.path }, `\`${nameOf(after.property)}\` is promised of something else: ${after.element ?? 'the product'}`);
  }
  for (const { base: before, head: after } of [...both, ...moved.both]) diffPromise(before, after, { ...place(after), base: before.path, head: after.path }, changes);
}

function diffPromise(base: SlaProperty, head: SlaProperty, place: Place, changes: Changes): void {
  const name = nameOf(head.property);
  diffRest(place, ['property', 'value', 'valueExt', 'unit', 'element', 'description'], changes);
  diffText(base.description, head.description, { ...place, path: `${place.path}.description` }, changes);
  diffAction(base, head, place, `\`${name}\``, changes);
  const step = better(name, base, head);
  if (step === 0) return;
  const what = `\`${name}\` was ${amount(base)} and is ${amount(head)}`;
  const at = { ...place, head: [...place.head, 'value'] };
  changes.add(step === undefined ? 'diff/sla-changed' : step > 0 ? 'diff/sla-better' : 'diff/sla-worse', at, what);
}

/** Above 0 where the newer promise is better, 0 where it is the same, undefined where nobody can tell. */
function better(name: string, base: SlaProperty, head: SlaProperty): number | undefined {
  if (base.value === head.value && base.unit === head.unit && base.valueExt === head.valueExt) return 0;
  const [before, after] = [base, head].map((sla) => measured(name, sla));
  if (before === undefined || after === undefined || base.valueExt !== head.valueExt) return undefined;
  return Math.sign(after - before) * (moreIsBetter(name) ? 1 : -1);
}

function measured(name: string, sla: SlaProperty): number | undefined {
  if (SLA_PROPERTIES[name]?.value !== 'date') return slaAmount(name, sla);
  const time = Date.parse(String(sla.value));
  return Number.isNaN(time) ? undefined : time;
}

function nameOf(property: string): string {
  return slaName(property) ?? property;
}

function elementOf(element: string | undefined): string {
  return (element ?? '').split(',').map((part) => part.trim()).sort().join(',');
}

function amount({ value, unit, valueExt }: SlaProperty): string {
  return [value, valueExt === undefined || valueExt === null ? undefined : `to ${String(valueExt)}`, unit].filter((part) => part !== undefined && part !== null).join(' ');
}
