import { Interrupted } from '../failure';
import { nameFault } from './names';

export interface Answers {
  readonly domain: string;
  readonly entity: string;
  readonly owner: string;
}

/** Asks a person for what the command line left out. */
export async function ask(known: Partial<Answers>, domains: readonly string[], title = 'A new data product'): Promise<Answers> {
  const prompts = await import('@clack/prompts');
  const text = async (message: string, placeholder: string, validate: (value: string) => string | undefined, initialValue?: string): Promise<string> => {
    const answer = await prompts.text({ message, placeholder, validate: (value) => validate(value ?? ''), ...(initialValue === undefined ? {} : { initialValue }) });
    if (prompts.isCancel(answer)) throw new Interrupted('nothing was written');
    return answer;
  };
  const choose = async (): Promise<string> => {
    const other = 'another…';
    const answer = await prompts.select({ message: 'Which domain owns it?', options: [...domains, other].map((value) => ({ value })) });
    if (prompts.isCancel(answer)) throw new Interrupted('nothing was written');
    return answer === other ? askDomain() : answer;
  };
  const askDomain = (): Promise<string> => text('Name of the domain?', 'sales', (value) => nameFault('domain', value));
  prompts.intro(title);
  const domain = known.domain ?? (domains.length > 0 ? await choose() : await askDomain());
  const entity = known.entity ?? await text('What does it hold many of?', 'orders', (value) => nameFault('entity', value));
  const owner = known.owner ?? await text('Who answers for it?', 'an e-mail address', ownerFault);
  prompts.outro(`dp_${domain}_${entity}`);
  return { domain, entity, owner };
}

/** Why a text cannot be the owner; undefined where it can. */
export function ownerFault(text: string): string | undefined {
  return /^[\w.+-]+@[\w.-]+$|^[A-Za-z][\w.-]*$/.test(text) && !['true', 'false', 'null'].includes(text) ? undefined : `an owner is an e-mail address or a user name, got "${text.slice(0, 60)}"`;
}
