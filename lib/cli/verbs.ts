/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/consistent-type-imports -- read when a command line names it: starting is most of what a short command takes */
import { type Registry } from './verb';

/** All verbs, in the order of the help, each read when it is needed. */
const VERBS: Readonly<Record<string, () => (registry: Registry) => void>> = {
  init: () => (require('./init') as typeof import('./init')).registerInit,
  propose: () => (require('./propose') as typeof import('./propose')).registerPropose,
  validate: () => (require('./validate') as typeof import('./validate')).registerValidate,
  diff: () => (require('./diff') as typeof import('./diff')).registerDiff,
  plan: () => (require('./plan') as typeof import('./plan')).registerPlan,
  test: () => (require('./test') as typeof import('./test')).registerTest,
  sign: () => (require('./sign') as typeof import('./sign')).registerSign,
  glossary: () => (require('./glossary') as typeof import('./glossary')).registerGlossary,
  deprecate: () => (require('./deprecate') as typeof import('./deprecate')).registerDeprecate,
  retire: () => (require('./retire') as typeof import('./retire')).registerRetire,
  run: () => (require('./run') as typeof import('./run')).registerRun,
  replay: () => (require('./replay') as typeof import('./replay')).registerReplay,
  rollback: () => (require('./rollback') as typeof import('./rollback')).registerRollback,
  up: () => (require('./up') as typeof import('./up')).registerUp,
  down: () => (require('./down') as typeof import('./down')).registerDown,
  status: () => (require('./status') as typeof import('./status')).registerStatus,
  sla: () => (require('./sla') as typeof import('./sla')).registerSla,
  show: () => (require('./show') as typeof import('./show')).registerShow,
  compare: () => (require('./compare') as typeof import('./compare')).registerCompare,
  impact: () => (require('./impact') as typeof import('./impact')).registerImpact,
  quarantine: () => (require('./quarantine') as typeof import('./quarantine')).registerQuarantine,
  docs: () => (require('./docs') as typeof import('./docs')).registerDocs,
  explain: () => (require('./explain') as typeof import('./explain')).registerExplain,
  scp: () => (require('./scp') as typeof import('./scp')).registerScp,
  verify: () => (require('./verify') as typeof import('./verify')).registerVerify,
};

/** Adds the verb that a command line begins with; all of them for the help, and to suggest one where there is none of that name. */
export function registerVerbs(registry: Registry, first: string | undefined): void {
  const wanted = first !== undefined && Object.hasOwn(VERBS, first) ? [VERBS[first]] : Object.values(VERBS);
  for (const load of wanted) load()(registry);
}
