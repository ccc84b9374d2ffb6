import { type Contract, type SlaProperty } from '../contract/contract';
import { formatPath } from '../contract/document-path';
import { customProperty } from '../contract/mesh-property';
import { slaElements, slaName, slaPercent, slaSeconds } from '../contract/service-level';
import { type Plan } from './plan-schema';

/** What is promised about service, in seconds and percent. Of several promises of one kind the strictest holds. */
export function slaOf(contract: Contract): Plan['sla'] {
  const of = (...names: string[]): SlaProperty[] => contract.slaProperties.filter(({ property }) => names.includes(slaName(property) ?? ''));
  const freshness = of('freshness', 'latency').flatMap((sla) => ({ sla, seconds: slaSeconds(sla) ?? Infinity })).sort((a, b) => a.seconds - b.seconds)[0];
  const availability = of('availability').flatMap((sla) => ({ sla, percent: slaPercent(sla) ?? -1 })).sort((a, b) => b.percent - a.percent)[0];
  const element = freshness === undefined ? undefined : slaElements(contract, freshness.sla).find(({ property }) => property !== undefined);
  return {
    freshnessSeconds: freshness === undefined || freshness.seconds === Infinity ? null : freshness.seconds,
    freshnessColumn: element?.object === undefined || element.property === undefined ? null : { table: element.object.name, column: element.property.name },
    ...(freshness !== undefined && customProperty(freshness.sla, 'mesh.actionOnFail') === 'abort_workflow' ? { freshnessAction: 'abort_workflow' as const } : {}),
    availabilityPercent: greatest(of('availability').map(slaPercent)),
    retentionSeconds: greatest(of('retention').map(slaSeconds)),
    paths: {
      freshness: freshness === undefined ? null : formatPath(freshness.sla.path),
      availability: availability === undefined ? null : formatPath(availability.sla.path),
    },
  };
}

function greatest(values: readonly (number | undefined)[]): number | null {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? null : Math.max(...given);
}
