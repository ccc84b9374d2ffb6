// A mesh in a local AWS, by the command lines that a person would type: mesh up, cdk bootstrap, cdk deploy.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { newest } = require('../build');
const { root, venvBin } = require('../setup');
const { command } = require('./steps');

const cdk = path.join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
const mesh = path.join(root, 'dist', 'bin', 'mesh.js');
const EVERYTHING = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** Of the mesh in a folder, as mesh.yaml has its accounts. */
class Deployment {
  #environment = {};

  /** @param folder of mesh.yaml @param region that all of its accounts are used in @param platform its account */
  constructor({ folder, region, platform }) {
    Object.assign(this, { folder, region, platform, assembly: path.join(folder, '.mesh', 'cdk.out') });
  }

  /** Starts the local AWS unless it runs: its process and port. */
  async up(port) {
    const told = JSON.parse(await this.mesh(['up', '--json', ...port === undefined ? [] : ['--port', String(port)]]));
    this.#environment = told.environment;
    return told;
  }

  down() {
    return this.mesh(['down']);
  }

  /** What an account's root has in its environment. */
  environment(account = this.platform) {
    const merged = { ...process.env, ...this.#environment, AWS_ACCESS_KEY_ID: account };
    return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
  }

  mesh(words, options = {}) {
    return command([process.execPath, mesh, ...words], { cwd: this.folder, ...options });
  }

  /** Which of these accounts are bootstrapped, and which of the stacks are as the assembly has them. */
  async standing({ accounts = [], stacks = [] }) {
    const asked = { accounts, stacks, region: this.region, assembly: this.assembly };
    return JSON.parse(await command([venvBin('python'), path.join(__dirname, 'standing.py')], { env: this.environment(), input: JSON.stringify(asked) }));
  }

  /** The platform's account trusts nobody, the others trust it. */
  bootstrap(account) {
    const trust = account === this.platform ? [] : ['--trust', this.platform];
    // Not in the mesh's folder: the CDK would synthesise its app first.
    return this.#cdk(account, ['bootstrap', `aws://${account}/${this.region}`, ...trust, '--cloudformation-execution-policies', EVERYTHING], { cwd: this.#elsewhere() });
  }

  #elsewhere() {
    const folder = path.join(this.folder, '.mesh');
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Whether what the assembly was made from is older than it. */
  isSynthesised() {
    const manifest = path.join(this.assembly, 'manifest.json');
    if (!fs.existsSync(manifest)) return false;
    const made = fs.statSync(manifest).mtimeMs;
    const sources = [path.join(root, 'dist', 'bin', 'app.js'), path.join(root, 'dist', 'handlers'), path.join(root, 'dist', 'jobs'), path.join(root, 'node_modules', '.cdk-data-mesh-stamp'),
      path.join(root, 'constructs'), ...['mesh.yaml', 'cdk.json', 'contracts'].map((name) => path.join(this.folder, name))];
    return sources.every((source) => newest(source) <= made);
  }

  synthesise() {
    return this.#cdk(this.platform, ['synth', '--quiet', '--output', this.assembly]);
  }

  /** Stacks of the assembly and no others. `onProgress` is told a stack and how many of its resources are done. */
  deploy(account, stacks, onProgress = () => undefined) {
    return this.#cdk(account, ['deploy', '--app', this.assembly, '--exclusively', '--require-approval', 'never', '--concurrency', '2', '--progress', 'events', ...stacks], {
      onLine: (line) => {
        const [, stack, done] = /^\s*([\w-]+) \|\s*(\d+\/\d+) \|/.exec(line) ?? [];
        if (stack !== undefined) onProgress(stack, done);
      },
    });
  }

  /** Every stack of the mesh in its order, synthesised first. */
  deployAll() {
    return this.#cdk(this.platform, ['deploy', '--all', '--require-approval', 'never', '--concurrency', '6', '--output', this.assembly]);
  }

  /** One product, synthesised alone, as its team deploys it. */
  deployProduct(account, stack) {
    return this.#cdk(account, ['deploy', stack, '-c', `products=${stack}`, '--require-approval', 'never', '--output', path.join(this.#elsewhere(), `${stack}.out`)]);
  }

  async #cdk(account, words, options = {}) {
    const env = { ...this.environment(account), NO_COLOR: '1', NODE_NO_WARNINGS: '1' };
    await command([process.execPath, cdk, '--no-notices', ...words], { cwd: this.folder, env, explain: reasons, ...options });
  }
}

/** Of what the CDK printed: the resources that failed and why, else from the first error on, else its last lines. */
function reasons(text) {
  const lines = text.trim().split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const failed = lines.filter((line) => /\b(CREATE|UPDATE|DELETE)_FAILED\b/.test(line)).map((line) => line.split('|').at(-1).trim());
  if (failed.length > 0) return [...new Set(failed)].join('\n');
  const first = lines.findIndex((line) => /^(ERROR|❌|\[?error|Error:|✖)/i.test(line));
  return (first === -1 ? lines.slice(-8) : lines.slice(first, first + 8)).join('\n');
}

module.exports = { Deployment };
