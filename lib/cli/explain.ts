import * as fs from 'node:fs';
import * as path from 'node:path';
import { suggest } from '../contract/suggest';
import { ExitCode, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { type Channel } from './terminal/terminal';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Page {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export function registerExplain({ program, session, finish }: Registry): void {
  program.command('explain')
    .helpGroup(Group.look)
    .summary('what a rule of mesh validate or mesh diff means')
    .description('Prints the page of a rule: what it finds, why, a wrong and a right example. Problems name their rule in brackets.')
    .argument('<rule>', 'id of a rule, e.g. lint/reversed-between')
    .addOption(jsonOption())
    .addHelpText('after', helpText([['mesh explain lint/missing-owner', 'what that rule wants']], '0 shown, 2 no such rule'))
    .action((rule: string, options: { readonly json?: boolean }) => {
      finish(explain(session, rule, options));
    });
}

export function explain(session: Session, rule: string, options: { readonly json?: boolean }): number {
  const docs = path.join(library.pythonHome().packageRoot(), 'docs');
  const pages = ['rules.md', 'diff-rules.md'].flatMap((file) => readPages(fs.readFileSync(path.join(docs, file), 'utf8')));
  const page = pages.find((candidate) => candidate.id === rule) ?? ownPolicy(session, rule);
  if (page === undefined) {
    const meant = suggest(rule, pages.map((candidate) => candidate.id));
    throw new UsageError(`there is no rule "${rule}"`, meant === undefined ? `rules begin with ${[...new Set(pages.map(({ id }) => id.replace(/\/.*/, '/')))].join(', ')}` : `did you mean ${meant}?`);
  }
  if (options.json === true) printJson(session, page);
  else session.terminal.out.line(`${session.terminal.out.paint.bold(page.title)}\n\n${readable(page.text, session.terminal.out)}`);
  return ExitCode.fine;
}

/** A policy that the platform team wrote as data: what it says is in mesh.yaml. */
function ownPolicy(session: Session, rule: string): Page | undefined {
  const loaded = workspaceOf(session, findMeshRoot(session.cwd)).mesh();
  const policy = loaded?.ok === true ? loaded.mesh.definition.policies?.find((each) => each.id === 'custom' && each.rule === rule) : undefined;
  if (policy?.id !== 'custom') return undefined;
  const { message, remedy } = policy;
  const lines = Object.entries(policy).filter(([field]) => !['id', 'rule', 'message', 'remedy'].includes(field)).map(([field, value]) => `${field}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return { id: rule, title: rule, text: `**${message}.** (${policy.severity ?? 'error'})\n\nA policy of this mesh, in mesh.yaml:\n\n\`\`\`yaml\n${lines.join('\n')}\n\`\`\`\n\nRemedy: ${remedy}` };
}

/** Markdown for a terminal: examples are indented, marks of emphasis become what they mean. */
function readable(markdown: string, out: Channel): string {
  let fenced = false;
  return markdown.split('\n').flatMap((line) => {
    if (line.startsWith('```')) {
      fenced = !fenced;
      return [];
    }
    return fenced ? [out.paint.cyan(`    ${line}`)] : [out.fold(line.replace(/\*\*(.+?)\*\*/g, (_all, text: string) => out.paint.bold(text)), '')];
  }).join('\n');
}

/** Sections of a page of docs/ whose heading begins with the id of a rule. */
export function readPages(markdown: string): Page[] {
  const pages: { id: string; title: string; lines: string[] }[] = [];
  let current: (typeof pages)[number] | undefined;
  let fenced = false;
  for (const line of markdown.split('\n')) {
    if (/^(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^#+ +(.*)$/.exec(line);
    if (heading === null) {
      current?.lines.push(line);
      continue;
    }
    const id = /^`?([a-z]+\/[a-z0-9-]+)/.exec(heading[1])?.[1];
    current = id === undefined ? undefined : { id, title: heading[1].replaceAll('`', ''), lines: [] };
    if (current !== undefined) pages.push(current);
  }
  return pages.map(({ id, title, lines }) => ({ id, title, text: lines.join('\n').trim() }));
}
