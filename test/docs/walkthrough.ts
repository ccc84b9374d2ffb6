import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/**
 * Does what a page tells its reader to do, in an empty folder.
 *
 * A fence whose info string has a second word is a file to write (```yaml contracts/sales/orders.contract.yaml).
 * A `console` fence is a terminal: lines after `$ ` are run, the lines below one must appear in its output, in order;
 * `…` stands for any text. A command expects exit 0 unless a comment ends it: `$ mesh validate   # exits 1`.
 * What is evaluated (`$ eval "$(mesh up)"`) holds for the commands after it, as in a shell.
 */
export interface Step {
  readonly line: number;
  readonly file?: { readonly name: string; readonly content: string };
  readonly command?: { readonly text: string; readonly exit: number; readonly output: readonly string[] };
}

export function readSteps(markdown: string): Step[] {
  const lines = markdown.split('\n');
  const steps: Step[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const fence = /^```(\w+)(?: (\S+))?$/.exec(lines[i]);
    if (fence === null) continue;
    const start = i + 1;
    while (lines[i + 1] !== '```') i += 1;
    const body = lines.slice(start, i + 1);
    i += 1;
    if (fence[2] !== undefined) steps.push({ line: start, file: { name: fence[2], content: `${body.join('\n')}\n` } });
    else if (fence[1] === 'console') steps.push(...readTerminal(body, start));
  }
  return steps;
}

function readTerminal(body: readonly string[], start: number): Step[] {
  const steps: { line: number; command: { text: string; exit: number; output: string[] } }[] = [];
  body.forEach((line, index) => {
    const command = /^\$ (.*?)(?:\s+# exits (\d+))?$/.exec(line);
    if (command !== null) steps.push({ line: start + index + 1, command: { text: command[1], exit: Number(command[2] ?? 0), output: [] } });
    else if (line.trim() !== '' && steps.length > 0) steps[steps.length - 1].command.output.push(line);
  });
  return steps;
}

const asPattern = (line: string): RegExp =>
  new RegExp(line.trim().split('…').map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+')).join('.*'));

/** What carries out a command below a folder, after what was evaluated before. */
export type Typist = (text: string, folder: string, before: readonly string[]) => Ended | Promise<Ended>;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const root = path.resolve(__dirname, '../..');

/** Each command in a shell of its own, with a mesh. */
export const inShell = (mesh: string): Typist => (text, folder, before) => {
  const done = spawnSync('bash', ['-c', [...before, text].join('\n')], {
    cwd: folder, encoding: 'utf8', timeout: 600_000,
    env: { ...process.env, PATH: `${path.dirname(mesh)}${path.delimiter}${process.env.PATH}`, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: '1' },
  });
  return { code: done.status, output: `${done.stdout}${done.stderr}` };
};

/** The steps of a page, one after the other. */
export async function takeAll(steps: readonly Step[], folder: string, typist: Typist): Promise<void> {
  const evaluated: string[] = [];
  for (const step of steps) {
    await take(step, folder, typist, evaluated);
    const text = step.command?.text ?? '';
    if (text.startsWith('eval ')) evaluated.push(`{ ${text}; } 2>/dev/null`);
  }
}

/** Carries out one step below `folder`; throws with the page's line when the page does not tell the truth. */
export async function take(step: Step, folder: string, typist: Typist, before: readonly string[] = []): Promise<void> {
  if (step.file !== undefined) {
    const target = path.join(folder, step.file.name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, step.file.content);
  }
  if (step.command === undefined) return;
  const { text, exit, output } = step.command;
  const { code, output: said } = await typist(text, folder, before);
  if (code !== exit) throw new Error(`line ${step.line}: \`${text}\` ended with ${code}, the page says ${exit}\n${said}`);
  let rest = said;
  for (const line of output) {
    const found = asPattern(line).exec(rest);
    if (found === null) throw new Error(`line ${step.line}: the output of \`${text}\` has no line like\n  ${line}\n${said}`);
    rest = rest.slice(found.index + found[0].length);
  }
}

/** The package and the CDK's command line, as `npm install` leaves them in a reader's folder. */
export function installed(folder: string): void {
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'cdk-data-mesh'), 'dir');
  fs.symlinkSync(path.join(root, 'node_modules', '.bin'), path.join(folder, 'node_modules', '.bin'), 'dir');
}

/** What the CDK's command line lists takes it seconds to start: pages.soak.test.ts asks for it. */
export const exceptLists = ({ command }: Step): boolean => command?.text.startsWith('npx cdk ls') !== true;

/** Does what a page says, as somebody who has installed the package does in a folder that was empty. */
export async function follow(page: string, typist: Typist, which: (step: Step) => boolean = () => true): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-page-'));
  installed(folder);
  try {
    await takeAll(readSteps(fs.readFileSync(path.join(root, page), 'utf8')).filter(which), folder, typist);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
