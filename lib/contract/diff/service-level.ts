import { type Contract, type SlaProperty } from '../contract';
import { canonicalJson } from '../digest';
import { END_DATES } from '../ending';
import { moreIsBetter, SLA_PROPERTIES, slaAmount, slaElements, slaName } from '../service-level';
import { list } from '../wording';
import { type Changes, type Place } from './change';
import { diffText } from './meaning';
import { pair } from './pairs';
import { diffConsequence } from './quality';
import { diffRest } from './rest';

/** A service level of one thing: a column, a table, or the product as a whole. */
interface Promised {
  readonly sla: SlaProperty;
  readonly name: string;
  /** As a sentence has it. */
  readonly of: string;
  /** Undefined of the product as a whole. */
  readonly table: string | undefined;
}

/** What is promised about service, and of what. Ends of support and life are of the lifecycle. */
export function diffServiceLevel(changes: Changes): void {
  const [base, head] = [changes.base, changes.head].map(promisesOf);
  const known = ({ name, of }: Promised): string => canonicalJson([name, of]);
  const { both, removed, added } = pair(base, head, (promise) => canonicalJson([known(promise), promise.sla.driver ?? null]), known);
  const hasOneTable = changes.base.schema.length <= 1;
  const moved = removed.flatMap((before) => {
    const after = added.find((each) => each.name === before.name && (each.table === before.table || each.table === undefined || (before.table === undefined && hasOneTable)));
    return after === undefined ? [] : [{ base: before, head: after }];
  });
  const [movedFrom, movedTo] = [new Set(moved.map((each) => each.base)), new Set(moved.map((each) => each.head.sla))];
  const place = ({ name }: Promised): Place => ({ path: `slaProperties.${name}`, head: ['slaProperties'] });
  for (const [sla, lost] of bySla(removed.filter((each) => !movedFrom.has(each)))) {
    changes.add('diff/sla-removed', { ...place(lost[0]), base: sla.path }, `\`${lost[0].name}\` is no longer promised${ofWhich(lost, base)}, it was ${amount(sla)}`);
  }
  for (const [sla, fresh] of bySla(added.filter((each) => !movedTo.has(each.sla)))) {
    changes.add('diff/sla-added', { ...place(fresh[0]), head: sla.path }, `\`${fresh[0].name}\` is promised${ofWhich(fresh, head)}: ${amount(sla)}`);
  }
  for (const { base: before, head: after } of bothSlas(moved)) {
    const to = head.filter(({ sla }) => sla === after.sla).map(({ of }) => of).join(', ');
    changes.add('diff/sla-changed', { ...place(after), base: before.sla.path, head: after.sla.path }, `\`${after.name}\` is promised for something else: ${to}`);
  }
  for (const { base: before, head: after } of bothSlas([...both, ...moved])) {
    diffPromise(before.sla, after.sla, { ...place(after), base: before.sla.path, head: after.sla.path }, changes);
  }
}

function promisesOf(contract: Contract): Promised[] {
  return contract.slaProperties.flatMap((sla): Promised[] => {
    const name = slaName(sla.property) ?? sla.property;
    if (END_DATES.includes(name)) return [];
    const elements = slaElements(contract, sla);
    if (elements.length === 0) return [{ sla, name, of: 'the product', table: undefined }];
    return elements.map(({ written, object, property }) => ({
      sla, name, of: object === undefined ? written : property === undefined ? object.name : `${object.name}.${property.name}`, table: object?.name ?? written,
    }));
  });
}

/** Promises by the entry that makes them. */
function bySla(promises: readonly Promised[]): Map<SlaProperty, Promised[]> {
  const all = new Map<SlaProperty, Promised[]>();
  for (const promise of promises) {
    const same = all.get(promise.sla);
    if (same === undefined) all.set(promise.sla, [promise]);
    else same.push(promise);
  }
  return all;
}

/** Of which things an entry promises it, where these are not all that it names. */
function ofWhich(some: readonly Promised[], all: readonly Promised[]): string {
  return some.length === all.filter(({ sla }) => sla === some[0].sla).length ? '' : ` of ${list(some.map(({ of }) => of))}`;
}

/** One pair of each two entries: what they promise is the same of all that they name. */
function bothSlas(pairs: readonly { readonly base: Promised; readonly head: Promised }[]): { readonly base: Promised; readonly head: Promised }[] {
  return pairs.filter((each, index) => index === pairs.findIndex(({ base, head }) => base.sla === each.base.sla && head.sla === each.head.sla));
}

function diffPromise(base: SlaProperty, head: SlaProperty, place: Place, changes: Changes): void {
  const name = slaName(head.property) ?? head.property;
  diffRest(place, ['property', 'value', 'valueExt', 'unit', 'element', 'description'], changes);
  diffText(base.description, head.description, { ...place, path: `${place.path}.description` }, changes);
  diffConsequence(base, head, place, `\`${name}\``, changes);
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
  // a throughput is of any unit
  if (before === undefined || after === undefined || base.valueExt !== head.valueExt || (name === 'throughput' && base.unit !== head.unit)) return undefined;
  return Math.sign(after - before) * (moreIsBetter(name) ? 1 : -1);
}

function measured(name: string, sla: SlaProperty): number | undefined {
  if (name === 'throughput') return typeof sla.value === 'number' ? sla.value : undefined;
  if (SLA_PROPERTIES[name]?.value !== 'date') return slaAmount(name, sla);
  const time = Date.parse(String(sla.value));
  return Number.isNaN(time) ? undefined : time;
}

function amount({ value, unit, valueExt }: SlaProperty): string {
  return [value, valueExt === undefined || valueExt === null ? undefined : `to ${String(valueExt)}`, unit].filter((part) => part !== undefined && part !== null).join(' ');
}
