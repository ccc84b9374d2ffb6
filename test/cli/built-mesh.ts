import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { plainEnvironment } from './plain-environment';

// Each start is a process of its own, and some start Python: on a busy machine that takes its time.
jest.setTimeout(120_000);

export const ROOT = path.resolve(__dirname, '..', '..');

/** The CLI as it is shipped, bundled from the sources of this run of the tests by whichever file needs it first. */
export function builtMesh(): string {
  const folder = process.env.MESH_TEST_CLI!;
  const built = path.join(folder, 'mesh.js');
  if (!fs.existsSync(built)) {
    const own = `${folder}-${process.pid}`;
    execFileSync(process.execPath, ['-e', 'require("./tools/build").bundleCli(process.argv[1])', own], { cwd: ROOT });
    try {
      fs.renameSync(own, folder);
    } catch {
      // Another worker was first.
      fs.rmSync(own, { recursive: true });
    }
  }
  return built;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeshOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process once it writes this to stderr. */
  readonly on?: { readonly text: RegExp; readonly act: (pid: number) => void };
}

/** How many processes of the CLI a test file may start: each takes a third of a second of a core, and more where it asks the jobs. */
const MOST_STARTS = 64;
let starts = 0;
afterAll(() => {
  if (starts > MOST_STARTS) throw new Error(`this file starts the CLI ${starts} times, ${MOST_STARTS} are allowed: use meshHere of in-process.ts where no process of its own is needed`);
});

/** Runs the built CLI as a person's shell would, without a terminal. */
export function mesh(args: readonly string[], options: MeshOptions): Promise<Ended> {
  return ended(process.execPath, [builtMesh(), ...args], options);
}

/** The same on a terminal of a size: what it writes, stdout and stderr as one. */
export async function meshOnTerminal(args: readonly string[], columns: number, options: MeshOptions): Promise<Ended> {
  const quoted = [process.execPath, builtMesh(), ...args].map((word) => `'${word.replaceAll('\'', `'\\''`)}'`).join(' ');
  return ended('script', ['-qec', `stty cols ${columns} rows 40; ${quoted}`, '/dev/null'], { ...options, env: { TERM: 'xterm-256color', ...options.env } });
}

function ended(command: string, args: readonly string[], { cwd, env, on }: MeshOptions): Promise<Ended> {
  starts += 1;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...plainEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let acted = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (!acted && on?.text.test(stderr) === true) {
        acted = true;
        on.act(child.pid!);
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is gone after the test file. */
export function freshFolder(): string {
  folders.push(fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-cli-')));
  return folders[folders.length - 1];
}

/** Writes files, by their path below a folder. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}
