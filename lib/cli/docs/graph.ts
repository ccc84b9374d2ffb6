import { type Html, html, type Value } from './html';

export interface Node {
  readonly id: string;
  readonly label: string;
  /** A second, smaller line. */
  readonly detail: string;
  readonly kind: 'product' | 'source' | 'consumer' | 'here' | 'domain';
  readonly href?: string | undefined;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

const WIDTH = 196;
const HEIGHT = 46;
const GAP = { x: 64, y: 14 };
/** Characters that fit into a box. */
const FITS = 25;

/** A graph from left to right: what a thing is made of stands to its left. Cycles are drawn, and do no harm. */
export function graph(nodes: readonly Node[], edges: readonly Edge[], title: string): Html {
  const known = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to));
  const layers = layered(nodes, drawn);
  const rows = Math.max(...layers.map((layer) => layer.length));
  const at = new Map(layers.flatMap((layer, column) => layer.map((id, row): [string, { x: number; y: number }] => [id, {
    x: column * (WIDTH + GAP.x) + 1, y: (row + (rows - layer.length) / 2) * (HEIGHT + GAP.y) + 1,
  }])));
  const [width, height] = [layers.length * (WIDTH + GAP.x) - GAP.x + 2, rows * (HEIGHT + GAP.y) - GAP.y + 2];
  const link = ({ href }: Node, inside: Value): Html => (href === undefined ? html`${inside}` : html`<a href="${href}">${inside}</a>`);
  return html`<div class="graph" tabindex="0" role="group" aria-label="${title}">
<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${title}</title>
${drawn.map(({ from, to }) => {
    const [a, b] = [at.get(from)!, at.get(to)!];
    const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2];
    const bend = Math.max(24, Math.abs(x2 - x1) / 2);
    return html`<path class="edge" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
  })}
${nodes.map((node) => {
    const { x, y } = at.get(node.id)!;
    return link(node, html`<g class="node ${node.kind}" transform="translate(${x} ${y})"><title>${node.label}${node.detail !== '' && `, ${node.detail}`}</title><rect width="${WIDTH}" height="${HEIGHT}" rx="6"/><text x="12" y="${node.detail === '' ? 28 : 20}">${cut(node.label)}</text>${node.detail !== '' && html`<text class="detail" x="12" y="36">${cut(node.detail)}</text>`}</g>`);
  })}
</svg>
</div>`;
}

function cut(text: string): string {
  return text.length > FITS ? `${text.slice(0, FITS - 1)}…` : text;
}

/** The nodes in columns, each to the right of all that lead to it, and in each near to those. */
function layered(nodes: readonly Node[], edges: readonly Edge[]): string[][] {
  const into = new Map(nodes.map(({ id }): [string, string[]] => [id, []]));
  for (const { from, to } of edges) into.get(to)!.push(from);
  const depth = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) return 0;
    open.add(id);
    const found = Math.max(0, ...into.get(id)!.map((from) => depthOf(from) + 1));
    open.delete(id);
    depth.set(id, found);
    return found;
  };
  const layers: string[][] = [];
  for (const { id } of nodes) {
    // What nothing leads to stands beside the first that is made of it: a line past a box would look as if it led to that.
    const next = into.get(id)!.length === 0 ? edges.filter(({ from }) => from === id).map(({ to }) => depthOf(to)) : [];
    (layers[next.length === 0 ? depthOf(id) : Math.max(0, Math.min(...next) - 1)] ??= []).push(id);
  }
  const filled = layers.filter((layer) => layer !== undefined);
  const place = new Map<string, number>();
  for (const layer of filled) {
    const centre = new Map(layer.map((id, row): [string, number] => {
      const above = into.get(id)!.flatMap((from) => place.get(from) ?? []);
      return [id, above.length === 0 ? row : above.reduce((sum, each) => sum + each, 0) / above.length];
    }));
    layer.sort((a, b) => centre.get(a)! - centre.get(b)!);
    layer.forEach((id, row) => place.set(id, row - layer.length / 2));
  }
  return filled;
}
