import { registerCompare } from './compare';
import { registerDeprecate } from './deprecate';
import { registerDiff } from './diff';
import { registerDocs } from './docs';
import { registerDown } from './down';
import { registerExplain } from './explain';
import { registerGlossary } from './glossary';
import { registerImpact } from './impact';
import { registerInit } from './init';
import { registerPlan } from './plan';
import { registerPropose } from './propose';
import { registerQuarantine } from './quarantine';
import { registerReplay } from './replay';
import { registerRetire } from './retire';
import { registerRollback } from './rollback';
import { registerRun } from './run';
import { registerScp } from './scp';
import { registerShow } from './show';
import { registerSign } from './sign';
import { registerSla } from './sla';
import { registerStatus } from './status';
import { registerTest } from './test';
import { registerUp } from './up';
import { registerValidate } from './validate';
import { type Registry } from './verb';
import { registerVerify } from './verify';

/** All verbs, in the order of the help. */
export function registerVerbs(registry: Registry): void {
  for (const register of [
    registerInit, registerPropose, registerValidate, registerDiff, registerPlan, registerTest, registerSign, registerGlossary, registerDeprecate, registerRetire,
    registerRun, registerReplay, registerRollback, registerUp, registerDown,
    registerStatus, registerSla, registerShow, registerCompare, registerImpact, registerQuarantine, registerDocs, registerExplain, registerScp, registerVerify,
  ]) register(registry);
}
