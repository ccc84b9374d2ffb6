/** An Iceberg type: a primitive by its Iceberg name (`decimal(12, 2)` with the space), or a nested one. */
export type DataType = string
  | { kind: 'list'; element: DataType }
  | { kind: 'map'; key: DataType; value: DataType }
  | { kind: 'struct'; fields: { name: string; type: DataType }[] };

/** A type that could be read, or why not; `impossible` where it is understood and no such type can be. */
export type TypeResult = { readonly ok: true; readonly type: DataType } | { readonly ok: false; readonly why: string; readonly impossible?: true };

/** Names of Spark's DDL and of the usual databases, by the Iceberg type they mean. */
const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'boolean', bool: 'boolean',
  tinyint: 'int', smallint: 'int', int2: 'int', int: 'int', integer: 'int', int4: 'int', serial: 'int', byte: 'int', short: 'int',
  bigint: 'long', long: 'long', int8: 'long', bigserial: 'long',
  float: 'float', real: 'float', float4: 'float',
  double: 'double', 'double precision': 'double', float8: 'double',
  date: 'date', time: 'time', 'time without time zone': 'time',
  timestamp: 'timestamptz', timestamptz: 'timestamptz', timestamp_ltz: 'timestamptz', 'timestamp with time zone': 'timestamptz',
  timestamp_tz: 'timestamptz', timestamp_ntz: 'timestamp', 'timestamp without time zone': 'timestamp', datetime: 'timestamp',
  string: 'string', text: 'string', varchar: 'string', char: 'string', character: 'string', 'character varying': 'string', nvarchar: 'string',
  nchar: 'string', clob: 'string', uuid: 'string', json: 'string', jsonb: 'string',
  binary: 'binary', varbinary: 'binary', bytea: 'binary', blob: 'binary',
};

/** Types that may carry a length or a precision in parentheses that Iceberg has no room for. */
const SIZED = new Set(['string', 'binary', 'timestamp', 'timestamptz', 'time']);

/** Every name of a type that is understood, for suggestions. */
export const TYPE_NAMES: readonly string[] = [...Object.keys(PRIMITIVES), 'decimal', 'numeric', 'array', 'map', 'struct'];

const MAX_DEPTH = 50;

class TypeProblem extends Error {}
class ImpossibleType extends TypeProblem {}

/**
 * Reads a type as Spark's DDL writes it, and as the usual databases do: `decimal(12,2)`, `array<struct<id:string>>`,
 * `varchar(20)`, `timestamp` (with zone, UTC) and `timestamp_ntz`.
 */
export function parseType(text: string): TypeResult {
  try {
    const reader = new TypeReader(text);
    const type = reader.type(0);
    reader.end();
    return { ok: true, type };
  } catch (problem) {
    if (problem instanceof ImpossibleType) return { ok: false, why: problem.message, impossible: true };
    if (problem instanceof TypeProblem) return { ok: false, why: problem.message };
    throw problem;
  }
}

/** The type as Spark's DDL writes it: the inverse of `parseType`. */
export function typeText(type: DataType): string {
  if (typeof type === 'string') {
    const plain: Record<string, string> = { long: 'bigint', timestamptz: 'timestamp', timestamp: 'timestamp_ntz' };
    return plain[type] ?? type.replace(', ', ',');
  }
  switch (type.kind) {
    case 'list': return `array<${typeText(type.element)}>`;
    case 'map': return `map<${typeText(type.key)},${typeText(type.value)}>`;
    case 'struct': return `struct<${type.fields.map((field) => `${quoteName(field.name)}:${typeText(field.type)}`).join(',')}>`;
  }
}

/** What kind of type it is: `decimal` of any precision, `struct` of any fields. */
export function kindOf(type: DataType): string {
  return typeof type === 'string' ? type.replace(/\(.*/, '') : type.kind;
}

export function isDecimal(type: DataType): boolean {
  return typeof type === 'string' && type.startsWith('decimal');
}

export function isNumeric(type: DataType): boolean {
  return isDecimal(type) || type === 'int' || type === 'long' || type === 'float' || type === 'double';
}

export function isTemporal(type: DataType): type is 'date' | 'time' | 'timestamp' | 'timestamptz' {
  return type === 'date' || type === 'timestamp' || type === 'timestamptz' || type === 'time';
}

function quoteName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

class TypeReader {
  private position = 0;

  constructor(private readonly text: string) {}

  type(depth: number): DataType {
    if (depth > MAX_DEPTH) throw new TypeProblem(`nested more than ${MAX_DEPTH} deep`);
    const word = this.words();
    switch (word) {
      case 'array': case 'list': return this.inAngles(() => ({ kind: 'list', element: this.type(depth + 1) }));
      case 'map': return this.inAngles(() => {
        const key = this.type(depth + 1);
        this.expect(',');
        return { kind: 'map', key, value: this.type(depth + 1) };
      });
      case 'struct': case 'row': return this.inAngles(() => ({ kind: 'struct', fields: this.fields(depth) }));
      case 'decimal': case 'numeric': case 'number': case 'dec': return this.decimal();
      default: return this.primitive(word);
    }
  }

  end(): void {
    this.space();
    if (this.position < this.text.length) throw new TypeProblem(`\`${this.text.slice(this.position, this.position + 20)}\` is left over`);
  }

  private primitive(word: string): DataType {
    const type = Object.hasOwn(PRIMITIVES, word) ? PRIMITIVES[word] : undefined;
    if (type === undefined) throw new TypeProblem(word === '' ? 'a type is missing' : `\`${word}\` is not a type`);
    const sizes = this.parentheses();
    if (sizes === undefined || SIZED.has(type)) return this.zoned(type);
    throw new TypeProblem(`\`${word}\` takes nothing in parentheses`);
  }

  /** `timestamp(3) with time zone`: the zone stands behind the parentheses. */
  private zoned(type: string): string {
    if (type !== 'timestamptz' && type !== 'time') return type;
    const start = this.position;
    const rest = this.words();
    if (rest === 'without time zone') return type === 'time' ? type : 'timestamp';
    if (rest === 'with time zone' && type === 'timestamptz') return type;
    this.position = start;
    return type;
  }

  private decimal(): DataType {
    const sizes = this.parentheses() ?? [10, 0];
    const [precision, scale = 0] = sizes;
    if (sizes.length > 2 || precision === undefined) throw new TypeProblem('a decimal takes a precision and a scale, e.g. `decimal(12,2)`');
    if (precision < 1 || precision > 38) throw new ImpossibleType(`a decimal has 1 to 38 digits, not ${precision}`);
    if (scale > precision) throw new ImpossibleType(`the scale ${scale} is more than the ${precision} digits of the decimal`);
    return `decimal(${precision}, ${scale})`;
  }

  private fields(depth: number): { name: string; type: DataType }[] {
    const fields: { name: string; type: DataType }[] = [];
    const seen = new Set<string>();
    do {
      const name = this.fieldName();
      if (seen.has(name.toLowerCase())) throw new TypeProblem(`the field \`${name}\` is there twice`);
      seen.add(name.toLowerCase());
      this.space();
      if (this.text[this.position] === ':') this.position++;
      fields.push({ name, type: this.type(depth + 1) });
    } while (this.take(','));
    return fields;
  }

  private fieldName(): string {
    this.space();
    const quoted = /`((?:[^`]|``)+)`/y;
    const plain = /[A-Za-z_]\w*/y;
    for (const form of [quoted, plain]) {
      form.lastIndex = this.position;
      const match = form.exec(this.text);
      if (!match) continue;
      this.position = form.lastIndex;
      return form === quoted ? match[1].replaceAll('``', '`') : match[0];
    }
    throw new TypeProblem('a struct needs fields, e.g. `struct<id:string>`');
  }

  private inAngles(read: () => DataType): DataType {
    this.expect('<');
    const type = read();
    this.expect('>');
    return type;
  }

  private parentheses(): number[] | undefined {
    const form = /\s*\(\s*(\d{1,9}|max)(?:\s+(?:char|byte))?\s*(?:,\s*(\d{1,9})\s*)?\)/iy;
    form.lastIndex = this.position;
    const match = form.exec(this.text);
    if (!match) return undefined;
    this.position = form.lastIndex;
    return match.slice(1).filter((part) => part !== undefined).map(Number);
  }

  private words(): string {
    this.space();
    const form = /[A-Za-z_][A-Za-z0-9_]*(?: +(?=[A-Za-z])[A-Za-z]+)*/y;
    form.lastIndex = this.position;
    const match = form.exec(this.text);
    if (!match) return '';
    this.position = form.lastIndex;
    return match[0].toLowerCase().replace(/ +/g, ' ');
  }

  private take(sign: string): boolean {
    this.space();
    if (this.text[this.position] !== sign) return false;
    this.position++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) {
      const found = this.text[this.position];
      throw new TypeProblem(`\`${sign}\` expected${found === undefined ? ' at the end' : `, \`${found}\` found`}`);
    }
  }

  private space(): void {
    while (/\s/.test(this.text[this.position] ?? '')) this.position++;
  }
}
