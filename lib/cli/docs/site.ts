import * as fs from 'node:fs';
import * as path from 'node:path';
import { packageRoot } from '../../plan/sql/python-home';
import { type Catalogue } from './catalogue';
import { framed } from './frame';
import { lineagePage } from './lineage';
import { domainPages, indexPage, termPages } from './list-pages';
import { productPage } from './product-page';
import { Relations } from './relations';
import { searchIndex } from './search-index';

export { catalogueOf } from './catalogue';
export { writeSite } from './write-site';

/** Files of the site by their path, with `/`: they need no server, and load nothing from elsewhere. */
export function siteOf(catalogue: Catalogue): Map<string, string> {
  const relations = new Relations(catalogue);
  const pages = [
    indexPage(catalogue), ...domainPages(catalogue), ...termPages(catalogue), lineagePage(catalogue, relations),
    ...catalogue.entries.map((entry) => productPage(entry, catalogue, relations)),
  ];
  return new Map([
    ...pages.map((page): [string, string] => [page.path, framed(page, catalogue)]),
    ['search-index.js', searchIndex(catalogue)],
    ...['site.css', 'site.js'].map((name): [string, string] => [name, asset(name)]),
  ]);
}

function asset(name: string): string {
  return fs.readFileSync(path.join(packageRoot(), 'lib', 'cli', 'docs', 'assets', name), 'utf8');
}
