// Searching the site of mesh docs: products with their columns, terms and domains. Text goes into the page as text, never as markup.
'use strict';
(() => {
  const up = document.documentElement.dataset.up;
  const input = document.getElementById('search');
  const list = document.getElementById('results');
  const told = document.getElementById('found');
  const MOST = 20;
  let index;
  let chosen = -1;

  /** The index is a script, since a page that is opened as a file may not fetch one. */
  function load() {
    index ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${up}search-index.js`;
      script.onload = () => resolve(prepared(globalThis.meshIndex));
      script.onerror = reject;
      document.head.append(script);
    });
    return index;
  }

  /** Everything that can be found: what it is called, where it is, and the texts that are looked through. */
  function prepared({ products, terms, domains }) {
    const late = (version) => (version.includes(' ') ? 1 : 0);
    const anchor = (...names) => encodeURIComponent(names.join('.').replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '').slice(0, 120) || 'x');
    const found = [];
    for (const [title, slug, domain, version, text, tables, more] of products) {
      const page = `products/${slug}.html`;
      found.push({ title, page, kind: `${domain} · ${version}`, text, less: `${domain} ${text} ${more}`.toLowerCase(), weight: late(version) });
      for (const [table, columns] of tables) {
        for (const column of columns === '' ? [] : columns.split('\n')) {
          const [name] = column.split('\t', 1);
          found.push({ title: `${table}.${name}`, page: `${page}#${anchor(table, name)}`, kind: 'column', text: `${title} ${version}, ${domain}`, less: `${column} ${title} ${domain}`.toLowerCase(), weight: 2 + late(version) });
        }
      }
    }
    for (const [title, slug, text, synonyms] of terms) found.push({ title, page: `terms/${slug}.html`, kind: 'term', text, less: `${synonyms} ${text}`.toLowerCase(), weight: 1 });
    for (const [title, slug] of domains) found.push({ title, page: `domains/${slug}.html`, kind: 'domain', text: '', less: '', weight: 1 });
    return found.map((each) => ({ ...each, name: each.title.toLowerCase() }));
  }

  /** The lower the better; undefined where a word is nowhere. A name says more than a text, its beginning more than its end. */
  function score(each, words) {
    let sum = each.weight;
    for (const word of words) {
      const at = each.name.indexOf(word);
      if (at >= 0) sum += each.name === word ? 0 : at === 0 ? 1 : /[a-z0-9]/.test(each.name[at - 1]) ? 4 : 2;
      else if (each.less.includes(word)) sum += 8;
      else return undefined;
    }
    return sum;
  }

  async function search() {
    const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    if (words.length === 0) return close();
    const asked = input.value;
    const found = (await load()).map((each) => ({ each, score: score(each, words) })).filter((one) => one.score !== undefined);
    if (asked !== input.value) return undefined;
    found.sort((a, b) => a.score - b.score || a.each.name.length - b.each.name.length || (a.each.name < b.each.name ? -1 : 1));
    show(found.slice(0, MOST).map(({ each }) => each), found.length, words);
    return undefined;
  }

  function show(found, total, words) {
    chosen = -1;
    list.replaceChildren(...found.map((each, at) => {
      // No link within: an option is one thing to whoever hears the page.
      const item = element('li', { role: 'option', id: `result-${at}`, 'aria-selected': 'false', 'data-page': each.page });
      item.append(element('span', { class: 'kind' }, each.kind), marked(each.title, words), element('span', { class: 'text' }, each.text));
      return item;
    }));
    const said = total === 0 ? 'Nothing found' : total > MOST ? `${MOST} of ${total} found` : `${total} found`;
    told.textContent = said;
    told.className = total === 0 ? 'nothing' : 'unseen';
    list.hidden = total === 0;
    input.setAttribute('aria-expanded', String(total > 0));
    input.removeAttribute('aria-activedescendant');
  }

  function marked(title, words) {
    const shown = element('span', {});
    const at = words.map((word) => [title.toLowerCase().indexOf(word), word.length]).find(([start]) => start >= 0);
    if (at === undefined) shown.textContent = title;
    else shown.append(title.slice(0, at[0]), element('mark', {}, title.slice(at[0], at[0] + at[1])), title.slice(at[0] + at[1]));
    return shown;
  }

  function element(name, attributes, text) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function close() {
    list.hidden = true;
    chosen = -1;
    told.textContent = '';
    told.className = 'unseen';
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function choose(step) {
    const options = [...list.querySelectorAll('[role=option]')];
    if (options.length === 0) return;
    options[chosen]?.setAttribute('aria-selected', 'false');
    chosen = (chosen + step + options.length + (chosen < 0 && step < 0 ? 1 : 0)) % options.length;
    options[chosen].setAttribute('aria-selected', 'true');
    options[chosen].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', options[chosen].id);
  }

  /** To what was found; with Ctrl, Cmd or the middle button in a tab of its own, as with a link. */
  function go(item, { ctrlKey, metaKey, button }) {
    if (item === null || button === 2) return;
    close();
    const url = up + item.dataset.page;
    if (ctrlKey || metaKey || button === 1) window.open(url, '_blank', 'noopener');
    else window.location.href = url;
  }

  input.closest('.search').hidden = false;
  for (const kind of ['click', 'auxclick']) list.addEventListener(kind, (event) => go(event.target.closest('[role=option]'), event));
  input.addEventListener('focus', load, { once: true });
  input.addEventListener('input', search);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter') {
      go(list.querySelector('[aria-selected=true]') ?? list.firstElementChild, event);
    } else if (event.key === 'Escape') {
      input.value = '';
      close();
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(?:INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener('click', (event) => {
    if (!input.closest('.search').contains(event.target)) close();
  });
})();
