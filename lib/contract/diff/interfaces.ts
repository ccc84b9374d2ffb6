import { type Contract } from '../contract';
import { type DocumentPath } from '../document-path';
import { findCustomProperty } from '../mesh-property';
import { type Changes, type Place } from './change';
import { pair } from './pairs';
import { diffRest, sameJson, without } from './rest';

interface Interface {
  readonly kind: 'interfaces' | 'servers';
  readonly name: string;
  readonly value: unknown;
  readonly path: DocumentPath;
}

/** Through what consumers read: the servers of a contract and the interfaces of a short template. */
export function diffInterfaces(changes: Changes): void {
  const [base, head] = [changes.base, changes.head].map((contract) => [...servers(contract), ...interfaces(contract)]);
  const { both, removed, added } = pair(base, head, ({ kind, name }) => `${kind}.${name}`);
  const place = ({ kind, name }: Interface): Place => ({ path: `${kind}.${name}`, head: kind === 'servers' ? ['servers'] : ['customProperties'] });
  for (const each of removed) changes.add('diff/interface-removed', { ...place(each), base: each.path }, `\`${each.name}\` is gone`);
  for (const each of added) changes.add('diff/interface-added', { ...place(each), head: each.path }, `\`${each.name}\` is new`);
  for (const { base: before, head: after } of both) {
    if (after.kind === 'servers') diffRest({ ...place(after), base: before.path, head: after.path }, Object.keys(before.value as object).concat(Object.keys(after.value as object)), changes);
    if (sameJson(before.value, after.value)) continue;
    changes.add('diff/interface-changed', { ...place(after), base: before.path, head: after.path }, `\`${after.name}\` is described differently`);
  }
}

function servers(contract: Contract): Interface[] {
  return contract.servers.map((server): Interface => ({
    kind: 'servers', name: [server.environment, server.server].filter((part) => part !== undefined).join('/'), path: server.path,
    // how it is explained is not how it is reached
    value: without(server, 'path', 'description', 'customProperties', 'roles'),
  }));
}

function interfaces(contract: Contract): Interface[] {
  const written = findCustomProperty(contract, 'interfaces');
  if (!Array.isArray(written?.value)) return [];
  return written.value.map((value: unknown, at): Interface => ({ kind: 'interfaces', name: nameOf(value), value, path: [...written.path, 'value', at] }));
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { name, type } = (value ?? {}) as { name?: unknown; type?: unknown };
  return [type, name].filter((part) => typeof part === 'string').join('/');
}
