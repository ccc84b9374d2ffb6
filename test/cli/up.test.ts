import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { LocalAws, localEnvironment } from '../../lib/cli/local/local-aws';
import { askedOf, targetOf } from '../../lib/cli/target';
import { type Session } from '../../lib/cli/verb';
import { freshFolder } from './built-mesh';
import { meshHere } from './in-process';

const MESH = `name: shop
platform: {account: "111111111111", region: eu-west-1, owner: platform@shoply.example, costCentre: CC-1}
environments: {prod: {production: true}}
domains: {}
`;
const SALES = { account: '222222222222', owner: 'sales@shoply.example', costCentre: 'CC-2' };
const MESH_OF_SALES = MESH.replace('domains: {}', `domains: {sales: ${JSON.stringify(SALES)}}`);
const ORDERS = { domain: 'sales', entity: 'orders', major: 1 };

function folderWith(mesh?: string): string {
  const folder = freshFolder();
  fs.mkdirSync(path.join(folder, 'contracts'));
  if (mesh !== undefined) fs.writeFileSync(path.join(folder, 'mesh.yaml'), mesh);
  return folder;
}

describe('mesh up', () => {
  test('wants a mesh.yaml, whose accounts it stands for', async () => {
    const { code, err } = await meshHere(['up'], folderWith());
    expect(code).toBe(2);
    expect(err).toContain('there is no mesh.yaml: the local AWS stands in for its accounts');
  });

  test('says what is wrong with a mesh.yaml', async () => {
    const { code, err } = await meshHere(['up'], folderWith(MESH.replace('name: shop', 'name: Shop')));
    expect(code).toBe(1);
    expect(err).toContain('mesh.yaml is not valid');
  });

  test('takes no port that somebody else listens on', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    try {
      const { code, err } = await meshHere(['up', '--port', String(port)], folderWith(MESH));
      expect(code).toBe(2);
      expect(err).toContain(`port ${port} is in use`);
    } finally {
      server.close();
    }
  });

  test('takes a port that there is', async () => {
    const { code, err } = await meshHere(['up', '--port', '99999'], folderWith(MESH));
    expect(code).toBe(2);
    expect(err).toContain('--port must be a whole number from 1 to 65535, got "99999"');
  });

  test('takes the process of a record for what it is: here none of ours', async () => {
    const folder = folderWith(MESH);
    fs.mkdirSync(path.join(folder, '.mesh', 'aws'), { recursive: true });
    fs.writeFileSync(path.join(folder, '.mesh', 'aws', 'process.json'), JSON.stringify({ pid: process.pid, port: 1 }));
    expect(await meshHere(['down', '--json'], folder)).toEqual({ code: 0, out: `${JSON.stringify({ stopped: null, forgotten: false }, null, 2)}\n`, err: '' });
  });
});

describe('the environment of the local AWS', () => {
  const environment = localEnvironment({ pid: 1, port: 4566 }, { account: '111111111111', region: 'eu-west-1' });

  test('reaches nothing but this machine', () => {
    expect(environment.AWS_ENDPOINT_URL).toBe('http://127.0.0.1:4566');
    expect(environment).toMatchObject({ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' });
  });

  test('unsets what would lead elsewhere', () => {
    expect(Object.keys(environment).filter((name) => environment[name] === undefined).sort()).toEqual(['AWS_PROFILE', 'AWS_SESSION_TOKEN']);
  });
});

describe('mesh down --forget', () => {
  test('takes away what was kept', async () => {
    const folder = folderWith(MESH);
    const kept = path.join(folder, '.mesh', 'aws', 'state');
    fs.mkdirSync(kept, { recursive: true });
    expect((await meshHere(['down', '--forget'], folder)).out).toBe('no local AWS was running; what it kept is gone\n');
    expect(fs.existsSync(kept)).toBe(false);
  });
});

describe('--target local-aws', () => {
  // A session reads mesh.yaml once.
  let session: Session;
  beforeEach(() => { session = { terminal: {}, cwd: '', env: { AWS_PROFILE: 'own' } } as unknown as Session; });
  const up = (): void => void jest.spyOn(LocalAws.prototype, 'find').mockReturnValue({ pid: 1, port: 4567 });
  afterEach(() => jest.restoreAllMocks());

  test('is the only other target that there is', () => {
    expect(() => targetOf(session, folderWith(MESH), 'aws')).toThrow('there is no target "aws"');
  });

  test('wants a local AWS that runs', () => {
    expect(() => targetOf(session, folderWith(MESH_OF_SALES), 'local-aws')).toThrow('no local AWS is running for this mesh');
  });

  test('asks as the root of the domain\'s account, by the names that everything has on AWS', () => {
    up();
    const root = folderWith(MESH_OF_SALES);
    const { session: acting, where } = askedOf(session, root, targetOf(session, root, 'local-aws'), ORDERS);
    expect(acting.jobs).toBe('deployed');
    expect(acting.env).toMatchObject({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4567', AWS_ACCESS_KEY_ID: '222222222222', AWS_PROFILE: undefined });
    expect(where).toEqual({
      deployment: {
        runTable: 'mesh-sales-runs', stateMachine: 'arn:aws:states:eu-west-1:222222222222:stateMachine:mesh-sales-orders-v1', rawBucket: 'shop-222222222222-eu-west-1-sales-orders-v1-raw',
        publisher: 'arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-publisher', identity: { InterfaceVersion: '1', Domain: 'sales', Environment: '', Entity: 'orders', Major: '1' },
      },
    });
  });

  test('refuses a product of a domain without an account', () => {
    up();
    const root = folderWith(MESH);
    expect(() => askedOf(session, root, targetOf(session, root, 'local-aws'), ORDERS)).toThrow('mesh.yaml has no account of the domain sales in prod');
  });

  test('is this machine unless it is given', () => {
    const root = folderWith();
    expect(askedOf(session, root, targetOf(session, root, 'local'), ORDERS)).toEqual({ session, where: { state: path.join(root, '.mesh') } });
  });
});
