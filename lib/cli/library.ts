/* eslint-disable @typescript-eslint/no-require-imports -- read when a verb first needs them: starting is most of what a short command takes */
import type * as Diff from '../contract/diff/diff-sets';
import type * as Yaml from '../contract/yaml-file';
import type * as AllRules from '../plan/all-rules';
import type * as CrossChecks from '../plan/checks/cross-checks';
import type * as CompileProduct from '../plan/compile-product';
import type * as ContractTree from '../plan/contract-tree';
import type * as ExamineProduct from '../plan/examine-product';
import type * as Glossary from '../plan/glossary';
import type * as Impact from '../plan/lineage/impact';
import type * as Deprecate from '../plan/lifecycle/deprecate';
import type * as Importers from '../plan/lifecycle/importers';
import type * as Retire from '../plan/lifecycle/retire';
import type * as Rewrite from '../plan/lifecycle/rewrite';
import type * as PlanChanges from '../plan/plan-changes';
import type * as Proposal from '../plan/proposal';
import type * as Python from '../plan/sql/python';
import type * as PythonHome from '../plan/sql/python-home';
import type * as ServiceControlPolicies from '../plan/mesh/service-control-policies';
import type * as CheckSignoffs from '../plan/signoff/check-signoffs';
import type * as RequiredSignoffs from '../plan/signoff/required-signoffs';
import type * as JudgeSignoffs from '../plan/signoff/judge-signoffs';
import type * as Signoff from '../plan/signoff/signed-content';
import type * as SignoffFile from '../plan/signoff/signoff-file';
import type * as SlaMonth from '../plan/sla-review/month';
import type * as SlaReport from '../plan/sla-review/report';
import type * as SlaReview from '../plan/sla-review/review';
import type * as SshSignature from '../plan/signoff/ssh-signature';
import type * as Validate from '../plan/validate';
import type * as HeldAfter from './held-after';
import type * as OpenLineage from './openlineage';
import type * as Workspace from '../plan/workspace';
import type * as Docs from './docs/site';

/** The parts of the library that cost time to load. */
export const library = {
  yaml: (): typeof Yaml => require('../contract/yaml-file') as typeof Yaml,
  diff: (): typeof Diff => require('../contract/diff/diff-sets') as typeof Diff,
  contractTree: (): typeof ContractTree => require('../plan/contract-tree') as typeof ContractTree,
  crossChecks: (): typeof CrossChecks => require('../plan/checks/cross-checks') as typeof CrossChecks,
  compile: (): typeof CompileProduct => require('../plan/compile-product') as typeof CompileProduct,
  docs: (): typeof Docs => require('./docs/site') as typeof Docs,
  examine: (): typeof ExamineProduct => require('../plan/examine-product') as typeof ExamineProduct,
  glossary: (): typeof Glossary => require('../plan/glossary') as typeof Glossary,
  heldAfter: (): typeof HeldAfter => require('./held-after') as typeof HeldAfter,
  impact: (): typeof Impact => require('../plan/lineage/impact') as typeof Impact,
  deprecate: (): typeof Deprecate => require('../plan/lifecycle/deprecate') as typeof Deprecate,
  importers: (): typeof Importers => require('../plan/lifecycle/importers') as typeof Importers,
  retire: (): typeof Retire => require('../plan/lifecycle/retire') as typeof Retire,
  rewrite: (): typeof Rewrite => require('../plan/lifecycle/rewrite') as typeof Rewrite,
  openLineage: (): typeof OpenLineage => require('./openlineage') as typeof OpenLineage,
  planChanges: (): typeof PlanChanges => require('../plan/plan-changes') as typeof PlanChanges,
  proposal: (): typeof Proposal => require('../plan/proposal') as typeof Proposal,
  python: (): typeof Python => require('../plan/sql/python') as typeof Python,
  pythonHome: (): typeof PythonHome => require('../plan/sql/python-home') as typeof PythonHome,
  checkSignoffs: (): typeof CheckSignoffs => require('../plan/signoff/check-signoffs') as typeof CheckSignoffs,
  rules: (): typeof AllRules => require('../plan/all-rules') as typeof AllRules,
  requiredSignoffs: (): typeof RequiredSignoffs => require('../plan/signoff/required-signoffs') as typeof RequiredSignoffs,
  judgeSignoffs: (): typeof JudgeSignoffs => require('../plan/signoff/judge-signoffs') as typeof JudgeSignoffs,
  serviceControlPolicies: (): typeof ServiceControlPolicies => require('../plan/mesh/service-control-policies') as typeof ServiceControlPolicies,
  signoff: (): typeof Signoff => require('../plan/signoff/signed-content') as typeof Signoff,
  signoffFile: (): typeof SignoffFile => require('../plan/signoff/signoff-file') as typeof SignoffFile,
  slaMonth: (): typeof SlaMonth => require('../plan/sla-review/month') as typeof SlaMonth,
  slaReport: (): typeof SlaReport => require('../plan/sla-review/report') as typeof SlaReport,
  slaReview: (): typeof SlaReview => require('../plan/sla-review/review') as typeof SlaReview,
  sshSignature: (): typeof SshSignature => require('../plan/signoff/ssh-signature') as typeof SshSignature,
  validate: (): typeof Validate => require('../plan/validate') as typeof Validate,
  workspace: (): typeof Workspace => require('../plan/workspace') as typeof Workspace,
};
