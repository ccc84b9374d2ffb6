import { registerDiff } from './diff';
import { registerExplain } from './explain';
import { registerGlossary } from './glossary';
import { registerInit } from './init';
import { registerPlan } from './plan';
import { registerQuarantine } from './quarantine';
import { registerReplay } from './replay';
import { registerRun } from './run';
import { registerShow } from './show';
import { registerSign } from './sign';
import { registerStatus } from './status';
import { registerTest } from './test';
import { registerValidate } from './validate';
import { type Registry } from './verb';

/** All verbs, in the order of the help. */
export function registerVerbs(registry: Registry): void {
  for (const register of [
    registerInit, registerValidate, registerDiff, registerPlan, registerTest, registerSign, registerGlossary,
    registerRun, registerReplay,
    registerStatus, registerShow, registerQuarantine, registerExplain,
  ]) register(registry);
}
