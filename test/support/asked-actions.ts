import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** What a file's code and all that it imports ask AWS for, by the SDK's commands and paginators: `glue:GetTable`, sorted. */
export function askedBy(entry: string): string[] {
  const seen = new Set<string>();
  const actions = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, names, from] of fs.readFileSync(file, 'utf8').matchAll(/import (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
      const client = /^@aws-sdk\/client-([\w-]+)$/.exec(from)?.[1];
      if (client !== undefined) for (const [, command, paginated] of names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)) actions.add(`${client}:${command ?? paginated}`);
      if (from.startsWith('.')) visit(path.resolve(path.dirname(file), `${from}.ts`));
    }
  };
  visit(path.join(root, entry));
  return [...actions].sort();
}
