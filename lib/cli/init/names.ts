import { IDENTIFIER } from '../../contract/names';

/** Why a text cannot name a domain or an entity; undefined where it can. */
export function nameFault(what: 'domain' | 'entity', text: string): string | undefined {
  // true, false and null are no text in YAML
  if (IDENTIFIER.test(text) && text.length <= 40 && !['true', 'false', 'null'].includes(text)) return undefined;
  return `${what === 'entity' ? 'an' : 'a'} ${what} name has at most 40 lower-case letters, digits and _, starting with a letter, got "${text.slice(0, 60)}"`;
}

/** Letters that are no letter with a mark. */
const PLAIN: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th' };

/** The nearest name that is allowed: `Order ID` → `order_id`; undefined where nothing is left. */
export function identifierOf(text: string): string | undefined {
  const name = text.normalize('NFKD').replace(/\p{Mn}/gu, '').replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2').toLowerCase()
    .replace(/[^ -~]/g, (letter) => PLAIN[letter] ?? letter).replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '');
  return IDENTIFIER.test(name) ? name.slice(0, 40) : undefined;
}

/** One of what a table's name has many of: orders → order. English only; a name it does not know is kept. */
export function singular(entity: string): string {
  if (/[^aeiou]ies$/.test(entity)) return entity.replace(/ies$/, 'y');
  if (/(x|ss|sh|ch)es$/.test(entity)) return entity.replace(/es$/, '');
  return /[^sui]s$/.test(entity) ? entity.replace(/s$/, '') : entity;
}

/** `gold_daily` → `Gold daily`. */
export function titleOf(entity: string): string {
  const words = entity.replaceAll('_', ' ');
  return words[0].toUpperCase() + words.slice(1);
}
