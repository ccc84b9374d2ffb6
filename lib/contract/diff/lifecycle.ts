import { type Contract, type SlaProperty } from '../contract';
import { dayOf } from '../day';
import { hasConsumers } from '../lifecycle';
import { findCustomProperty } from '../mesh-property';
import { parseDuration } from '../quantities';
import { slaName } from '../service-level';
import { type Changes, type Place } from './change';
import { type DiffContext } from './context';

/** SLA properties that say when a version ends. */
export const END_DATES: readonly string[] = ['endOfSupport', 'endOfLife'];

const DAY = 86_400_000;

/** Status, ends of support and of life, and the notice period between announcing and ending. */
export function diffLifecycle(changes: Changes, { today }: DiffContext): void {
  diffStatus(changes, today);
  for (const name of END_DATES) diffEndDate(name, changes, today);
  diffNotice(changes);
}

function diffStatus(changes: Changes, today: string): void {
  const [before, after] = [changes.base.status, changes.head.status];
  if (before === after) return;
  const place: Place = { path: 'status', base: ['status'], head: ['status'] };
  const what = `the status was ${before ?? 'not written'} and is ${after ?? 'not written'}`;
  if (hasConsumers(before) && after === 'retired') {
    const end = endOf(changes.base, 'endOfLife');
    const isOver = end !== undefined && end.time <= Date.parse(today);
    changes.add(isOver ? 'diff/status-retired-as-announced' : 'diff/status-retired', place, isOver ? what : `${what}, and ${end === undefined ? 'no end of life was announced' : `its end of life is ${end.text}`}`);
  } else if (hasConsumers(before) && !hasConsumers(after)) changes.add('diff/status-withdrawn', place, what);
  else if (after === 'deprecated') changes.add('diff/status-deprecated', place, what);
  else changes.add('diff/status-changed', place, what);
}

function diffEndDate(name: string, changes: Changes, today: string): void {
  const [before, after] = [endOf(changes.base, name), endOf(changes.head, name)];
  if (before?.text === after?.text) return;
  const place: Place = { path: `slaProperties.${name}`, base: before?.path, head: after === undefined ? ['slaProperties'] : [...after.path, 'value'] };
  if (after === undefined) return changes.add('diff/end-date-later', place, `\`${name}\` is called off, it was ${before!.text}`);
  if (before !== undefined) {
    const closer = Number.isNaN(after.time) || Number.isNaN(before.time) || after.time < before.time;
    return changes.add(closer ? 'diff/end-date-closer' : 'diff/end-date-later', place, `\`${name}\` was ${before.text} and is ${after.text}`);
  }
  const notice = noticeOf(changes.base) ?? noticeOf(changes.head);
  const short = notice !== undefined && hasConsumers(changes.base.status) && after.time < Date.parse(today) + notice.seconds * 1000;
  if (!short) return changes.add('diff/end-date-announced', place, `\`${name}\` is ${after.text}`);
  const least = dayOf(new Date(Math.ceil((Date.parse(today) + notice.seconds * 1000) / DAY) * DAY));
  changes.add('diff/end-date-short-notice', place, `\`${name}\` is ${after.text}, and with a notice of ${notice.text} it is ${least} at the earliest`);
}

function diffNotice(changes: Changes): void {
  const [before, after] = [noticeOf(changes.base), noticeOf(changes.head)];
  if (before?.seconds === after?.seconds) return;
  const place: Place = { path: 'mesh.noticePeriod', base: before?.path, head: after?.path ?? ['customProperties'] };
  const shorter = before !== undefined && (after === undefined || after.seconds < before.seconds);
  changes.add(shorter ? 'diff/notice-shorter' : 'diff/notice-longer', place, `the notice period was ${before?.text ?? 'not written'} and is ${after?.text ?? 'not written'}`);
}

function endOf(contract: Contract, name: string): { readonly text: string; readonly time: number; readonly path: SlaProperty['path'] } | undefined {
  const sla = contract.slaProperties.find(({ property }) => slaName(property) === name);
  return sla === undefined ? undefined : { text: String(sla.value), time: Date.parse(String(sla.value)), path: sla.path };
}

function noticeOf(contract: Contract): { readonly text: string; readonly seconds: number; readonly path: SlaProperty['path'] } | undefined {
  const written = findCustomProperty(contract, 'mesh.noticePeriod');
  if (typeof written?.value !== 'string') return undefined;
  const seconds = parseDuration(written.value);
  return seconds === undefined ? undefined : { text: written.value, seconds, path: [...written.path, 'value'] };
}
