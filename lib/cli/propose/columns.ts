import { CLASSIFICATIONS } from '../../contract/classification';
import { parseType } from '../../contract/data-type';

/** Words of ODCS that say what a column holds, without saying how it is stored. */
const LOGICAL = ['string', 'number', 'integer', 'boolean', 'date', 'timestamp', 'time', 'array', 'object', 'map'];

/** A column as it is proposed: `email string confidential`. */
export interface ProposedColumn {
  readonly name: string;
  readonly type: string;
  readonly classification?: string;
}

/** The columns of a list; commas within brackets are of a type: `decimal(12,2)`. */
export function splitColumns(list: string): string[] {
  return list.split(/,(?![^(<]*[)>])/).map((part) => part.trim());
}

/** Reads a column of which {@link columnFault} has nothing to say. */
export function readColumn(written: string): ProposedColumn {
  const [name, type = 'string', classification] = written.trim().split(/\s+/);
  return { name, type, ...classification !== undefined && { classification } };
}

/** Why a text is no column; undefined where it is one. */
export function columnFault(written: string): string | undefined {
  const shown = `"${written.trim().slice(0, 60)}"`;
  const { name, type, classification } = readColumn(written);
  if (!/^[A-Za-z_]\w*$/.test(name) || written.trim().split(/\s+/).length > 3) return `${shown} is not a column: write name, type and perhaps class, as in "email string confidential"`;
  if (!LOGICAL.includes(type)) {
    const read = parseType(type);
    if (!read.ok) return `${shown} has no type: ${read.why}`;
  }
  if (classification !== undefined && !CLASSIFICATIONS.some((each) => each === classification)) return `${shown} has no class: one of ${CLASSIFICATIONS.join(', ')}`;
  return undefined;
}

/** What is wrong with a list of columns; undefined where nothing is. */
export function columnsFault(list: string): string | undefined {
  const columns = splitColumns(list);
  const names = columns.map((column) => readColumn(column).name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return columns.map(columnFault).find((fault) => fault !== undefined) ?? (twice === undefined ? undefined : `"${twice}" is there twice`);
}

/** The logical and, where it says more, the physical type of a column. */
export function typeFields(type: string): { readonly logicalType: string; readonly physicalType?: string } {
  return LOGICAL.includes(type) ? { logicalType: type } : { logicalType: logicalOf(type), physicalType: type };
}

function logicalOf(type: string): string {
  const [word] = /^[a-z]+/i.exec(type.toLowerCase()) ?? [''];
  if (/^(int|bigint|long|smallint|tinyint)$/.test(word)) return 'integer';
  if (/^(decimal|numeric|double|float|real)$/.test(word)) return 'number';
  if (/^timestamp/.test(word)) return 'timestamp';
  if (/^(array|list)$/.test(word)) return 'array';
  if (/^(struct|row)$/.test(word)) return 'object';
  return LOGICAL.includes(word) ? word : 'string';
}
