/** Colours a text, or leaves it as it is where colours are not wanted. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const wrap = (open: number, close: number, wanted: boolean) =>
  wanted ? (text: string) => `\u001b[${open}m${text}\u001b[${close}m` : (text: string) => text;

export function paint(wanted: boolean): Paint {
  return {
    bold: wrap(1, 22, wanted), dim: wrap(2, 22, wanted),
    red: wrap(31, 39, wanted), green: wrap(32, 39, wanted), yellow: wrap(33, 39, wanted), cyan: wrap(36, 39, wanted),
  };
}

/** NO_COLOR wins over FORCE_COLOR, both over what the stream is (https://no-color.org). */
export function wantsColour(tty: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return tty && env.TERM !== 'dumb';
}
