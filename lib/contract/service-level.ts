import { type Contract, type Property, type SchemaObject, type SlaProperty } from './contract';
import { parseDuration, secondsPer } from './quantities';

/** SLA properties by their name in ODCS's periodic table, with its two-letter signs, and what their value is. */
export const SLA_PROPERTIES: Readonly<Record<string, { readonly sign?: string; readonly value: 'duration' | 'percent' | 'date' | 'any' }>> = {
  freshness: { value: 'duration' },
  latency: { sign: 'ly', value: 'duration' },
  frequency: { sign: 'fy', value: 'duration' },
  retention: { sign: 're', value: 'duration' },
  availability: { sign: 'av', value: 'percent' },
  errorRate: { sign: 'er', value: 'percent' },
  throughput: { sign: 'th', value: 'any' },
  generalAvailability: { sign: 'ga', value: 'date' },
  endOfSupport: { sign: 'es', value: 'date' },
  endOfLife: { sign: 'el', value: 'date' },
  timeOfAvailability: { value: 'any' },
  timeToDetect: { sign: 'td', value: 'duration' },
  timeToNotify: { sign: 'tn', value: 'duration' },
  timeToRepair: { sign: 'tr', value: 'duration' },
};

const MORE_IS_BETTER: readonly string[] = ['availability', 'retention', 'throughput'];

/** Whether a larger amount of an SLA property promises more; of the others a smaller one does. */
export function moreIsBetter(name: string): boolean {
  return MORE_IS_BETTER.includes(name);
}

/** The name of an SLA property whatever its case, or by its two-letter sign; undefined where there is none. */
export function slaName(written: string): string | undefined {
  const word = written.trim().toLowerCase();
  return Object.keys(SLA_PROPERTIES).find((name) => name.toLowerCase() === word || SLA_PROPERTIES[name].sign === word);
}

/** Seconds that an SLA property promises: `{value: 6, unit: h}`, `{value: 24h}` or ISO 8601; undefined where it says none. */
export function slaSeconds({ value, unit }: Pick<SlaProperty, 'value' | 'unit'>): number | undefined {
  if (unit === undefined) return typeof value === 'string' ? positive(parseDuration(value)) : undefined;
  const each = secondsPer(unit);
  const amount = typeof value === 'number' ? value : typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
  return each === undefined || amount === undefined ? undefined : positive(each * amount);
}

/** Percent that an SLA property promises, 0 to 100; undefined where it says none. */
export function slaPercent({ value, unit }: Pick<SlaProperty, 'value' | 'unit'>): number | undefined {
  if (unit !== undefined && !/^(%|percent|percentage|pct)$/i.test(unit.trim())) return undefined;
  const amount = typeof value === 'number' ? value : typeof value === 'string' ? Number(/^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(value)?.[1]) : undefined;
  return amount !== undefined && amount >= 0 && amount <= 100 ? amount : undefined;
}

/** How much an SLA property promises, by its name: seconds, or percent; undefined where it is neither, or says none. */
export function slaAmount(name: string, sla: Pick<SlaProperty, 'value' | 'unit'>): number | undefined {
  switch (SLA_PROPERTIES[name]?.value) {
    case 'duration': return slaSeconds(sla);
    case 'percent': return slaPercent(sla);
    default: return undefined;
  }
}

/** A table, and a column of it, that an SLA property is about. */
export interface SlaElement {
  readonly written: string;
  readonly object?: SchemaObject | undefined;
  readonly property?: Property | undefined;
}

/** What an SLA property is about: `orders`, `orders.updated_at` or a column's name alone; several are separated by commas. */
export function slaElements(contract: Contract, sla: SlaProperty): SlaElement[] {
  const written = sla.element ?? contract.slaDefaultElement;
  if (written === undefined) return [];
  return written.split(',').map((part) => part.trim()).filter((part) => part !== '').map((part) => find(contract, part));
}

function find(contract: Contract, written: string): SlaElement {
  const named = contract.schema.find(({ name }) => name === written);
  if (named !== undefined) return { written, object: named };
  for (const object of contract.schema) {
    const column = written.startsWith(`${object.name}.`) ? written.slice(object.name.length + 1) : written;
    const property = object.properties.find(({ name }) => name === column);
    if (property !== undefined) return { written, object, property };
  }
  return { written };
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}
