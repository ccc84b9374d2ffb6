import * as fs from 'node:fs';
import * as http from 'node:http';
import { type AddressInfo } from 'node:net';
import * as path from 'node:path';
import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
import { client, PATIENCE } from '../../../constructs/handlers/clients';

const constructs = path.resolve(__dirname, '../../../constructs');
/** The policy's hook fetches one address, and calls no service. */
const HANDLERS = fs.readdirSync(constructs).filter((folder) => folder !== 'policy' && fs.existsSync(path.join(constructs, folder, 'handler', 'index.ts')));
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

/** Clients by the module they come from, as the code of a handler's folder makes them. */
function clientsOf(handler: string): [module: string, name: string][] {
  const folder = path.join(constructs, handler, 'handler');
  const texts = fs.readdirSync(folder).map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(/\bclient\((\w+)/g)].map(([, name]): [string, string] => {
    const from = [...text.matchAll(/import \{([^}]*)\} from '(@aws-sdk\/[\w-]+)'/g)].find(([, names]) => names.split(',').some((one) => one.trim() === name));
    return [from?.[2] ?? '', name];
  }));
}

/** The parts of an SDK client that say how patient it is. */
interface Made {
  readonly config: {
    maxAttempts(): Promise<number>;
    readonly requestHandler: { handle(request: object): Promise<unknown>; httpHandlerConfigs(): object };
  };
}

describe('a handler\'s clients', () => {
  test('are made in one place', () => {
    const files = fs.readdirSync(constructs, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(files.filter((file) => /new \w*Client\(/.test(fs.readFileSync(path.join(constructs, file), 'utf8')))).toEqual([path.join('handlers', 'clients.ts')]);
  });

  test.each(HANDLERS)('of %s give up a call that hangs', async (handler) => {
    const made = clientsOf(handler);
    expect(made.length).toBeGreaterThanOrEqual(1);
    for (const [module, name] of made) {
      const { [name]: Client } = await import(module) as Record<string, new (options: object) => Made>;
      const { config } = client(Client, { region: 'eu-west-1', credentials });
      expect([name, await config.maxAttempts()]).toEqual([name, PATIENCE.maxAttempts]);
      // A handler tells its settings once it was used: nobody listens there.
      await expect(config.requestHandler.handle({ method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port: 1, path: '/', headers: {}, query: {} })).rejects.toThrow('ECONNREFUSED');
      expect([name, config.requestHandler.httpHandlerConfigs()]).toEqual([name, expect.objectContaining(PATIENCE.requestHandler)]);
    }
  });

  test('throw on a service that takes a call and never answers, having tried again', async () => {
    let asked = 0;
    const silent = http.createServer(() => { asked += 1; });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    const impatient = { ...PATIENCE, maxAttempts: 2, requestHandler: { ...PATIENCE.requestHandler, requestTimeout: 400 } };
    const s3 = new S3Client({ ...impatient, region: 'eu-west-1', credentials, endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(asked).toBe(2);
    s3.destroy();
    silent.closeAllConnections();
    await new Promise((resolve) => { silent.close(resolve); });
  });
});
