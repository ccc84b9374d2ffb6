// Long work as a person at the keyboard sees it: a line for each step with its seconds, a moving one for what runs.
'use strict';
const { spawn } = require('node:child_process');
const { say, SetupError } = require('../setup');

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const CLEAR = '\r\u001b[2K';
const err = process.stderr;
const moves = err.isTTY === true && process.env.TERM !== 'dumb' && process.env.CI === undefined;
const colours = err.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
const green = (text) => paint(32, text);
const red = (text) => paint(31, text);
const dim = (text) => paint(2, text);
const bold = (text) => paint(1, text);

/** Several may run at once: the moving line is of the one that said something last. */
class Steps {
  #running = new Map();
  #timer;
  #frame = 0;

  /** Does the work, which may say how far it is; a line when it is done, with what the answer's `said` adds. */
  async step(what, work) {
    const began = Date.now();
    const running = { what, began, detail: '' };
    this.#running.set(what, running);
    this.#move();
    try {
      const done = await work((detail) => { running.detail = detail; });
      this.#end(what);
      const [first, ...more] = `${what} ${done?.said ?? ''}`.trimEnd().split('\n');
      say([`${green('✔')} ${first} ${dim(`${((Date.now() - began) / 1000).toFixed(1)} s`)}`, ...more].join('\n'));
      return done;
    } catch (error) {
      this.#end(what);
      throw error;
    }
  }

  /** What is there already. */
  stands(what) {
    this.#clear();
    say(`${dim('·')} ${dim(what)}`);
  }

  #move() {
    if (!moves) return;
    this.#timer ??= setInterval(() => {
      const all = [...this.#running.values()];
      const text = all.map(({ what, detail }) => (detail === '' ? what : `${what} ${dim(detail)}`)).join(', ');
      const seconds = Math.round((Date.now() - Math.min(...all.map(({ began }) => began))) / 1000);
      this.#frame += 1;
      err.write(`${CLEAR}${FRAMES[this.#frame % FRAMES.length]} ${text.slice(0, (err.columns ?? 120) + 6)} ${dim(`${seconds} s`)}`);
    }, 100).unref();
  }

  #end(what) {
    this.#running.delete(what);
    this.#clear();
    if (this.#running.size > 0 || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #clear() {
    if (this.#timer !== undefined) err.write(CLEAR);
  }
}

/** A command's output. Throws SetupError with its last lines where it fails, or with what `explain` makes of all of them. */
function command(words, { env = process.env, cwd, onLine = () => undefined, explain = lastLines, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(words[0], words.slice(1), { cwd, env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    const said = { stdout: '', both: '' };
    for (const name of ['stdout', 'stderr']) {
      let rest = '';
      child[name].setEncoding('utf8').on('data', (text) => {
        if (name === 'stdout') said.stdout += text;
        said.both += text;
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
    }
    child.once('error', (error) => { reject(new SetupError(`${words[0]} cannot be run: ${error.message}`)); });
    child.once('close', (code, signal) => {
      if (code === 0) resolve(said.stdout);
      else reject(Object.assign(new SetupError(explain(said.both) || `it ended with ${code ?? signal}`), { interrupted: signal === 'SIGINT' || code === 130 }));
    });
    if (input !== undefined) child.stdin.end(input);
  });
}

function lastLines(text) {
  return text.trim().split('\n').slice(-8).join('\n');
}

module.exports = { bold, command, dim, green, red, Steps };
