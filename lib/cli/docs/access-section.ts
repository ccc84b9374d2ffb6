import { accessShapes, publishedColumns } from '../../contract/access-shape';
import { entityOf } from '../../contract/names';
import { type Catalogue, type Entry, titleOf } from './catalogue';
import { facts, table } from './frame';
import { type Html, html } from './html';
import { consumersOf, type Relations } from './relations';

/** Who may see what, and how to ask for it: the shapes in which a product can be read. */
export function accessSection({ contract, tables, id, domain, major, plan }: Entry): Html {
  if (contract.roles.length === 0) return html`<p class="note">The contract opens no role: nobody but its producer reads this product.</p>`;
  const columns = tables.flatMap(({ object, columns: own }) => publishedColumns(object.name, own));
  return html`${accessShapes(contract, columns).map(({ role, columns: seen, clearance, rowFilter, purpose, consumers }, at) => {
    const hidden = columns.filter(({ object, name }) => !seen.some((column) => column.object === object && column.name === name));
    const { description } = contract.roles[at];
    return html`<section class="role"><h3>${role}</h3>
${description !== undefined && html`<p>${description}</p>`}
${facts([
      ['Purpose', purpose], ['Clearance', clearance], ['Rows', rowFilter === null ? 'all' : html`those with <code>${rowFilter}</code>`],
      ['Columns', hidden.length === 0 ? `all ${columns.length}` : `${seen.length} of ${columns.length}`],
      ['Not', hidden.length > 0 && html`<code>${hidden.map(({ object, name }) => (tables.length > 1 ? `${object}.${name}` : name)).join(', ')}</code>`],
      ['Has it', consumers.length === 0 ? 'who subscribes and is approved' : consumers.join(', ')],
    ])}
</section>`;
  })}
${contract.status === 'active' && html`<p class="note">To ask for one, subscribe to <code>${domain}/${entityOf(id, domain)} v${major}${typeof plan?.environment === 'string' && ` (${plan.environment})`}</code> in the catalogue, with the reason <code>role: ${contract.roles[0].role}</code>.</p>`}`;
}

/** Products and consumers that read this one. */
export function consumersSection(entry: Entry, relations: Relations, { mesh }: Catalogue): Html | undefined {
  const readers = relations.readersOf(entry);
  const consumers = consumersOf(entry);
  if (readers.length === 0 && consumers.length === 0) return undefined;
  return table(['Consumer', 'Reads', 'What it is'], [
    ...readers.map((reader) => ({
      cells: [html`<a href="${reader.slug}.html">${titleOf(reader)} v${reader.major}</a>`,
        (reader.plan?.sources ?? []).flatMap((source) => (source.kind === 'product' && relations.productOf(source) === entry ? [source.object] : [])).join(', '), `a product of ${reader.domain}`],
    })),
    ...consumers.map(({ consumer, role }) => {
      const known = mesh?.definition.consumers?.[consumer];
      return { cells: [consumer, `as ${role}`, [known?.description?.replace(/\.$/, ''), known?.owner].filter((each) => each !== undefined).join(', ') || 'a consumer of the mesh'] };
    }),
  ], 'Who reads this product');
}
