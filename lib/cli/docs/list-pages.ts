import { fieldsWithin } from '../../contract/lint/rule';
import { termOf } from '../../contract/named-terms';
import { slaName } from '../../contract/service-level';
import { type Term } from '../../contract/vocabulary';
import { plural } from '../terminal/units';
import { type Catalogue, type Entry, titleOf } from './catalogue';
import { badge, facts, type Page, table } from './frame';
import { anchor, html, outward } from './html';
import { verdictBadge } from './quality-section';
import { statusBadge } from './product-page';

/** Products of a domain that the first page names. */
const SHOWN = 12;

/** All products by domain. */
export function indexPage(catalogue: Catalogue): Page {
  const { entries, domains, terms, name, mesh } = catalogue;
  const within = (domain: string): Entry[] => entries.filter((entry) => entry.domain === domain);
  return {
    path: 'index.html', title: name, part: 'products',
    body: html`<h1>Data products</h1>
<p class="lead">${plural(entries.length, 'product')} in ${plural(domains.size, 'domain')}${terms.size > 0 && html`, and <a href="terms.html">${plural(terms.size, 'term')}</a> that they share`}.</p>
<div class="domains">${[...domains].map(([domain, page]) => html`<section class="domain"><h2><a href="domains/${page}.html">${domain}</a></h2>
${mesh?.domain(domain)?.description !== undefined && html`<p>${mesh.domain(domain)!.description}</p>`}
<ul>${within(domain).slice(0, SHOWN).map((entry) => html`<li><a href="products/${entry.slug}.html">${titleOf(entry)}</a> <span class="detail">v${entry.major}</span>${entry.contract.status !== 'active' && html` ${statusBadge(entry)}`}${entry.contract.description.purpose !== undefined && html`<span class="purpose">${entry.contract.description.purpose}</span>`}</li>
`)}</ul>${within(domain).length > SHOWN && html`
<p><a href="domains/${page}.html">All ${plural(within(domain).length, 'product')} of ${domain}</a></p>`}</section>
`)}</div>`,
  };
}

export function domainPages(catalogue: Catalogue): Page[] {
  return [...catalogue.domains].map(([domain, page]): Page => {
    const entries = catalogue.entries.filter((entry) => entry.domain === domain);
    const about = catalogue.mesh?.domain(domain);
    return {
      path: `domains/${page}.html`, title: domain, part: 'products',
      body: html`<p class="crumbs"><a href="../index.html">Products</a></p>
<h1>${domain}</h1>
${about?.description !== undefined && html`<p class="lead">${about.description}</p>`}
${facts([['Owner', about?.owner], ['Cost centre', about?.costCentre], ['Class of its columns', catalogue.mesh?.classification(domain)], ['Region', about === undefined ? undefined : catalogue.mesh?.region(domain)]])}
${table(['Product', 'Status', 'Certificate', 'Fresh', 'What it is'], entries.map((entry) => ({
        cells: [html`<a href="../products/${entry.slug}.html">${titleOf(entry)}</a> <span class="detail">${entry.contract.version}</span>`, statusBadge(entry), verdictBadge(entry), freshness(entry), entry.contract.description.purpose],
      })), `Products of ${domain}`)}`,
    };
  });
}

function freshness({ contract }: Entry): string {
  const promised = contract.slaProperties.find(({ property }) => slaName(property) === 'freshness');
  return promised === undefined ? '–' : [promised.value, promised.unit].filter((each) => each !== undefined).join(' ');
}

/** The vocabulary, and a page for each term with all that bears it. */
export function termPages(catalogue: Catalogue): Page[] {
  const { vocabulary, terms } = catalogue;
  if (vocabulary === undefined) {
    return [{ path: 'terms.html', title: 'Terms', part: 'terms', body: html`<h1>Terms</h1><p class="lead">This mesh has no vocabulary yet: <code>contracts/vocabulary.yaml</code> would be it.</p>` }];
  }
  const bearers = bearersOf(catalogue);
  const all = [...vocabulary.terms.values()].sort((a, b) => (a.term.toLowerCase() < b.term.toLowerCase() ? -1 : 1));
  return [{
    path: 'terms.html', title: 'Terms', part: 'terms',
    body: html`<h1>Terms</h1>
<p class="lead">What the words of this mesh mean. A column that bears a term means this.</p>
${table(['Term', 'Context', 'Means', 'Borne by'], all.map((term) => ({
      cells: [html`<a href="terms/${terms.get(term.term)}.html">${term.term}</a>`, term.context ?? 'everywhere', term.definition, `${bearers.get(term.term)?.length ?? 0}`],
    })), 'Terms of the mesh')}`,
  }, ...all.map((term) => termPage(term, bearers.get(term.term) ?? [], catalogue))];
}

interface Bearer {
  readonly entry: Entry;
  readonly table: string;
  /** Undefined of the table itself. */
  readonly column: string | undefined;
  readonly description: string | undefined;
}

function termPage(term: Term, bearers: readonly Bearer[], { terms }: Catalogue): Page {
  return {
    path: `terms/${terms.get(term.term)!}.html`, title: term.term, part: 'terms',
    body: html`<p class="crumbs"><a href="../terms.html">Terms</a></p>
<h1>${term.term}</h1>
<p class="lead">${term.definition}</p>
${facts([
      ['Context', term.context ?? 'everywhere'], ['Owner', term.owner], ['Also called', term.synonyms?.join(', ')], ['Type', term.type !== undefined && html`<code>${term.type}</code>`],
      ['Examples', term.examples?.join('; ')], ['More', term.url !== undefined && outward(term.url)],
    ])}
<h2>Borne by</h2>
${bearers.length === 0 ? html`<p class="note">No table and no column bears it.</p>` : table(['Column', 'Product', 'Meaning there'], bearers.map(({ entry, table: object, column, description }) => ({
      cells: [html`<a href="../products/${entry.slug}.html#${anchor(object, column)}"><code>${column === undefined ? object : `${object}.${column}`}</code></a>${column === undefined && html` ${badge('table')}`}`, `${titleOf(entry)} v${entry.major}`, description],
    })), `Tables and columns that bear ${term.term}`)}`,
  };
}

function bearersOf({ entries, vocabulary }: Catalogue): Map<string, Bearer[]> {
  const found = new Map<string, Bearer[]>();
  const note = (named: Parameters<typeof termOf>[0] & { readonly description?: string | undefined }, bearer: Omit<Bearer, 'description'>): void => {
    const term = termOf(named, vocabulary!, bearer.entry.contract.domain)?.term;
    if (term !== undefined) found.set(term, [...found.get(term) ?? [], { ...bearer, description: named.description }]);
  };
  for (const entry of entries) {
    for (const object of entry.contract.schema) {
      note(object, { entry, table: object.name, column: undefined });
      for (const property of object.properties) {
        for (const each of [property, ...fieldsWithin(property)]) note(each, { entry, table: object.name, column: property.name });
      }
    }
  }
  return found;
}
