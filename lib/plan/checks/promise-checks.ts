import { typeText } from '../../contract/data-type';
import { type Findings } from '../../contract/findings';
import { suggest } from '../../contract/suggestion';
import { castable, type Columns } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftTable } from '../pipeline/draft';
import { PIPELINE } from '../rules';

/** Whether what a pipeline makes of a table can be what the contract promises. */
export function checkPublished(table: DraftTable, { columns }: PromisedTable, made: Columns, findings: Findings): void {
  const names = [...made.types.keys()];
  for (const { name, type } of columns) {
    if (!made.types.has(name)) {
      if (!made.complete) continue;
      const near = suggest(name, names.filter((each) => !columns.some((promised) => promised.name === each)));
      findings.add(PIPELINE['missing-column'], table.path, {
        message: `the contract promises \`${table.name}.${name}\`, but the pipeline does not make it`, at: 'key',
        expected: names.length <= 16 ? `\`${name}\` among ${names.join(', ')}` : undefined,
        remedy: near === undefined ? 'derive it, or remove it from the contract' : `rename \`${near}\` to \`${name}\`?`,
      });
      continue;
    }
    const from = made.types.get(name);
    if (from !== undefined && !castable(from, type)) {
      findings.add(PIPELINE['column-type'], table.path, {
        message: `the contract promises \`${table.name}.${name}\` as ${typeText(type)}, but the pipeline makes it ${typeText(from)}`, at: 'key',
        received: typeText(from), expected: typeText(type), remedy: 'derive or cast it before',
      });
    }
  }
}
