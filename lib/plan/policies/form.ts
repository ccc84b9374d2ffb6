import { columnType } from '../../contract/column-type';
import { type Contract } from '../../contract/contract';
import { type DataType, kindOf, parseType, typeText } from '../../contract/data-type';
import { type DocumentPath } from '../../contract/document-path';
import { type Report } from './check-policies';
import { wholly } from './custom';
import { type Policy } from './policy-model';
import { columnsOf, fieldsOf } from './subjects';

export function naming({ of, pattern }: Policy<'naming'>, contract: Contract, report: Report): void {
  const named: { readonly name: string; readonly path: DocumentPath }[] = of === 'products' ? [{ name: contract.id, path: [] }] : of === 'tables' ? [...contract.schema] : fieldsOf(contract).map(({ field }) => field);
  for (const { name, path } of named) {
    if (wholly(pattern).test(name)) continue;
    report([...path, of === 'products' ? 'id' : 'name'], { message: `\`${name}\` is not named as the mesh names ${of}`, received: name, expected: `a name that matches ${pattern}`, remedy: 'rename it; once consumers read it, in a new major version' });
  }
}

export function forbiddenTypes({ types }: Policy<'forbidden-types'>, contract: Contract, report: Report): void {
  for (const { property } of columnsOf(contract)) {
    const { type } = columnType(property);
    const named = types.map(kindNamed);
    const forbidden = kindsIn(type).find((kind) => named.includes(kind));
    if (forbidden === undefined) continue;
    report([...property.path, property.physicalType === undefined ? property.logicalType === undefined ? 'name' : 'logicalType' : 'physicalType'], {
      message: `\`${property.name}\` is ${forbidden === typeText(type) ? `a ${forbidden}` : `\`${typeText(type)}\`, which holds a ${forbidden}`}`, received: property.physicalType ?? property.logicalType,
      expected: `no ${types.join(', no ')}`, remedy: 'write another type; once consumers read it, in a new major version',
    });
  }
}

export function requireCriticalCheck({ atLeast = 1 }: Policy<'require-critical-check'>, contract: Contract, report: Report): void {
  for (const object of contract.schema) {
    const rules = [...object.quality, ...object.properties.flatMap(({ quality }) => quality)];
    const critical = rules.filter(({ severity, type }) => severity === 'critical' && type !== 'text').length;
    if (critical < atLeast) {
      report([...object.path, 'name'], { message: `\`${object.name}\` has ${critical} critical quality ${critical === 1 ? 'rule' : 'rules'} of its own`, expected: `at least ${atLeast}`, remedy: 'write a `quality` rule with `severity: critical`' });
    }
  }
}

/** The kind of Iceberg's types that a contract's word stands for: `timestamp` is the one with a zone, `array` a list. Undefined where it is no word for a type. */
export function kindNamed(word: string): string | undefined {
  const nested: Readonly<Record<string, string>> = { array: 'list', list: 'list', object: 'struct', struct: 'struct', map: 'map', decimal: 'decimal', numeric: 'decimal' };
  if (Object.hasOwn(nested, word)) return nested[word];
  const parsed = parseType(word);
  // a length or parts would be forgotten, and more be forbidden than was written
  return parsed.ok && typeof parsed.type === 'string' && /^[a-z0-9_ ]+$/i.test(word) ? kindOf(parsed.type) : undefined;
}

/** `decimal` of `decimal(12, 2)`, and whatever a list, a struct or a map holds. */
function kindsIn(type: DataType): string[] {
  if (typeof type === 'string') return [kindOf(type)];
  switch (type.kind) {
    case 'struct': return [type.kind, ...type.fields.flatMap((field) => kindsIn(field.type))];
    case 'list': return [type.kind, ...kindsIn(type.element)];
    case 'map': return [type.kind, ...kindsIn(type.key), ...kindsIn(type.value)];
  }
}
