import { type PlanSource } from '../../plan/plan-schema';
import { type Catalogue, type Entry, titleOf } from './catalogue';
import { type Edge, graph, type Node } from './graph';
import { anchor, type Html, html, nothing } from './html';
import { type Page, table } from './frame';
import { consumersOf, type Origin, type Relations } from './relations';

/** More boxes than a person looks through: beyond it nothing further away is drawn, or domains stand for their products. */
const MOST = 60;
/** Columns that one is followed to: through wide unions there may be millions of ways back. */
const FARTHEST = 100;

/** What a product is made of and who reads it, as far as it goes. */
export function neighbourhood(entry: Entry, relations: Relations): Html {
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const product = (each: Entry): void => {
    nodes.set(each.slug, productNode(each, each === entry ? 'here' : 'product', each === entry ? undefined : `${each.slug}.html`));
  };
  const upward = (each: Entry): void => {
    for (const source of each.plan?.sources ?? []) {
      const made = relations.productOf(source);
      const id = made?.slug ?? `${each.slug}/${source.name}`;
      edges.push({ from: id, to: each.slug });
      if (nodes.has(id) || nodes.size >= MOST) continue;
      if (made === undefined) nodes.set(id, { id, label: source.name, detail: describe(source), kind: 'source' });
      else {
        product(made);
        upward(made);
      }
    }
  };
  const downward = (each: Entry): void => {
    for (const { consumer, role } of consumersOf(each)) {
      const id = `consumer/${consumer}`;
      nodes.set(id, { id, label: consumer, detail: `reads as ${role}`, kind: 'consumer' });
      edges.push({ from: each.slug, to: id });
    }
    for (const reader of relations.readersOf(each)) {
      edges.push({ from: each.slug, to: reader.slug });
      if (nodes.has(reader.slug) || nodes.size >= MOST) continue;
      product(reader);
      downward(reader);
    }
  };
  product(entry);
  upward(entry);
  downward(entry);
  if (nodes.size === 1) return nothing;
  return html`${graph([...nodes.values()], distinct(edges), `What ${titleOf(entry)} is made of and who reads it`)}${
    nodes.size >= MOST && html`<p class="note">What is further away is not drawn.</p>`}`;
}

/** What each column is made of, through other products to the sources. */
export function columnLineage(entry: Entry, relations: Relations): Html {
  const rows = entry.tables.flatMap(({ object, columns }) => columns.map(({ name }) => ({ table: object.name, column: name, origins: relations.originsOf(entry, object.name, name) })))
    .filter(({ origins }) => origins.length > 0);
  if (rows.length === 0) return nothing;
  return html`<details class="columns"${rows.length <= MOST && html` open`}><summary>Column by column</summary>
${table(['Column', 'Is made of'], rows.map(({ table: object, column, origins }) => ({
    cells: [html`<a href="#${anchor(object, column)}"><code>${object}.${column}</code></a>`, trace(origins, relations, [], { left: FARTHEST })],
  })), 'What each column is made of')}</details>`;
}

function trace(origins: readonly Origin[], relations: Relations, path: readonly string[], room: { left: number }): Html {
  const shown = origins.slice(0, Math.max(0, room.left));
  room.left -= shown.length;
  return html`<ul class="trace">${shown.map((origin) => {
    const { entry, table: object, column, source } = origin;
    if (entry === undefined || object === undefined) return html`<li><code>${source?.name ?? 'unknown'}.${column}</code>${source !== undefined && html` <span class="detail">${describe(source)}</span>`}</li>`;
    const here = `${entry.slug}/${object}/${column}`;
    const further = path.includes(here) || room.left <= 0 ? [] : relations.originsOf(entry, object, column);
    return html`<li><a href="${entry.slug}.html#${anchor(object, column)}"><code>${object}.${column}</code></a> <span class="detail">${titleOf(entry)} v${entry.major}</span>${
      further.length > 0 && trace(further, relations, [...path, here], room)}</li>`;
  })}${room.left <= 0 && html`<li class="detail">and more</li>`}</ul>`;
}

/** The whole mesh: products that read each other, and the systems that feed them. */
export function lineagePage(catalogue: Catalogue, relations: Relations): Page {
  const edges = catalogue.entries.flatMap((entry) => relations.madeOf(entry).map((made) => ({ from: made, to: entry })));
  const joined = catalogue.entries.filter((entry) => edges.some(({ from, to }) => from === entry || to === entry));
  const byDomain = joined.length > MOST;
  const nodeOf = (entry: Entry): string => (byDomain ? entry.domain : entry.slug);
  const drawn = distinct(edges.map(({ from, to }) => ({ from: nodeOf(from), to: nodeOf(to) })));
  const nodes = byDomain
    ? [...new Set(joined.map(({ domain }) => domain))].map((domain): Node => ({ id: domain, label: domain, detail: `${joined.filter((each) => each.domain === domain).length} products`, kind: 'domain', href: `domains/${catalogue.domains.get(domain)!}.html` }))
    : joined.map((entry) => productNode(entry, 'product', `products/${entry.slug}.html`));
  return {
    path: 'lineage.html', title: 'Lineage', part: 'lineage',
    body: html`<h1>Lineage</h1>
<p class="lead">${nodes.length === 0 ? 'No product of this mesh is built from another one.' : byDomain ? 'Which domains are built on which. The page of a product shows what it is made of itself, down to the columns.' : 'Which products are built from which. The page of each shows what it is made of, down to the columns of its sources.'}</p>
${nodes.length > 0 && graph(nodes, drawn, 'Lineage of the mesh')}
${edges.length > 0 && html`<h2>As a list</h2>${table(['Product', 'Is built from'], joined.filter((entry) => relations.madeOf(entry).length > 0).map((entry) => ({
    cells: [link(entry), relations.madeOf(entry).map((made, at) => [at > 0 && ', ', link(made)])],
  })), 'Products and what they are built from')}`}`,
  };
}

function link(entry: Entry): Html {
  return html`<a href="products/${entry.slug}.html">${titleOf(entry)} v${entry.major}</a>`;
}

function productNode(entry: Entry, kind: 'here' | 'product', href: string | undefined): Node {
  return { id: entry.slug, label: titleOf(entry), detail: `${entry.domain}, v${entry.major}${entry.contract.status === undefined ? '' : `, ${entry.contract.status}`}`, kind, href };
}

/** Where a source is, in a few words. */
export function describe(source: PlanSource): string {
  switch (source.kind) {
    case 'product': return `${source.product} v${source.major}`;
    case 'files': return source.system ?? `${source.file.format === 'auto' ? '' : `${source.file.format} `}files`;
    case 'remote': return source.system ?? source.connector;
  }
}

function distinct(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.from} ${edge.to}`, edge])).values()];
}
