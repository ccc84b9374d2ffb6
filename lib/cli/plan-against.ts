import { type GrantChange } from '../plan/grant-changes';
import { type ColumnChange, type MartChange, type ProductChange, type TableChange } from '../plan/plan-changes';
import { list } from '../contract/wording';
import { contractsOf, inGit, refuseDuplicates } from './diff';
import { ExitCode, Refusal } from './failure';
import { library } from './library';
import { withBothMeshes } from './plan-meshes';
import { findMeshRoot, resolveProduct } from './products';
import { harmless } from './terminal/text';
import { type Channel } from './terminal/terminal';
import { plural } from './terminal/units';
import { printJson, type Session } from './verb';

/** What a deployment of the contracts here would change since a commit: of the whole mesh, or of one product. */
export function planAgainst(session: Session, reference: string | undefined, ref: string, json: boolean): number {
  const root = findMeshRoot(session.cwd);
  const only = reference === undefined ? undefined : resolveProduct(reference, root, session.cwd);
  const { treeInGit, treeOnDisk } = library.contractTree();
  const target = contractsOf(root);
  const [base, head] = [inGit(() => treeInGit(ref, target)), treeOnDisk(target, session.cwd)];
  if (head.problems.length > 0) throw new Refusal('invalid', 'only valid contracts can be deployed', 'correct it first: mesh validate', head.problems);
  refuseDuplicates(base, head);
  const changes = withBothMeshes(session, root, base, (meshes) => library.planChanges().planChanges(base, head, meshes))
    .filter(({ product, major }) => only === undefined || (product === only.id && major === only.major));
  printChanges(session, changes, ref, `since ${ref}`, json);
  return ExitCode.fine;
}

/** `against` is what was compared with, `where` the same in a sentence. */
export function printChanges(session: Session, changes: readonly ProductChange[], against: string, where: string, json: boolean): void {
  if (json) return printJson(session, { against, changes });
  const { out } = session.terminal;
  for (const change of changes) printProduct(change, out);
  out.line(changes.length === 0 ? `${out.paint.green('✔')} nothing that is deployed changes ${harmless(where)}` : `${plural(changes.length, 'version')} of products ${changes.length === 1 ? 'changes' : 'change'} ${harmless(where)}`);
}

function printProduct({ product, major, version, tables, grants, hit, consumers, marts, unknown, cost }: ProductChange, out: Channel): void {
  const { paint } = out;
  const line = (text: string, indent: string): void => out.line(out.fold(`${indent}${harmless(text)}`, `${indent}  `));
  const versions = version.before === null ? `${version.after}, new` : version.after === null ? `${version.before}, gone` : version.before === version.after ? version.after : `${version.before} → ${version.after}`;
  out.line(`${paint.bold(`${product} v${major}`)}  ${harmless(versions)}`);
  if (tables.length > 0) out.line('  tables');
  for (const table of tables) {
    line(tableText(table), '    ');
    const refused = table.columns.filter((column) => column.refused).map(({ column }) => column);
    if (refused.length > 0) out.line(out.fold(`      ${paint.red('✖')} a deployment refuses ${harmless(list(refused, 'and'))}: rows are published that it would drop, narrow or find incomplete; mesh diff says what the change needs`, '        '));
  }
  if (grants.length > 0) out.line('  grants');
  for (const grant of grants) line(grantText(grant), '    ');
  if (marts.length > 0) out.line('  marts');
  for (const mart of marts) line(martText(mart), '    ');
  const reached = [...hit.map(({ product: other, major: own, columns }) => `${other} v${own}${columns.length === 0 ? '' : ` (${columns.join(', ')})`}`), ...consumers.map(({ consumer, subscribed }) => marked(consumer, subscribed))];
  if (reached.length > 0) line(`hits ${reached.join(', ')}`, '  ');
  if (unknown.length > 0) line(`may hit ${unknown.join(', ')}: what ${unknown.length === 1 ? 'it reads' : 'they read'} is not known, there were errors in ${unknown.length === 1 ? 'its' : 'their'} files`, '  ');
  if (cost.before !== cost.after) line(`cost ${cost.after === null ? 'not known: nobody promises how fresh it is' : `at least $${cost.after.toFixed(2)} a month`}${cost.before === null ? '' : `, was $${cost.before.toFixed(2)}`}`, '  ');
  out.line();
}

function tableText({ table, change, columns }: TableChange): string {
  switch (change) {
    case 'created': return `+ ${table}: new, ${plural(columns.length, 'column')}`;
    case 'abandoned': return `- ${table}: its data stays, and nothing renews it`;
    case 'evolved': return `~ ${table}: ${columns.map(columnText).join('; ')}`;
  }
}

function columnText({ column, change, from, to }: ColumnChange): string {
  switch (change) {
    case 'added': return `+ ${column} ${to}`;
    case 'removed': return `- ${column}`;
    case 'renamed': return `${from} is now ${column}`;
    case 'masking': return `${column} masked: ${from} → ${to}`;
    case 'required': return `${column} ${to === 'true' ? 'is required' : 'may be null'}`;
    default: return `${column} ${from} → ${to}`;
  }
}

function grantText({ consumer, role, change, subscribed, gained, lost, rows, because }: GrantChange): string {
  const held = marked(role, subscribed);
  switch (change) {
    case 'appears': return `+ ${consumer} gets ${held}: ${gained.join(', ')}`;
    case 'vanishes': return `- ${consumer} loses ${held}${because === null ? '' : `: ${because}`}`;
    case 'changes': return `~ ${consumer}, ${held}: ${[...gained.map((column) => `+ ${column}`), ...lost.map((column) => `- ${column}`), ...rows === null ? [] : [`rows: ${rows.before ?? 'every'} → ${rows.after ?? 'every'}`]].join(', ')}`;
  }
}

function martText({ consumer, product, major, because }: MartChange): string {
  return because === null ? `~ ${consumer} has a copy of ${product} v${major}, which changes under it` : `- ${consumer} loses its copy of ${product} v${major}: ${because}`;
}

/** Whom no contract need name. */
function marked(name: string, subscribed: boolean): string {
  return subscribed ? `${name} (subscribed)` : name;
}
