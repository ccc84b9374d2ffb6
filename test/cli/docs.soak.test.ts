import { freshFolder } from './built-mesh';
import { blocks, pages, shell } from './pages';

const onSpark = pages.filter((page) => blocks(page, 'sh').some(({ info }) => info === 'spark'));

test.each(pages)('all that docs/cli/%s says to type works in a shell, Spark included', async (page) => {
  const { code, output } = await shell(blocks(page, 'sh').map(({ code: lines }) => lines).join(''), freshFolder());
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
}, 300_000);

test('there is a page that starts Spark', () => expect(onSpark).toEqual(['run.md']));
