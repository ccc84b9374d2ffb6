/** The name of a column that an expression consists of; undefined where it does anything with it. */
export function bareColumn(expression: string): string | undefined {
  let inner = expression.trim();
  while (inner.startsWith('(') && inner.endsWith(')')) inner = inner.slice(1, -1).trim();
  const match = /^(?:`((?:[^`]|``)+)`|([A-Za-z_]\w*))$/.exec(inner);
  return match === null ? undefined : match[1]?.replaceAll('``', '`') ?? match[2];
}
