import { type Contract } from '../../contract/contract';
import { dayOf } from '../../contract/day';
import { forcedRetirement } from '../../contract/diff/ignored-changes';
import { type DocumentPath } from '../../contract/document-path';
import { consumersOf, earliestEnd, endOf, isOver } from '../../contract/ending';
import { type Detail, type Findings, type RuleInfo } from '../../contract/findings';
import { hasConsumers } from '../../contract/lifecycle';
import { customProperty, findCustomProperty } from '../../contract/mesh-property';
import { majorVersion } from '../../contract/version';
import { list } from '../../contract/wording';
import { type DraftPipeline } from '../pipeline/draft';
import { MESH, PIPELINE } from '../rules';
import { type Workspace } from '../workspace';
import { importersOf } from './importers';
import { noticeThatHolds } from './notice';

/** Something that keeps a version from being retired. */
export interface Obstacle {
  readonly rule: RuleInfo;
  readonly path: DocumentPath;
  readonly detail: Detail;
}

/** That a retired version may be: its end of life has come and nobody is left, or somebody said why it could not wait. */
export function checkRetirement(contract: Contract, workspace: Workspace, findings: Findings): void {
  if (contract.status !== 'retired' || forcedRetirement(contract) !== undefined) return;
  for (const { rule, path, detail } of retirementObstacles(contract, workspace)) findings.add(rule, path, detail);
}

/** All that stands in the way of retiring a version now, whatever its status is. */
export function retirementObstacles(contract: Contract, workspace: Workspace): Obstacle[] {
  return [...early(contract, workspace), ...bound(contract), ...read(contract, workspace)];
}

const BY_FORCE = 'or say why it cannot wait: mesh retire --force --reason "…"';

function early(contract: Contract, workspace: Workspace): Obstacle[] {
  const today = dayOf(workspace.now);
  const rule = MESH['early-retirement'];
  const end = endOf(contract, 'endOfLife');
  if (end !== undefined) {
    if (isOver(contract, today)) return [];
    return [{ rule, path: [...end.path, 'value'], detail: { message: `its end of life is ${end.text}`, received: end.text, expected: `a day until ${today}`, remedy: `leave it deprecated until then, ${BY_FORCE}` } }];
  }
  const notice = noticeThatHolds(contract, workspace.surroundings().mesh);
  const isRetired = contract.status === 'retired';
  // Without a notice, a comparison says whether somebody may rely on a version that is yet to be retired: see retire.ts.
  if (notice === undefined && !isRetired) return [];
  const wasOpen = isRetired || hasConsumers(contract.status);
  return [{ rule, path: ['status'], detail: {
    message: `no end of life was announced${notice === undefined ? '' : `, and with a notice of ${notice.text} it is ${earliestEnd(today, notice)} at the earliest`}`,
    remedy: `${wasOpen ? `${isRetired ? 'put the status back and announce it' : 'announce it first'}: mesh deprecate ${contract.id}` : 'delete its files, as nobody else could have it yet'}, ${BY_FORCE}`,
  } }];
}

function bound(contract: Contract): Obstacle[] {
  return contract.roles.flatMap((role): Obstacle[] => {
    const consumers = consumersOf(role);
    if (consumers.length === 0) return [];
    return [{ rule: MESH['retired-with-consumers'], path: [...findCustomProperty(role, 'mesh.consumers')!.path, 'value'], detail: {
      message: `${list(consumers)} still ${consumers.length === 1 ? 'has' : 'have'} the role \`${role.role}\``, received: consumers, expected: 'nobody',
      remedy: `make sure they have moved, then take them out of the role, ${BY_FORCE}`,
    } }];
  });
}

function read(contract: Contract, workspace: Workspace): Obstacle[] {
  const major = majorVersion(contract.version);
  if (major === undefined) return [];
  return importersOf(workspace, contract.id, major).map((importer): Obstacle => ({
    rule: MESH['retired-with-consumers'], path: ['status'],
    detail: { message: `\`${importer.contract.id}\` v${importer.major} still reads it: ${workspace.nameOf(importer.pipeline)}, source \`${importer.source}\``, remedy: `make it read something else first, ${BY_FORCE}` },
  }));
}

/** Products that a pipeline reads and that will end, have ended, or are not there for others yet. */
export function checkSourceStatus(contract: Contract, pipeline: DraftPipeline, workspace: Workspace, findings: Findings): void {
  if (contract.status === 'retired') return;
  for (const source of pipeline.sources) {
    if (source.kind !== 'product') continue;
    const known = workspace.find(source.product).find(({ major }) => major === source.major);
    const loaded = known === undefined ? undefined : workspace.contract(known.file);
    const why = loaded?.ok === true ? whyShaky(loaded.contract, hasConsumers(contract.status)) : undefined;
    if (why === undefined) continue;
    findings.add(PIPELINE['source-status'], ['sources', source.name, 'product'], { message: `\`${source.product}\` v${source.major} is ${why.is}`, received: source.product, remedy: why.remedy });
  }
}

/** Between drafts anything may be read: nobody relies on either. */
function whyShaky(source: Contract, isReaderOpen: boolean): { readonly is: string; readonly remedy: string } | undefined {
  const next = customProperty(source, 'mesh.supersededBy');
  const instead = typeof next === 'string' ? `read ${next} instead` : `ask its owner what to read instead`;
  const end = endOf(source, 'endOfLife');
  switch (source.status) {
    case 'retired': return { is: 'retired: nothing renews it, and on AWS it can no longer be read', remedy: instead };
    case 'deprecated': return { is: end === undefined ? 'deprecated' : `deprecated, and there until ${end.text}`, remedy: instead };
    case 'proposed': return isReaderOpen ? { is: 'only proposed: it is deployed nowhere', remedy: 'wait until it is active' } : undefined;
    case 'draft': return isReaderOpen ? { is: 'a draft: production does not have it, and nobody else may read it', remedy: 'wait until it is active' } : undefined;
    default: return undefined;
  }
}
