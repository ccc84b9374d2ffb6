// The example mesh cut down to what a laptop deploys in a minute: a retail and an aviation product, each of a domain of its own, and one
// consumer of both.   node tools/local-aws/example-mesh.js FOLDER
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { main, root, SetupError } = require('../setup');

const PRODUCTS = [{ domain: 'sales', entity: 'orders' }, { domain: 'operations', entity: 'airports' }];
const CONSUMER = 'reporting';

/** Writes it into a folder: contracts, mesh.yaml, cdk.json and the command line beside them. */
function writeExampleMesh(folder, products = PRODUCTS) {
  const { parseDocument } = require('yaml');
  const contracts = path.join(folder, 'contracts');
  fs.mkdirSync(contracts, { recursive: true });
  fs.copyFileSync(path.join(root, 'contracts', 'vocabulary.yaml'), path.join(contracts, 'vocabulary.yaml'));
  for (const { domain, entity } of products) {
    const [from, to] = [path.join(root, 'contracts', domain), path.join(contracts, domain)];
    fs.cpSync(from, to, { recursive: true, filter: (file) => file === from || [`${entity}.`, 'sql', 'samples'].some((kept) => path.relative(from, file).startsWith(kept)) });
    const contract = path.join(to, `${entity}.contract.yaml`);
    // Others that it names are not there.
    const named = /(property: mesh\.consumers, value: )\[[^\]]*\]/;
    const text = fs.readFileSync(contract, 'utf8');
    if (!named.test(text)) throw new SetupError(`${path.relative(root, contract)} names no consumers`);
    fs.writeFileSync(contract, text.replace(named, `$1[${CONSUMER}]`));
  }
  const mesh = parseDocument(fs.readFileSync(path.join(root, 'mesh.yaml'), 'utf8'));
  const kept = { domains: products.map(({ domain }) => domain), consumers: [CONSUMER] };
  for (const [part, names] of Object.entries(kept)) {
    const map = mesh.get(part);
    map.items = map.items.filter(({ key }) => names.includes(key.value));
    // Of what is gone.
    map.commentBefore = undefined;
    map.items[0].key.commentBefore = undefined;
  }
  fs.writeFileSync(path.join(folder, 'mesh.yaml'), mesh.toString({ lineWidth: 0, flowCollectionPadding: false }));
  const app = JSON.parse(fs.readFileSync(path.join(root, 'cdk.json'), 'utf8'));
  fs.writeFileSync(path.join(folder, 'cdk.json'), `${JSON.stringify({ ...app, app: `node ${path.join(root, 'tools', 'app.js')}` }, null, 2)}\n`);
  fs.writeFileSync(path.join(folder, 'mesh'), `#!/bin/sh\nexec "${path.join(root, 'mesh')}" "$@"\n`, { mode: 0o755 });
}

module.exports = { CONSUMER, PRODUCTS, writeExampleMesh };
if (require.main === module) main(() => { writeExampleMesh(path.resolve(process.argv[2])); });
