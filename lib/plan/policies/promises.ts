import { type Contract } from '../../contract/contract';
import { noticeOf } from '../../contract/ending';
import { parseDuration } from '../../contract/quantities';
import { moreIsBetter, SLA_PROPERTIES, slaAmount, slaName, slaPercent } from '../../contract/service-level';
import { type Report } from './check-policies';
import { type Policy } from './policy-model';

export function requireSla({ properties }: Policy<'require-sla'>, contract: Contract, report: Report): void {
  const promised = contract.slaProperties.map(({ property }) => slaName(property));
  for (const name of properties) {
    const wanted = slaName(name) ?? name;
    if (!promised.includes(wanted)) report(['slaProperties'], { message: `the contract does not promise \`${wanted}\``, remedy: `add \`{property: ${wanted}, value: …, unit: …}\`` });
  }
}

/** Every promise of a property counts: what is looser than the mesh allows for one table is looser than it allows. */
export function leastSla({ promises }: Policy<'least-sla'>, contract: Contract, report: Report): void {
  for (const [written, least] of Object.entries(promises)) {
    const name = slaName(written);
    const limit = name === undefined ? undefined : amountOf(name, least);
    if (name === undefined || limit === undefined) continue; // found in mesh.yaml itself
    const expected = `at ${moreIsBetter(name) ? 'least' : 'most'} ${least}${typeof least === 'number' ? ' percent' : ''}`;
    const made = contract.slaProperties.filter(({ property }) => slaName(property) === name);
    if (made.length === 0) report(['slaProperties'], { message: `the contract does not promise \`${name}\``, expected, remedy: `add \`{property: ${name}, value: …, unit: …}\`` });
    for (const sla of made) {
      const promised = slaAmount(name, sla);
      if (promised === undefined || (moreIsBetter(name) ? promised >= limit : promised <= limit)) continue;
      report([...sla.path, 'value'], { message: `the promised ${name} is less than the mesh asks for`, received: [sla.value, sla.unit].filter((part) => part !== undefined).join(' '), expected,
        remedy: 'promise that much, and run often enough to keep it' });
    }
  }
}

/** Of a contract that says none, the mesh's own holds. */
export function leastNotice({ period }: Policy<'least-notice'>, contract: Contract, report: Report): void {
  const own = noticeOf(contract);
  if (own === undefined || own.seconds >= parseDuration(period)!) return;
  report(own.path, { message: 'the promised notice is shorter than the mesh asks for', received: own.text, expected: `at least ${period}`, remedy: `write ${period}, or leave \`mesh.noticePeriod\` out: then the mesh's own applies` });
}

/** What mesh.yaml asks for: seconds, or percent; undefined where it is neither, or the property has no amount. */
export function amountOf(name: string, least: string | number): number | undefined {
  switch (SLA_PROPERTIES[name]?.value) {
    case 'duration': return typeof least === 'string' ? parseDuration(least) : undefined;
    case 'percent': return slaPercent({ value: least });
    default: return undefined;
  }
}
