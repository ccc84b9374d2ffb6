import { type Paint } from './paint';
import { displayWidth, harmless, pad, shorten } from './text';

/** One column of a printed table. */
export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Colours a cell after it was fitted. */
  readonly colour?: (text: string, row: number) => string;
  /** Never cut: identifiers and figures that are worthless in part. */
  readonly whole?: boolean;
}

const GAP = '  ';
/** Columns are cut down to this many letters, then left out. */
const LEAST = 10;

/** Takes from the widest columns first, so that narrow ones stay readable. */
function fit(natural: readonly number[], columns: readonly TableColumn[], room: number): number[] {
  const widths = [...natural];
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - room; excess > 0; excess -= 1) {
    let widest = -1;
    widths.forEach((width, at) => {
      if (columns[at].whole !== true && width > LEAST && (widest < 0 || width > widths[widest])) widest = at;
    });
    if (widest < 0) break;
    widths[widest] -= 1;
  }
  return widths;
}

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);

export interface RenderedTable {
  readonly lines: readonly string[];
  /** Titles of the columns that did not fit. */
  readonly hidden: readonly string[];
}

/** Lines of a table that fits a width; columns that cannot be fitted are left out from the right and named. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[], width: number, paint: Paint): RenderedTable {
  const cells = rows.map((row) => row.map(harmless));
  const natural = columns.map((column, at) => Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[at]))));
  let shown = columns.length;
  let widths = fit(natural, columns, width - GAP.length * (shown - 1));
  while (shown > 1 && total(widths) > width) {
    shown -= 1;
    widths = fit(natural.slice(0, shown), columns, width - GAP.length * (shown - 1));
  }
  const line = (texts: readonly string[], row: number | null): string => columns.slice(0, shown).map((column, at) => {
    const fitted = pad(shorten(texts[at], widths[at]), at === shown - 1 && column.align !== 'right' ? 0 : widths[at], column.align);
    if (row === null) return paint.dim(fitted);
    return column.colour ? column.colour(fitted, row) : fitted;
  }).join(GAP).trimEnd();
  return {
    lines: [line(columns.map((column) => column.title), null), ...cells.map((row, at) => line(row, at))],
    hidden: columns.slice(shown).map((column) => column.title),
  };
}
