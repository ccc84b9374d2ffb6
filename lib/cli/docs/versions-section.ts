import { DEFAULT_CLASSIFICATION } from '../../contract/classification';
import { dayOf } from '../../contract/day';
import { diffContracts } from '../../contract/diff/diff-contracts';
import { type Catalogue, type Entry } from './catalogue';
import { badge, table } from './frame';
import { type Html, html, sentence } from './html';

const TONES = { breaking: 'bad', risky: 'fair', safe: 'good' } as const;

/** The versions of a product that are there side by side, and what who moves to this one would notice. */
export function versionsSection(entry: Entry, catalogue: Catalogue): Html {
  const versions = catalogue.entries.filter(({ id }) => id === entry.id);
  const before = versions.filter(({ major }) => major < entry.major).pop();
  return html`${table(['Version', 'Status'], versions.map((each) => ({
    cells: [each === entry ? html`<strong>${each.contract.version}</strong>, this page` : html`<a href="${each.slug}.html">${each.contract.version}</a>`, each.contract.status ?? '–'],
  })), 'Versions of this product')}
${before !== undefined && changesSince(before, entry, catalogue)}`;
}

function changesSince({ contract: before }: Entry, { contract }: Entry, { mesh, vocabulary, now }: Catalogue): Html {
  const side = { classification: (domain: string | undefined) => mesh?.classification(domain) ?? DEFAULT_CLASSIFICATION, vocabulary };
  const changes = diffContracts(before, contract, { base: side, head: side, today: dayOf(now) });
  return html`<h3>What changed since ${before.version}</h3>
${changes.length === 0 ? html`<p>Nothing that a consumer would notice.</p>` : table(['Grade', 'Where', 'What a consumer notices'], changes.map(({ grade, path, message, id }) => ({
    cells: [badge(grade, TONES[grade]), html`<code>${path}</code>`, html`${sentence(message)} <span class="detail">${id}</span>`],
  })), `Changes since ${before.version}`)}`;
}
