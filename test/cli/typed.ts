import { meshHere } from './in-process';

const WORD = /"([^"$`\\]*)"|'([^']*)'|([\w./:=,@+-]+)/;
const COMMAND = new RegExp(`^mesh(?: +(?:${WORD.source}))*$`);

/** Types a command of mesh, in this process; undefined for a line that a shell has something to do with. */
export async function typed(line: string, cwd: string): Promise<{ code: number; output: string } | undefined> {
  if (!COMMAND.test(line)) return undefined;
  const [, ...args] = [...line.matchAll(new RegExp(WORD, 'g'))].map(([, ...words]) => words.find((word) => word !== undefined)!);
  const { code, out, err } = await meshHere(args, cwd);
  return { code, output: `${out}${err}` };
}
