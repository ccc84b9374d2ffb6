#!/usr/bin/env node
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * How much a function runs before V8 compiles it anew for speed, in bytes of bytecode; 67,584 unless set. Most commands end before
 * that pays, and even a thousand contracts take less with it: https://v8.dev/docs/turbofan, `node --v8-options`.
 */
const INTERRUPT_BUDGET = 1_200_000;

/**
 * Starts the program that was bundled beside this file with the machine code of the verb's last start: compiling it anew
 * takes longer than validating a contract, and what one verb never called would be compiled by the next at each start.
 * Kept beside the program, so that who may write the one may write the other.
 */
function startCached(program: string): void {
  const { size, mtimeMs } = fs.statSync(program);
  const verb = /^[a-z]+$/.exec(process.argv[2] ?? '')?.[0] ?? 'help';
  // the tag is of V8's version, its flags and the processor: what another has compiled would be thrown away
  const cache = path.join(path.dirname(program), `.program-${cachedDataVersionTag()}-${size}-${Math.round(mtimeMs)}-${verb}.cache`);
  const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
  // the build sees to it that all of it is ASCII, which takes a byte a character, and that it is a function as node would wrap it
  const script = new Script(fs.readFileSync(program, 'latin1'), { filename: program, ...cachedData && { cachedData } });
  if (cachedData === undefined || script.cachedDataRejected === true) process.once('exit', () => keep(script, cache));
  const module = { exports: {} };
  (script.runInThisContext() as (...args: unknown[]) => void)(module.exports, createRequire(program), module, program, path.dirname(program));
}

/** At the end, when everything that this command needs was compiled. Not of a command that there is not: exit code 2. */
function keep(script: Script, cache: string): void {
  if (process.exitCode === 2) return;
  try {
    const written = `${cache}.${process.pid}`;
    fs.writeFileSync(written, script.createCachedData());
    fs.renameSync(written, cache);
  } catch {
    // Installed where we may not write: it starts a little slower.
  }
}

setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
const bundled = path.join(__dirname, 'program.js');
if (fs.existsSync(bundled)) startCached(bundled);
// eslint-disable-next-line @typescript-eslint/no-require-imports -- only where it was bundled into this file
else require('./program');
