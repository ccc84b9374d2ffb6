import { type Problem } from '../../../lib/contract/problem';
import { paint } from '../../../lib/cli/terminal/paint';
import { printProblems } from '../../../lib/cli/terminal/problems';
import { type Channel } from '../../../lib/cli/terminal/terminal';
import { wrapWords } from '../../../lib/cli/terminal/text';

function channel(columns?: number): { channel: Channel; text: () => string } {
  let written = '';
  const write = (text: string): void => { written += text; };
  return {
    channel: {
      write, line: (text = '') => write(`${text}\n`), tty: columns !== undefined, width: () => columns ?? 120, paint: paint(false),
      fold: (text, indent) => (columns === undefined ? text : wrapWords(text, columns, indent)),
    },
    text: () => written,
  };
}

const problem: Problem = {
  id: 'odcs/enum', severity: 'error', file: 'contracts/sales/orders.contract.yaml', line: 14, column: 5, path: 'servers[0].format',
  message: '`format` has an invalid value', received: '"csv"', expected: 'one of iceberg, parquet', remedy: 'did you mean `parquet`?',
};

describe('problems for a person', () => {
  test('stand below their file, each with its place, path, rule, values and remedy', () => {
    const { channel: to, text } = channel();
    printProblems([problem, { ...problem, severity: 'warning', line: 20 }, { ...problem, file: 'mesh.yaml' }], to);
    expect(text()).toBe(`contracts/sales/orders.contract.yaml
✖ 14:5 \`format\` has an invalid value
  → at servers[0].format (odcs/enum)
  → received "csv", expected one of iceberg, parquet
  → did you mean \`parquet\`?
⚠ 20:5 \`format\` has an invalid value
  → at servers[0].format (odcs/enum)
  → received "csv", expected one of iceberg, parquet
  → did you mean \`parquet\`?

mesh.yaml
✖ 14:5 \`format\` has an invalid value
  → at servers[0].format (odcs/enum)
  → received "csv", expected one of iceberg, parquet
  → did you mean \`parquet\`?

`);
  });

  test('say nothing twice and nothing empty', () => {
    const { channel: to, text } = channel();
    printProblems([{ id: 'yaml/empty', severity: 'error', file: 'a.yaml', line: 1, column: 1, path: '', message: 'expected fields, got "nothing"', received: '"nothing"', expected: 'fields' }], to);
    expect(text()).toBe('a.yaml\n✖ 1:1 expected fields, got "nothing"\n  → (yaml/empty)\n\n');
  });

  test('fold on a narrow terminal below where they begin', () => {
    const { channel: to, text } = channel(30);
    printProblems([problem], to);
    expect(text()).toContain('✖ 14:5 `format` has an invalid\n  value\n');
    expect(text()).toContain('  → received "csv", expected\n    one of iceberg, parquet\n');
  });

  test('cannot steer the terminal with what a file holds', () => {
    const { channel: to, text } = channel();
    printProblems([{ ...problem, received: '\u001b[2J', path: 'a\u0007', message: 'x\u001b]0;y' }], to);
    expect(text()).not.toMatch(/[\u0007\u001b]/);
  });
});
