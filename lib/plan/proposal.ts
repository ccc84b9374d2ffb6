import { DEFAULT_CLASSIFICATION, isProtected } from '../contract/classification';
import { type Contract } from '../contract/contract';
import { typeText } from '../contract/data-type';
import { consumersOf, noticeOf } from '../contract/ending';
import { Findings } from '../contract/findings';
import { lintContract } from '../contract/lint/lint-contract';
import { customProperty } from '../contract/mesh-property';
import { ownerOf } from '../contract/owner';
import { type Problem } from '../contract/problem';
import { slaName } from '../contract/service-level';
import { tierOf } from '../contract/tier';
import { type PromisedTable, promisedTables } from './contract-tables';
import { leastCost, WATCHING } from './least-cost';
import { checkAgainstMesh } from './mesh/mesh-checks';
import { checkTerms } from './checks/term-checks';
import { type Workspace } from './workspace';

/**
 * What the mesh will ask of a proposed contract once it is a draft, and what is wrong with it already. Policies say nothing of what is
 * only proposed, so that one can be written down at all.
 */
export function openPoints(workspace: Workspace, contract: Contract): Problem[] {
  const { mesh } = workspace.surroundings();
  const findings = new Findings(contract.file, (path, what) => contract.locate(path, what));
  checkTerms(contract, workspace.vocabulary(), findings);
  if (mesh !== undefined) checkAgainstMesh({ ...contract, status: 'draft' }, mesh, workspace, findings);
  return [...lintContract(contract, mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION).problems(), ...findings.problems()];
}

/** What a request for comments is made from. */
export interface Proposal {
  readonly workspace: Workspace;
  readonly contract: Contract;
  readonly points: readonly Problem[];
  /** Where the data comes from, in words: a contract never says so. */
  readonly sources: readonly string[];
}

/** A proposed contract as a page to discuss: grain, service level, consumers, classification, sources, cost, and what is open. */
export function requestForComments({ workspace, contract, points, sources }: Proposal): string {
  const { mesh } = workspace.surroundings();
  const tables = promisedTables(contract, mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION);
  const owner = ownerOf(contract)?.username;
  return [
    `# Proposal: ${contract.name ?? contract.id}`,
    `\`${contract.id}\` ${contract.version}, proposed for the domain ${contract.domain ?? '–'}${owner === undefined ? '' : ` by ${owner}`}. The contract: [${basename(contract.file)}](${basename(contract.file)}).`,
    section('What it is', [contract.description.purpose ?? 'Nobody has said yet what it is for.', ...contract.description.limitations === undefined ? [] : [`It does not: ${contract.description.limitations}`]]),
    ...tables.map(tableSection),
    section('Service level', promises(contract)),
    section('Consumers', consumers(contract)),
    section('Classification', classification(contract, tables, mesh?.region(contract.domain ?? ''))),
    section('Sources', sources.length === 0 ? ['Not named yet: which systems is it built from, and which of them is the authority?'] : sources.map((source) => `- ${source}`)),
    section('Cost', cost(contract)),
    section('Open points', [...points.map(({ message, id, remedy }) => `- [ ] ${message}${remedy === undefined ? '' : `: ${remedy}`} (\`${id}\`)`), '- [ ] agree on the contract, then write `status: draft`']),
  ].join('\n\n').concat('\n');
}

function section(title: string, lines: readonly string[]): string {
  return `## ${title}\n\n${lines.join('\n')}`;
}

function tableSection({ object, columns, primaryKey }: PromisedTable): string {
  const grain = object.dataGranularityDescription ?? 'nobody has said yet what one row is';
  return section(`Table ${object.name}`, [
    `Grain: ${grain}. Key: ${primaryKey.join(', ') || 'none yet'}.`, '',
    '| column | type | class | published | means |', '|---|---|---|---|---|',
    ...columns.map(({ name, type, classification: of, masking, description }) => `| ${name} | ${typeText(type)} | ${of} | ${masking === 'none' ? 'as it is' : `masked: ${masking}`} | ${cell(description ?? '')} |`),
  ]);
}

function promises(contract: Contract): string[] {
  const notice = noticeOf(contract);
  const said = contract.slaProperties.map(({ property, value, unit, description }) => `- ${slaName(property) ?? property}: ${[value, unit].filter((part) => part !== undefined).join(' ')}${description === undefined ? '' : `, ${description}`}`);
  return [...said.length === 0 ? ['Nothing is promised yet.'] : said, ...notice === undefined ? [] : [`- notice before it ends: ${notice.text}`], `- tier: ${tierOf(contract)}`];
}

function consumers(contract: Contract): string[] {
  const known = contract.roles.map((role) => {
    const [purpose, who] = [customProperty(role, 'mesh.purpose'), consumersOf(role)];
    return `- ${role.role}: ${who.join(', ') || 'whoever subscribes'}${typeof purpose === 'string' ? `, for ${purpose}` : ''}`;
  });
  return known.length === 0 ? ['Not named yet: who needs it, and what for? A product nobody asked for is not worth its upkeep.'] : known;
}

function classification(contract: Contract, tables: readonly PromisedTable[], region: string | undefined): string[] {
  const guarded = tables.flatMap(({ columns }) => columns).filter((column) => isProtected(column.classification));
  const residency = customProperty(contract, 'mesh.residency');
  return [
    guarded.length === 0 ? 'Nothing in it is confidential.' : `Confidential or restricted: ${guarded.map(({ name }) => name).join(', ')}.`,
    ...Array.isArray(residency) ? [`It stays in ${residency.join(', ')}.`] : region === undefined ? [] : [`It lives in ${region}.`],
  ];
}

/** What it costs even if it were empty: freshness decides how often it runs. */
function cost(contract: Contract): string[] {
  const least = leastCost(contract);
  if (least === undefined) return ['Not known: it follows from how fresh the data has to be, which nobody has promised yet.'];
  const { dollars, runs } = least;
  return [`At least $${dollars.toFixed(2)} a month: ${runs} ${runs === 1 ? 'run' : 'runs'}, as many as its freshness needs, and $${WATCHING.toFixed(2)} to watch it. More rows, more workers: \`size\` in the pipeline says how many.`];
}

function basename(file: string): string {
  return file.replace(/^.*[\\/]/, '');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
