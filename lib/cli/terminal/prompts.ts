import { Interrupted } from '../failure';

export interface TextQuestion {
  readonly message: string;
  /** Shown where nothing is written yet. */
  readonly placeholder?: string;
  /** What an empty answer means. */
  readonly otherwise?: string;
  /** Why a text is no answer; asked again until there is nothing to say. */
  readonly fault: (text: string) => string | undefined;
}

export interface Choice {
  readonly value: string;
  readonly label?: string;
  readonly hint?: string;
}

/** Asks a person at a terminal; who stops answering stops the command. */
export interface Prompts {
  begin(title: string): void;
  end(text: string): void;
  text(question: TextQuestion): Promise<string>;
  choose(message: string, options: readonly Choice[], initial?: string): Promise<string>;
  /** Any number of them, none too. */
  several(message: string, options: readonly Choice[]): Promise<string[]>;
}

/** Prompts on the terminal of this process. */
export async function openPrompts(): Promise<Prompts> {
  const clack = await import('@clack/prompts');
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (clack.isCancel(answer)) throw new Interrupted('nothing was written');
    return answer as Exclude<T, symbol>;
  };
  return {
    begin: clack.intro,
    end: clack.outro,
    text: async ({ message, placeholder, otherwise, fault }) => answered(await clack.text({
      message, validate: (text) => (otherwise !== undefined && (text ?? '') === '' ? undefined : fault(text ?? '')),
      ...otherwise !== undefined && { defaultValue: otherwise }, ...placeholder !== undefined && { placeholder },
    })),
    choose: async (message, options, initial) => answered(await clack.select({ message, options: [...options], ...initial !== undefined && { initialValue: initial } })),
    several: async (message, options) => answered(await clack.multiselect({ message, options: [...options], required: false })),
  };
}
