import { type Catalogue } from './catalogue';
import { type Html, html, type Value } from './html';

export interface Page {
  /** From the folder of the site, with `/`. */
  readonly path: string;
  readonly title: string;
  readonly body: Html;
  /** Which entry of the navigation it belongs to. */
  readonly part: 'products' | 'terms' | 'lineage';
}

const PARTS = [['products', 'Products', 'index.html'], ['terms', 'Terms', 'terms.html'], ['lineage', 'Lineage', 'lineage.html']] as const;

/** A page as it is written. Nothing is loaded from elsewhere: the policy forbids it to the browser as well. */
export function framed({ path, title, body, part }: Page, { name, now }: Catalogue): string {
  const up = '../'.repeat(path.split('/').length - 1);
  const { text } = html`<!doctype html>
<html lang="en" data-up="${up}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self' file:; script-src 'self' file:; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="mesh docs">
<title>${title === name ? name : `${title} · ${name}`}</title>
<link rel="stylesheet" href="${up}site.css">
<script src="${up}site.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="home" href="${up}index.html">${name}</a>
<nav aria-label="Site">${PARTS.map(([key, label, target]) => html`<a href="${up}${target}"${key === part && html` aria-current="true"`}>${label}</a>`)}</nav>
<div class="search" role="search" hidden>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="Search products, columns, terms" aria-label="Search products, columns and terms" role="combobox" aria-expanded="false" aria-controls="results" aria-autocomplete="list">
<kbd aria-hidden="true">/</kbd>
<ul id="results" role="listbox" aria-label="Found" hidden></ul>
<p id="found" class="unseen" role="status"></p>
</div>
</header>
<main id="main" tabindex="-1">
${body}
</main>
<footer>Made from the contracts by <code>mesh docs</code> on <time datetime="${now.toISOString()}">${now.toISOString().slice(0, 16).replace('T', ' ')} UTC</time></footer>
</body>
</html>
`;
  return text;
}

/** What something is, in a word; the colour says whether it is as it should be. */
export function badge(text: string, tone: 'good' | 'fair' | 'bad' | 'plain' = 'plain'): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** A table that becomes a list of cards where there is little room: each cell repeats the title of its column. */
export function table(titles: readonly string[], rows: readonly { readonly id?: string; readonly cells: readonly Value[] }[], caption: string): Html {
  return html`<div class="wide"><table class="cards"><caption class="unseen">${caption}</caption>
<thead><tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(({ id, cells }) => html`<tr${id !== undefined && html` id="${id}"`}>${cells.map((cell, at) => (
    at === 0 ? html`<th scope="row">${cell}</th>` : html`<td data-title="${titles[at]}">${cell}</td>`))}</tr>
`)}</tbody></table></div>`;
}

/** Facts with their names. */
export function facts(pairs: readonly (readonly [name: string, value: Value])[]): Html {
  const said = pairs.filter(([, value]) => value !== undefined && value !== null && value !== false && value !== '');
  return html`<dl class="facts">${said.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
