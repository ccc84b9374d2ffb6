import { bareColumn } from '../../lib/plan/sql/bare-column';

test.each([['mail', 'mail'], [' ((mail )) ', 'mail'], ['`a``b`', 'a`b'], ['lower(mail)', undefined], ['a.b', undefined], ['(a)+(b)', undefined], ['1', undefined], ['', undefined]])('the expression %j is the column %j', (expression, column) => {
  expect(bareColumn(expression)).toBe(column);
});
