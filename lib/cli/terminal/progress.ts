import { shorten } from './text';
import { type Channel } from './terminal';
import { took } from './units';

/** Long work as a person watches it: a moving line for what runs, one line for what is done. Silent where nobody watches. */
export interface Progress {
  /** What runs now. */
  readonly doing: (text: string) => void;
  /** A step that has ended. */
  readonly done: (text: string, seconds: number) => void;
  /** Leaves no moving line behind. */
  readonly stop: () => void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR = '\r\u001b[2K';

export const silent: Progress = { doing: () => undefined, done: () => undefined, stop: () => undefined };

export function openProgress(channel: Channel, env: NodeJS.ProcessEnv): Progress {
  if (!channel.tty || env.TERM === 'dumb' || env.CI !== undefined) return silent;
  let timer: NodeJS.Timeout | undefined;
  let text = '';
  let since = 0;
  let frame = 0;
  const draw = (): void => {
    const waited = (Date.now() - since) / 1000;
    const note = waited >= 2 ? ` ${took(waited)}` : '';
    channel.write(`${CLEAR}${channel.paint.cyan(FRAMES[frame++ % FRAMES.length])} ${shorten(`${text}${note}`, channel.width() - 3)}`);
  };
  const stop = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    channel.write(CLEAR);
  };
  return {
    stop,
    doing: (next) => {
      text = next;
      since = Date.now();
      timer ??= setInterval(draw, 100).unref();
      draw();
    },
    done: (what, seconds) => {
      stop();
      channel.line(`${channel.paint.green('✔')} ${shorten(what, channel.width() - 12)} ${channel.paint.dim(took(seconds))}`);
    },
  };
}
