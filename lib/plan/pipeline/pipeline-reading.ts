/* eslint-disable @typescript-eslint/no-require-imports -- a model is built when there is a file to judge: most commands have none */
import * as path from 'node:path';
import { digest } from '../../contract/digest';
import { type DocumentPath } from '../../contract/document-path';
import { Findings, type RuleInfo } from '../../contract/findings';
import { modelProblems } from '../../contract/model-problems';
import { type Problem } from '../../contract/problem';
import { suggest } from '../../contract/suggestion';
import { readYamlFile } from '../../contract/yaml-file';
import { type DraftPipeline } from './draft';
import { draftPipeline } from './draft-pipeline';
import { localFiles } from './local-files';
import type * as Model from './pipeline-file';
import { type Workspace } from '../workspace';

/** A pipeline file as read: what it says, and a place to report what is wrong with it. */
export interface ReadPipeline {
  readonly pipeline: DraftPipeline;
  /** Names as written, also of sources that made no sense. */
  readonly declared: { readonly sources: readonly string[]; readonly tables: readonly string[] };
  readonly findings: Findings;
  /** `sha256:…` of its RFC 8785 form. */
  readonly digest: string;
}

/** Reads the pipeline file of a product. */
export function readPipeline(workspace: Workspace, file: string, environment: string | null): { readonly ok: true; readonly read: ReadPipeline } | { readonly ok: false; readonly problems: readonly Problem[] } {
  const name = workspace.nameOf(file);
  const yaml = readYamlFile(file, { as: name });
  if (!yaml.ok) return yaml;
  const { pipelineModel, RULE_KINDS } = require('./pipeline-file') as typeof Model;
  const problems = modelProblems(pipelineModel, { file: name, value: yaml.value, locate: yaml.locate }, 'pipeline', {
    unknownField: (field, at) => (at.at(-3) === 'rules' && suggest(field, RULE_KINDS) === undefined ? `write one of the rules: ${RULE_KINDS.join(', ')}` : undefined),
  });
  if (problems.length > 0) return { ok: false, problems };
  const findings = new Findings(name, yaml.locate);
  const written = yaml.value as Model.PipelineFile;
  const tooMany = excess(written, findings);
  if (tooMany) return { ok: false, problems: findings.problems() };
  const local = localFiles(workspace.root, path.dirname(file), findings);
  const pipeline = draftPipeline(written, { findings, products: workspace, environment, ...local });
  return {
    ok: true,
    read: { pipeline, findings, declared: { sources: Object.keys(written.sources), tables: Object.keys(written.tables) }, digest: `sha256:${digest(yaml.value)}` },
  };
}

const TOO_MANY: RuleInfo = { id: 'pipeline/range', severity: 'error', title: 'A value is within its bounds' };

/** Nobody writes so much by hand, and what belongs together would no longer be seen. */
const MOST = { sources: 500, tables: 500, rules: 200 } as const;

function excess(file: Model.PipelineFile, findings: Findings): boolean {
  const check = (what: keyof typeof MOST, path: DocumentPath, count: number): void => {
    if (count <= MOST[what]) return;
    findings.add(TOO_MANY, path, { message: `there are ${count} ${what}`, at: 'key', received: count, expected: `at most ${MOST[what]}`, remedy: 'split the product' });
  };
  check('sources', ['sources'], Object.keys(file.sources).length);
  check('tables', ['tables'], Object.keys(file.tables).length);
  for (const [name, { rules = [] }] of Object.entries(file.tables)) check('rules', ['tables', name, 'rules'], rules.length);
  return findings.anyError;
}
