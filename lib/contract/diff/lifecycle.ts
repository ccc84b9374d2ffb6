import { type Contract } from '../contract';
import { consumersOf, earliestEnd, END_DATES, endOf, isOver, type Notice, noticeOf } from '../ending';
import { hasConsumers } from '../lifecycle';
import { list } from '../wording';
import { type Changes, type Place } from './change';
import { type DiffContext, type DiffSide } from './context';

/** Status, ends of support and of life, and the notice period between announcing and ending. */
export function diffLifecycle(changes: Changes, context: DiffContext): void {
  diffStatus(changes, context.today);
  for (const name of END_DATES) diffEndDate(name, changes, context);
  diffNotice(changes);
}

function diffStatus(changes: Changes, today: string): void {
  const [before, after] = [changes.base.status, changes.head.status];
  if (before === after) return;
  const place: Place = { path: 'status', base: ['status'], head: ['status'] };
  const what = `the status was ${before ?? 'not written'} and is ${after ?? 'not written'}`;
  if (hasConsumers(before) && after === 'retired') {
    const why = whyEarly(changes, today);
    changes.add(why === undefined ? 'diff/status-retired-as-announced' : 'diff/status-retired', place, why === undefined ? what : `${what}, and ${why}`);
  } else if (hasConsumers(before) && !hasConsumers(after)) changes.add('diff/status-withdrawn', place, what);
  else if (after === 'deprecated') changes.add('diff/status-deprecated', place, what);
  else changes.add('diff/status-changed', place, what);
}

/** Why somebody may still rely on what is retired; undefined where nobody should. */
function whyEarly({ base, head }: Changes, today: string): string | undefined {
  if (!isOver(base, today)) {
    const end = endOf(base, 'endOfLife');
    return end === undefined ? 'no end of life was announced' : `its end of life is ${end.text}`;
  }
  const left = head.roles.flatMap(consumersOf);
  return left.length === 0 ? undefined : `${list(left)} still ${left.length === 1 ? 'has' : 'have'} it`;
}

function diffEndDate(name: string, changes: Changes, { base, head, today }: DiffContext): void {
  const [before, after] = [endOf(changes.base, name), endOf(changes.head, name)];
  if (before?.text === after?.text) return;
  const place: Place = { path: `slaProperties.${name}`, base: before?.path, head: after === undefined ? ['slaProperties'] : [...after.path, 'value'] };
  if (after === undefined) return changes.add('diff/end-date-later', place, `\`${name}\` is cancelled, it was ${before!.text}`);
  if (before !== undefined) {
    if (before.time === after.time) return changes.add('diff/documentation-changed', place, `\`${name}\` is written ${after.text} and was ${before.text}, which is the same`);
    const closer = Number.isNaN(after.time) || Number.isNaN(before.time) || after.time < before.time;
    return changes.add(closer ? 'diff/end-date-closer' : 'diff/end-date-later', place, `\`${name}\` was ${before.text} and is ${after.text}`);
  }
  const notice = noticeIn(base, changes.base) ?? noticeIn(head, changes.head);
  const earliest = Date.parse(today) + (notice?.seconds ?? 0) * 1000;
  const short = hasConsumers(changes.base.status) && (after.time < earliest || after.time <= Date.parse(today));
  if (!short) return changes.add('diff/end-date-announced', place, `\`${name}\` is ${after.text}`);
  changes.add('diff/end-date-short-notice', place, notice === undefined ? `\`${name}\` is ${after.text}, a day that has come`
    : `\`${name}\` is ${after.text}, and with a notice of ${notice.text} it is ${earliestEnd(today, notice)} at the earliest`);
}

function noticeIn(side: DiffSide, contract: Contract): Notice | undefined {
  return side.notice === undefined ? noticeOf(contract) : side.notice(contract);
}

function diffNotice(changes: Changes): void {
  const [before, after] = [noticeOf(changes.base), noticeOf(changes.head)];
  if (before?.seconds === after?.seconds) return;
  const place: Place = { path: 'mesh.noticePeriod', base: before?.path, head: after?.path ?? ['customProperties'] };
  const shorter = before !== undefined && (after === undefined || after.seconds < before.seconds);
  changes.add(shorter ? 'diff/notice-shorter' : 'diff/notice-longer', place, `the notice period was ${before?.text ?? 'not written'} and is ${after?.text ?? 'not written'}`);
}
