import { main } from '../../lib/cli/main';
import { plainEnvironment } from './plain-environment';

// Some verbs start Python: on a busy machine that takes its time.
jest.setTimeout(120_000);

/** What a command ended with. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, without a terminal: for what needs no build and no process of its own. */
export async function meshHere(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const said = { out: '', err: '' };
  const into = (name: 'out' | 'err'): NodeJS.WriteStream => ({ write: (text: string) => { said[name] += text; return true; } }) as unknown as NodeJS.WriteStream;
  const code = await main(args, { stdin: {} as NodeJS.ReadStream, stdout: into('out'), stderr: into('err') } as never, cwd, { ...plainEnvironment(), ...env });
  return { code, ...said };
}
