import { type Paint, paint, wantsColour } from './paint';
import { wrapWords } from './text';

/** One of the two streams a command writes to. */
export interface Channel {
  readonly write: (text: string) => void;
  /** One line. */
  readonly line: (text?: string) => void;
  readonly tty: boolean;
  /** Columns; 120 where it is no terminal, which is what logs are read in. */
  readonly width: () => number;
  readonly paint: Paint;
  /** Breaks a sentence between words where a terminal would break it anywhere; elsewhere a line stays a line. */
  readonly fold: (text: string, indent: string) => string;
}

/** Results go to out, everything else to err; prompts are only shown when a person is there. */
export interface Terminal {
  readonly out: Channel;
  readonly err: Channel;
  readonly interactive: boolean;
}

type Output = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

function channel(stream: Output, env: NodeJS.ProcessEnv): Channel {
  const tty = stream.isTTY === true;
  const write = (text: string): void => void stream.write(text);
  const width = (): number => {
    const told = Number(env.COLUMNS);
    return stream.columns ?? (Number.isInteger(told) && told > 0 ? told : 120);
  };
  return {
    write, tty, width,
    line: (text = '') => write(`${text}\n`),
    fold: (text, indent) => (tty ? wrapWords(text, Math.max(40, width()), indent) : text),
    paint: paint(wantsColour(tty, env)),
  };
}

export function openTerminal(streams: { stdin: { isTTY?: boolean }; stdout: Output; stderr: Output }, env: NodeJS.ProcessEnv): Terminal {
  const out = channel(streams.stdout, env);
  const err = channel(streams.stderr, env);
  // node opens stdin when it is first looked at, and most commands never ask
  return { out, err, get interactive() { return env.CI === undefined && out.tty && err.tty && streams.stdin.isTTY === true; } };
}
