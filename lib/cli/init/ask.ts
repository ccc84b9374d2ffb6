import { openPrompts, type Prompts } from '../terminal/prompts';
import { nameFault } from './names';

export interface Answers {
  readonly domain: string;
  readonly entity: string;
  readonly owner: string;
}

/** Asks a person for what the command line left out. */
export async function ask(known: Partial<Answers>, domains: readonly string[]): Promise<Answers> {
  const prompts = await openPrompts();
  prompts.begin('A new data product');
  const { domain, entity } = await askNames(prompts, known, domains);
  const owner = known.owner ?? await askOwner(prompts);
  prompts.end(`dp_${domain}_${entity}`);
  return { domain, entity, owner };
}

/** What every product is named by. */
export async function askNames(prompts: Prompts, known: Partial<Answers>, domains: readonly string[]): Promise<Pick<Answers, 'domain' | 'entity'>> {
  const domain = known.domain ?? await askDomain(prompts, domains);
  const entity = known.entity ?? await prompts.text({ message: 'What does it hold many of?', placeholder: 'orders', fault: (text) => nameFault('entity', text) });
  return { domain, entity };
}

export function askOwner(prompts: Prompts): Promise<string> {
  return prompts.text({ message: 'Who answers for it?', placeholder: 'an e-mail address', fault: ownerFault });
}

async function askDomain(prompts: Prompts, domains: readonly string[]): Promise<string> {
  const other = 'another…';
  const chosen = domains.length === 0 ? other : await prompts.choose('Which domain owns it?', [...domains, other].map((value) => ({ value })));
  return chosen === other ? prompts.text({ message: 'Name of the domain?', placeholder: 'sales', fault: (text) => nameFault('domain', text) }) : chosen;
}

/** Why a text cannot be the owner; undefined where it can. */
export function ownerFault(text: string): string | undefined {
  return /^[\w.+-]+@[\w.-]+$|^[A-Za-z][\w.-]*$/.test(text) && !['true', 'false', 'null'].includes(text) ? undefined : `an owner is an e-mail address or a user name, got "${text.slice(0, 60)}"`;
}
