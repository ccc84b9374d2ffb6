import { TIERS } from '../../contract/tier';
import { askOwner } from '../init/ask';
import { singular } from '../init/names';
import { type Prompts } from '../terminal/prompts';
import { columnFault, readColumn } from './columns';
import { FAULTS, FRESHNESS, type Known } from './known';

/** Asks a person for what the command line left out of a product `entity`: Enter takes what is shown, or leaves a thing open. */
export async function askKnown(prompts: Prompts, entity: string, known: Known, consumers: readonly string[]): Promise<Known> {
  const one = singular(entity).replaceAll('_', ' ');
  const open = async (field: 'purpose' | 'availability' | 'notice' | 'sources', message: string, example: string): Promise<string | undefined> => (
    known[field] ?? (await prompts.text({ message, placeholder: `${example}; Enter leaves it open`, otherwise: '', fault: FAULTS[field] ?? (() => undefined) }) || undefined)
  );
  return without({
    owner: known.owner ?? await askOwner(prompts),
    purpose: await open('purpose', 'What is it for?', `why anybody needs each ${one}`),
    grain: known.grain ?? await prompts.text({ message: 'What is one row?', placeholder: `one row per ${one}`, otherwise: `one row per ${one}`, fault: () => undefined }),
    columns: known.columns ?? await askColumns(prompts, `${singular(entity)}_id string`),
    freshness: known.freshness ?? await prompts.text({ message: 'How old may the data be?', placeholder: FRESHNESS, otherwise: FRESHNESS, fault: FAULTS.freshness! }),
    availability: await open('availability', 'How much of the time is it that fresh, in percent?', '99.5'),
    tier: known.tier ?? await prompts.choose('How far does it reach?', TIERS.map((value) => ({ value, hint: REACH[value] })), 'domain'),
    notice: await open('notice', 'How long before its end do you announce it?', '90d'),
    consumers: known.consumers ?? await askConsumers(prompts, consumers),
    sources: await open('sources', 'What is it built from, in words?', 'shop system, CRM export'),
  });
}

const REACH: Readonly<Record<(typeof TIERS)[number], string>> = { enterprise: 'the whole organisation relies on it', domain: 'its own domain and a few others', edge: 'one use, or a trial' };

/** A column an answer, the key first; then, of those of which no class was written, which are to be guarded. */
async function askColumns(prompts: Prompts, key: string): Promise<string> {
  const columns = [await prompts.text({ message: 'Which column tells one row from another? Name, type and perhaps class', placeholder: key, otherwise: key, fault: columnFault })];
  for (;;) {
    const fault = (text: string): string | undefined => (
      columnFault(text) ?? (columns.some((each) => readColumn(each).name === readColumn(text).name) ? `"${readColumn(text).name}" is already there` : undefined)
    );
    const column = await prompts.text({ message: 'Another column?', placeholder: 'email string confidential; Enter when there is none', otherwise: '', fault });
    if (column === '') break;
    columns.push(column);
  }
  const unsaid = columns.map(readColumn).filter(({ classification }) => classification === undefined);
  if (unsaid.length === 0) return columns.join(', ');
  const guarded = await prompts.several('Which of them are confidential, such as personal data?', unsaid.map(({ name, type }) => ({ value: name, hint: type })));
  return columns.map((column) => (guarded.includes(readColumn(column).name) ? `${readColumn(column).name} ${readColumn(column).type} ${GUARDED}` : column)).join(', ');
}

const GUARDED = 'confidential';

async function askConsumers(prompts: Prompts, consumers: readonly string[]): Promise<string | undefined> {
  if (consumers.length === 0) return undefined;
  return (await prompts.several('Who asked for it?', consumers.map((value) => ({ value })))).join(', ') || undefined;
}

/** Of what nobody answered, nothing is known. */
function without(known: { readonly [Field in keyof Known]: Known[Field] | undefined }): Known {
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
