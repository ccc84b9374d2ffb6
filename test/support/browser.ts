import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type Readable, type Writable } from 'node:stream';

const ROOT = path.resolve(__dirname, '..', '..');
/** A Chromium that a registry ships whole, for Linux: fetched when a test first wants one, since few people run those. */
const PACKAGE = '@sparticuz/chromium@143.0.4';

/** The program of a browser: what CHROME_PATH names, else one below .bench/. */
function chromium(): string {
  if (process.env.CHROME_PATH !== undefined) return process.env.CHROME_PATH;
  const folder = path.join(ROOT, '.bench', 'browser');
  if (!fs.existsSync(path.join(folder, 'node_modules', '@sparticuz', 'chromium'))) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', PACKAGE], { cwd: folder, stdio: 'ignore' });
  }
  // The package unpacks its own libraries where it believes to be on Lambda, and needs none of the machine's then.
  const env = { ...process.env, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' };
  const script = 'const { default: chromium } = await import("@sparticuz/chromium"); console.log(await chromium.executablePath())';
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env, encoding: 'utf8' }).trim();
}

/** What a page is looked at with. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

/** A headless Chromium that is spoken to over its pipe: https://chromedevtools.github.io/devtools-protocol/ */
export class Browser {
  private next = 1;
  private buffered = '';
  private session: string | undefined;
  private readonly waiting = new Map<number, { readonly resolve: (result: Record<string, unknown>) => void; readonly reject: (error: Error) => void }>();
  private loaded: (() => void) | undefined;

  /** Addresses that pages asked for, and whatever the browser complained of. */
  readonly asked: string[] = [];
  readonly complaints: string[] = [];

  private constructor(private readonly process: ChildProcess, private readonly folder: string) {
    (process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.hear(text));
  }

  static async open(): Promise<Browser> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'browser-'));
    const libraries = path.join(os.tmpdir(), 'al2023', 'lib');
    const program = chromium();
    const started = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${folder}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter((each) => each !== undefined).join(':') },
    });
    const browser = new Browser(started, folder);
    const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
    browser.session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** Opens a page and waits until it has loaded. */
  async goTo(url: string, { width, height, dark = false }: View): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    await this.loading(() => this.send('Page.navigate', { url }));
  }

  /** Does something that leads to another page, and waits until that has loaded. */
  async loading(act: () => Promise<unknown>): Promise<void> {
    const done = new Promise<void>((resolve) => { this.loaded = resolve; });
    await act();
    await done;
  }

  /** The value of an expression on the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Presses a key as a person does: `a`, `/`, `Tab`, `Enter`. */
  async press(...keys: readonly string[]): Promise<void> {
    const codes: Record<string, number> = { Tab: 9, Enter: 13, Escape: 27, ArrowUp: 38, ArrowDown: 40 };
    for (const key of keys) {
      const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
      const common = { key, code: key, windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0) };
      await this.send('Input.dispatchKeyEvent', { type: text === undefined ? 'rawKeyDown' : 'keyDown', ...common, ...text !== undefined && { text } });
      await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
    }
  }

  /** The page as a PNG: what the window shows, or all of it. */
  async picture(whole = false): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole, ...whole && { clip: await this.size() } });
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => { this.process.once('exit', resolve); });
    this.process.kill();
    await ended;
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async size(): Promise<object> {
    const { cssContentSize } = await this.send('Page.getLayoutMetrics');
    return { ...cssContentSize as object, scale: 1 };
  }

  private send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = this.next;
    this.next += 1;
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...this.session !== undefined && { sessionId: this.session } })}\0`);
    return new Promise((resolve, reject) => { this.waiting.set(id, { resolve, reject }); });
  }

  private hear(text: string): void {
    const messages = (this.buffered + text).split('\0');
    this.buffered = messages.pop()!;
    for (const message of messages) this.take(JSON.parse(message) as Message);
  }

  private take({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiting?.resolve(result ?? {});
      else waiting?.reject(new Error(error.message));
    } else if (method === 'Page.loadEventFired') this.loaded?.();
    else if (method === 'Network.requestWillBeSent') this.asked.push((params as { request: { url: string } }).request.url);
    else if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params));
  }
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: object;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}
