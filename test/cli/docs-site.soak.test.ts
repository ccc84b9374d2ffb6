import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderWith, removeFolders } from '../plan/mesh-folder';
import { Browser, type View } from '../support/browser';
import { meshHere as mesh } from './in-process';

const ROOT = path.resolve(__dirname, '..', '..');
const DESK: View = { width: 1280, height: 900 };
const PHONE: View = { width: 390, height: 844 };
const PAGES = ['index.html', 'products/dp_sales_orders-v1.html', 'products/dp_marketing_campaign_rois-v1.html', 'terms.html', 'terms/revenue.html', 'lineage.html', 'domains/sales.html'];

let browser: Browser;
let site: string;
const at = (page: string): string => pathToFileURL(path.join(site, page)).href;

beforeAll(async () => {
  site = path.join(folderWith({ keep: '' }), 'site');
  expect(await mesh(['docs', '--out', site], ROOT)).toMatchObject({ code: 0 });
  browser = await Browser.open();
}, 180_000);

afterAll(async () => {
  await browser.close();
  removeFolders();
});

describe('the site of the example mesh, in Chromium and from disk', () => {
  test('needs nothing but its own files, and the browser has nothing to complain of', async () => {
    for (const page of PAGES) await browser.goTo(at(page), DESK);
    expect(browser.asked.filter((url) => !url.startsWith(pathToFileURL(site).href))).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test.each([['a desk', DESK], ['a phone', PHONE]])('fits %s: nothing is wider than the window', async (_name, view) => {
    const wide: unknown[] = [];
    for (const page of PAGES) {
      await browser.goTo(at(page), view);
      wide.push({ page, wider: await browser.evaluate<number>('document.documentElement.scrollWidth - innerWidth') });
    }
    expect(wide).toEqual(PAGES.map((page) => ({ page, wider: 0 })));
  });

  test.each([['light', false], ['dark', true]])('can be read in the %s: every text stands out from its ground by 4.5 to 1', async (_name, dark) => {
    for (const page of PAGES) {
      await browser.goTo(at(page), { ...DESK, dark });
      expect({ page, pale: await browser.evaluate<string[]>(`(${paleTexts.toString()})()`) }).toEqual({ page, pale: [] });
    }
  });

  test('is found in by keys alone: / to the search, a word, down, enter', async () => {
    await browser.goTo(at('terms.html'), DESK);
    await browser.press('/', ...'paid_am');
    await until('!document.getElementById("results").hidden');
    expect(await browser.evaluate('document.querySelector("#results li").textContent')).toContain('orders.paid_amount');
    expect(await browser.evaluate('document.getElementById("search").getAttribute("aria-expanded")')).toBe('true');
    await browser.press('ArrowDown');
    expect(await browser.evaluate('document.getElementById("search").getAttribute("aria-activedescendant")')).toBe('result-0');
    await browser.loading(() => browser.press('Enter'));
    expect(await browser.evaluate('location.href')).toBe(`${at('products/dp_sales_orders-v1.html')}#orders.paid_amount`);
  });

  test('says when nothing is found, and forgets it on escape', async () => {
    await browser.goTo(at('index.html'), DESK);
    await browser.press('/', ...'zzzz');
    await until('document.getElementById("found").className === "nothing"');
    expect(await browser.evaluate('[document.getElementById("found").textContent, document.getElementById("results").hidden]')).toEqual(['Nothing found', true]);
    await browser.press('Escape');
    expect(await browser.evaluate('[document.getElementById("search").value, document.getElementById("results").hidden]')).toEqual(['', true]);
  });

  test('goes first to the content for whoever tabs', async () => {
    await browser.goTo(at('index.html'), DESK);
    await browser.press('Tab');
    expect(await browser.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await browser.press('Enter');
    expect(await browser.evaluate('document.activeElement.id')).toBe('main');
  });
});

test('texts that would be markup run nothing and show as they are written', async () => {
  const evil = '<img src=x onerror=globalThis.hit=1><script>globalThis.hit=2</script>';
  const contract = fs.readFileSync(path.join(ROOT, 'contracts/safety/bird_strikes.contract.yaml'), 'utf8').replace(/^name: .*$/m, `name: ${JSON.stringify(evil)}`);
  const cwd = folderWith({ 'contracts/safety/bird_strikes.contract.yaml': contract });
  await mesh(['docs', '--out', 'site'], cwd);
  const url = (page: string): string => pathToFileURL(path.join(cwd, 'site', page)).href;
  for (const page of ['index.html', `products/${fs.readdirSync(path.join(cwd, 'site/products'))[0]}`]) {
    await browser.goTo(url(page), DESK);
    await browser.press('/', ...'img');
    await until('!document.getElementById("results").hidden');
    expect(await browser.evaluate('[globalThis.hit ?? null, document.images.length, document.body.textContent.includes("<img src=x onerror")]')).toEqual([null, 0, true]);
    expect(await browser.evaluate('document.querySelector("#results mark").textContent')).toBe('img');
  }
});

async function until(condition: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await browser.evaluate<boolean>(condition)) return;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  throw new Error(`never came true: ${condition}`);
}

/** Runs in the page: texts whose contrast to what is behind them is below WCAG's 4.5. */
declare const document: { body: unknown; createTreeWalker: (root: unknown, show: number) => { nextNode: () => { data: string; parentElement: PageElement } | null } };
declare const getComputedStyle: (element: PageElement) => { color: string; fill: string; backgroundColor: string; visibility: string };
interface PageElement { readonly parentElement: PageElement | null; readonly namespaceURI: string; readonly tagName: string; checkVisibility: () => boolean; closest: (selector: string) => unknown }
function paleTexts(): string[] {
  const light = (colour: string): number => {
    const [r, g, b] = colour.match(/[\d.]+/g)!.slice(0, 3).map((each) => Number(each) / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seeThrough = (colour: string): boolean => /rgba\(.*, 0\)|transparent/.test(colour);
  const ground = (element: PageElement | null): string => (element === null ? 'rgb(255,255,255)' : seeThrough(getComputedStyle(element).backgroundColor) ? ground(element.parentElement) : getComputedStyle(element).backgroundColor);
  const pale: string[] = [];
  const walker = document.createTreeWalker(document.body, 4);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.namespaceURI.endsWith('svg') || /^(?:SCRIPT|STYLE|TITLE)$/.test(element.tagName) || !element.checkVisibility() || element.closest('.unseen, .skip') !== null) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) pale.push(`${node.data.trim().slice(0, 40)} ${contrast.toFixed(2)}`);
  }
  return pale;
}
