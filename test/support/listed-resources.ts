import * as fs from 'node:fs';
import * as path from 'node:path';

const PAGE = path.resolve(__dirname, '../../docs/resources.md');

/** Types that the tables below a heading of the page of resources list. */
export function listedResources(heading: string): string[] {
  const section = fs.readFileSync(PAGE, 'utf8').split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `([A-Za-z]+::[A-Za-z0-9:]+)` \| [^|]+ \| [^|]{10,} \|$/gm)].map((match) => match[1]).sort();
}
