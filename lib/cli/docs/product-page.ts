import { hasConsumers } from '../../contract/lifecycle';
import { customProperty } from '../../contract/mesh-property';
import { ownerOf } from '../../contract/owner';
import { slaName } from '../../contract/service-level';
import { tierOf } from '../../contract/tier';
import { catalogueOf as plannedCatalogueOf } from '../../plan/catalogue';
import { type SignoffState } from '../../plan/signoff/check-signoffs';
import { plural } from '../terminal/units';
import { accessSection, consumersSection } from './access-section';
import { type Catalogue, type Entry, titleOf } from './catalogue';
import { badge, facts, type Page, table } from './frame';
import { type Html, html, nothing, outward, sentence, slug } from './html';
import { columnLineage, neighbourhood } from './lineage';
import { moment, qualitySection, verdictBadge } from './quality-section';
import { type Relations } from './relations';
import { schemaSection } from './schema-section';
import { versionsSection } from './versions-section';

/** All that a consumer wants to know of one version of a product. */
export function productPage(entry: Entry, catalogue: Catalogue, relations: Relations): Page {
  const { contract } = entry;
  const shown = plannedCatalogueOf(contract, catalogue.vocabulary);
  const consumers = consumersSection(entry, relations, catalogue);
  const [around, columns] = [neighbourhood(entry, relations), columnLineage(entry, relations)];
  const sections = ([
    ['About', about(entry, shown)],
    ['Tables', schemaSection(entry, catalogue)],
    ['Quality', qualitySection(entry)],
    ['Service level', serviceLevel(entry)],
    ['Access', accessSection(entry)],
    ['Consumers', consumers ?? nothing],
    ['Lineage', html`${around}${columns}`],
    ['Queries', queries(shown.sampleQueries)],
    ['Versions', versionsSection(entry, catalogue)],
    ['Sign-offs', signoffs(entry.signoffs)],
    ['Contract', html`<details><summary><code>${entry.file}</code></summary><pre tabindex="0"><code>${entry.text}</code></pre></details>`],
  ] as const).filter(([, content]) => content.text.trim() !== '');
  return {
    path: `products/${entry.slug}.html`, title: `${titleOf(entry)} v${entry.major}`, part: 'products',
    body: html`<p class="crumbs"><a href="../index.html">Products</a> / <a href="../domains/${catalogue.domains.get(entry.domain)}.html">${entry.domain}</a></p>
<h1>${titleOf(entry)} <span class="version">${contract.version}</span></h1>
<p class="badges">${statusBadge(entry)} ${verdictBadge(entry)} ${badge(`${tierOf(contract)} tier`)} <code>${contract.id}</code></p>
${banner(entry, relations)}
${contract.description.purpose !== undefined && html`<p class="lead">${contract.description.purpose}</p>`}
<div class="columns-2">
<nav class="contents" aria-label="On this page"><ul>${sections.map(([name]) => html`<li><a href="#${slug(name)}">${name}</a></li>`)}</ul></nav>
<div>${sections.map(([name, content]) => html`<section aria-labelledby="${slug(name)}"><h2 id="${slug(name)}">${name}</h2>
${content}</section>
`)}</div>
</div>`,
  };
}

/** The state of a product in its life. */
export function statusBadge({ contract: { status } }: Entry): Html {
  return badge(status ?? 'no status', status === 'active' ? 'good' : status === 'deprecated' ? 'fair' : status === 'retired' ? 'bad' : 'plain');
}

function banner(entry: Entry, relations: Relations): Html {
  const { contract, errors } = entry;
  const day = (name: string): string | undefined => {
    const value = contract.slaProperties.find(({ property }) => slaName(property) === name)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const successor = relations.successorOf(entry);
  const named = customProperty(contract, 'mesh.supersededBy');
  const instead = successor !== undefined ? html` Use <a href="${successor.slug}.html">${titleOf(successor)} v${successor.major}</a> instead.` : typeof named === 'string' ? html` Use ${named} instead.` : nothing;
  const [support, life] = [day('endOfSupport'), day('endOfLife')];
  return html`${contract.status === 'deprecated' && html`<div class="banner fair" role="note"><strong>Deprecated.</strong>${support !== undefined && html` Supported until <time datetime="${support}">${support}</time>.`}${life !== undefined && html` Gone after <time datetime="${life}">${life}</time>.`}${instead} New subscriptions are not taken.</div>`}
${contract.status === 'retired' && html`<div class="banner bad" role="note"><strong>Retired.</strong> Nobody can read it any more.${instead}</div>`}
${(contract.status === 'proposed' || contract.status === 'draft') && html`<div class="banner plain" role="note"><strong>${contract.status === 'proposed' ? 'Proposed' : 'Draft'}.</strong> It is not open to consumers yet.</div>`}
${errors > 0 && html`<div class="banner bad" role="note"><strong>${plural(errors, 'error')}</strong> in its files: it cannot be built as it is. <code>mesh validate</code> shows them.</div>`}`;
}

function about(entry: Entry, shown: ReturnType<typeof plannedCatalogueOf>): Html {
  const { contract } = entry;
  const { description, team, price } = contract;
  const owner = ownerOf(contract);
  const residency = customProperty(contract, 'mesh.residency');
  return html`${description.usage !== undefined && html`<h3>What it is good for</h3><p>${description.usage}</p>`}
${description.limitations !== undefined && html`<h3>Limitations</h3><p>${description.limitations}</p>`}
${facts([
    ['Owner', owner === undefined ? undefined : [owner.name !== undefined && `${owner.name}, `, owner.username]], ['Team', team.name],
    ['Others', team.members.filter((member) => member !== owner && member.dateOut === undefined).map(({ username, role }) => [username, role].filter((each) => each !== undefined).join(', ')).join('; ')],
    ['Ask', shown.support !== undefined && shown.support.length > 0 && shown.support.map(({ channel, url, description: what }, at) => [at > 0 && '; ', url === null ? channel : outward(url, channel), what !== null && ` (${what})`])],
    ['Data lives in', Array.isArray(residency) && residency.map(String).join(', ')],
    ['Costs', price?.priceAmount !== undefined && `${price.priceAmount} ${price.priceCurrency ?? ''} ${price.priceUnit === undefined ? '' : `per ${price.priceUnit}`}`],
    ['See also', shown.links.length > 0 && shown.links.map(({ title, url }, at) => [at > 0 && '; ', outward(url, title)])],
    ['Tags', shown.tags.length > 0 && shown.tags.map((tag) => [badge(tag), ' '])],
  ])}`;
}

function serviceLevel({ contract }: Entry): Html {
  if (contract.slaProperties.length === 0) return html`<p class="note">The contract promises no service level${hasConsumers(contract.status) && ', and the product is open to consumers'}.</p>`;
  return table(['Promise', 'Value', 'Of', 'What it means'], contract.slaProperties.map(({ property, value, unit, element, description }) => ({
    cells: [inWords(slaName(property) ?? property), [value, unit].filter((each) => each !== undefined && each !== null).join(' '), element ?? '–', description],
  })), 'Service level');
}

/** `end of life` of `endOfLife`. */
function inWords(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function queries(list: readonly { readonly title: string; readonly sql: string }[]): Html {
  return html`${list.map(({ title, sql }) => html`<figure><figcaption>${title}</figcaption><pre tabindex="0"><code>${sql}</code></pre></figure>`)}`;
}

function signoffs(states: readonly SignoffState[]): Html {
  if (states.every(({ signed, required }) => signed === undefined && !required)) return nothing;
  const standing = ({ signed, fault, required }: SignoffState): Html => (fault !== undefined ? badge('void', 'bad') : signed !== undefined ? badge('signed', 'good') : required ? badge('missing', 'fair') : badge('not asked for'));
  return table(['Part', 'Stands', 'Signed by', 'On', 'Until'], states.map((state) => ({
    cells: [state.part, html`${standing(state)}${state.fault !== undefined && html` <span class="detail">${sentence(state.fault)}</span>`}`, state.signed?.signer ?? '–', state.signed === undefined ? '–' : moment(state.signed.signedAt), state.signed?.until ?? '–'],
  })), 'Sign-offs');
}
