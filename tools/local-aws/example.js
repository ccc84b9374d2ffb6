// The retail and the aviation product of the example mesh in a local AWS: deployed, run, certified, read by a consumer, listed.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { say, SetupError, venvBin } = require('../setup');
const { Deployment } = require('./deployment');
const { CONSUMER, writeExampleMesh } = require('./example-mesh');
const { command, bold, dim, red, Steps } = require('./steps');

const PRODUCTS = [
  { name: 'sales/orders', domain: 'sales', stack: 'sales-orders-v1', from: 'sales/orders-v1', inputs: { shop_orders: 'orders', payments: 'payments' } },
  { name: 'operations/airports', domain: 'operations', stack: 'operations-airports-v1', from: 'operations/airports-v1', inputs: { airport_list: 'airports' } },
];
/** In their order: the platform's, then those of domains, then what lets the consumer read. */
const SHARED = [`access-${CONSUMER}`, 'governance', 'sales-foundation', 'operations-foundation', `${CONSUMER}-roles`];
const READING = [...PRODUCTS.map(({ stack }) => `${stack}-grants`), `${CONSUMER}-consumption`];

/** Goes on where it was stopped: what stands is looked up each time, and only what is missing is done. Throws SetupError. */
async function deployExample(folder, landing, { port } = {}) {
  if (!fs.existsSync(path.join(folder, 'mesh.yaml'))) writeExampleMesh(folder);
  const mesh = require('yaml').parse(fs.readFileSync(path.join(folder, 'mesh.yaml'), 'utf8'));
  const platform = mesh.platform.account;
  const accountOf = ({ domain }) => mesh.domains[domain].account;
  const steps = new Steps();
  const deployment = new Deployment({ folder, region: mesh.platform.region, platform });
  const down = `(cd ${path.relative(process.cwd(), folder) || '.'} && ./mesh down)`;
  const began = Date.now();
  const running = await steps.step('a local AWS for the accounts of mesh.yaml', async () => {
    const told = await deployment.up(port);
    return { ...told, said: `on 127.0.0.1:${told.port}, process ${told.pid}` };
  });
  const whenStopped = () => {
    say(`\n${red('✖')} stopped\n  → npm start goes on where it was; the local AWS, process ${running.pid}, still runs: ${down} ends it`);
    process.exit(130);
  };
  process.once('SIGINT', whenStopped);
  try {
    const accounts = [platform, ...PRODUCTS.map(accountOf), mesh.consumers[CONSUMER].account];
    await bootstrap(steps, deployment, accounts);
    if (deployment.isSynthesised()) steps.stands('the templates are of these sources');
    else await steps.step('synthesising the mesh from its contracts', () => deployment.synthesise());
    await deploy(steps, deployment, [{ account: platform, stacks: SHARED }]);
    const fresh = await deploy(steps, deployment, PRODUCTS.map((product) => ({ account: accountOf(product), stacks: [product.stack] })));
    await deploy(steps, deployment, [{ account: platform, stacks: READING }]);
    await runAll(steps, deployment, landing, fresh);
    await show(steps, deployment, mesh.consumers[CONSUMER].account, mesh);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`${error.message}\n  → correct it and run npm start again: it goes on where it was. The local AWS still runs: ${down} ends it`);
  } finally {
    process.off('SIGINT', whenStopped);
  }
  say('');
  say(`${bold('done')} in ${((Date.now() - began) / 1000).toFixed(0)} s. ${bold('Left running')}: the local AWS on 127.0.0.1:${running.port}, process ${running.pid}; ${bold(down)} ends it and keeps what is deployed`);
  say(dim(next(path.relative(process.cwd(), folder))));
}

const next = (folder) => `next:
  ${`cd ${folder}`.padEnd(48)}  what is deployed: contracts to change, mesh.yaml, cdk.json
  ./mesh status --target local-aws                  how the products stand
  ./mesh run sales/orders --target local-aws        run one again, through its state machine
  eval "$(./mesh up)"                               point this shell, the CDK and the AWS CLI at the local AWS
docs/local.md shows how to develop a product of your own against it; npm start -- --embedded runs the whole example mesh without AWS`;

async function bootstrap(steps, deployment, accounts) {
  const { accounts: there } = await deployment.standing({ accounts });
  if (there.length > 0) steps.stands(`bootstrapped: ${there.join(', ')}`);
  await twoAtOnce(accounts.filter((account) => !there.includes(account)), (account) => steps.step(`bootstrapping account ${account}`, () => deployment.bootstrap(account)));
}

/** Which stacks had something to be deployed. */
async function deploy(steps, deployment, groups) {
  const { stacks: there } = await deployment.standing({ stacks: groups.flatMap(({ stacks }) => stacks) });
  if (there.length > 0) steps.stands(`deployed as they are: ${there.join(', ')}`);
  const missing = groups.map(({ account, stacks }) => ({ account, stacks: stacks.filter((stack) => !there.includes(stack)) })).filter(({ stacks }) => stacks.length > 0);
  await twoAtOnce(missing, ({ account, stacks }) => steps.step(`deploying ${stacks.join(', ')}`, (tell) => deployment.deploy(account, stacks, (stack, done) => { tell(`${stack} ${done}`); })));
  return missing.flatMap(({ stacks }) => stacks);
}

/** A product is run where its stack is new, or where it has no certificate yet. */
async function runAll(steps, deployment, landing, fresh) {
  const { products } = JSON.parse(await deployment.mesh(['status', '--target', 'local-aws', '--json']));
  for (const { name, stack, from, inputs } of PRODUCTS) {
    const found = products.find(({ product }) => product === `dp_${name.replace('/', '_')}`);
    if (found?.certificate && !fresh.includes(stack)) {
      steps.stands(`${name} is ${certified(found.certificate)}`);
      continue;
    }
    const files = Object.entries(inputs).flatMap(([source, of]) => ['--input', `${source}=${path.join(landing, from, of)}`]);
    await steps.step(`running ${name} through its state machine`, async () => {
      const run = JSON.parse(await deployment.mesh(['run', name, '--target', 'local-aws', '--mode', 'full', '--json', ...files], { explain: failure }));
      const [into] = run.tables;
      return { said: run.certificate === null ? run.state : `${count(into?.rowsIn ?? 0)} rows in, ${certified(run.certificate)}` };
    });
  }
}

/** What a consumer sees of it, who does not, and how it is listed. */
async function show(steps, deployment, account, { consumers }) {
  const [{ name }] = PRODUCTS;
  let shown;
  await steps.step(`reading ${name} by Athena as the analyst of ${CONSUMER}, account ${consumers[CONSUMER].account}`, async () => {
    shown = await deployment.mesh(['show', name, '--target', 'local-aws', '--as', CONSUMER, '--limit', '5']);
  });
  say('');
  process.stdout.write(shown.split('\n').map((line) => (line === '' ? '' : `  ${line}`)).join('\n'));
  say('');
  await steps.step('the root of the same account, whom nobody granted anything, is refused', async () => ({ said: `\n    ${dim(await refusal(deployment, account))}` }));
  await steps.step('in the catalogue', async () => {
    const listings = JSON.parse(await command([venvBin('python'), path.join(__dirname, 'catalogue.py')], { env: deployment.environment() }));
    return { said: listings.length === 0 ? 'lists nothing yet' : listings.map(listed).map((line) => `\n    ${line}`).join('') };
  });
}

/** What Athena says to somebody who was granted nothing. Throws SetupError where it answers instead. */
async function refusal(deployment, account) {
  const question = { workGroup: `mesh-${CONSUMER}`, database: 'sales', tables: ['orders_v1'], limit: 1 };
  try {
    await command([venvBin('python'), '-P', '-m', 'mesh_jobs.entrypoints.deployed', 'query'], { env: deployment.environment(account), input: JSON.stringify(question), explain: (text) => text });
  } catch (error) {
    const { message } = JSON.parse(error.message.trim().split('\n').at(-1));
    if (/Lake Formation/.test(message)) return message;
    throw new SetupError(message);
  }
  throw new SetupError(`the administrator of account ${account} reads sales.orders_v1, and nobody granted it`);
}

function listed({ name, verdict, score, terms }) {
  return `${bold(name)}  ${verdict === null ? 'without a certificate' : certified({ verdict, score })}${terms.length === 0 ? '' : dim(`  ${terms.join(', ')}`)}`;
}

function certified({ verdict, score }) {
  return `${verdict}, score ${score}`;
}

/** The words of a verb that failed, which it prints as JSON. */
function failure(text) {
  const [, message] = /^✖ (.*(?:\n {2}→ .*)*)/m.exec(text) ?? [];
  return message ?? text.trim().split('\n').slice(-8).join('\n');
}

const count = (rows) => rows.toLocaleString('en');

/** More than two at a time make nothing quicker on two cores. */
async function twoAtOnce(all, work) {
  const waiting = [...all];
  const next = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all([next(), next()]);
}

module.exports = { deployExample };
