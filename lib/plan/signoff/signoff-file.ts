/* eslint-disable @typescript-eslint/no-require-imports -- a model is built when there is a file to judge: most contracts have none */
import { modelProblems } from '../../contract/model-problems';
import { type Problem } from '../../contract/problem';
import { readYamlFile } from '../../contract/yaml-file';
import { type Locate } from '../../contract/yaml-positions';
import type * as Model from './signoff-model';
import { SIGNOFF_PARTS } from './signoff-parts';

/** The sign-offs beside a contract, or everything that is wrong with their file. */
export type LoadedSignoffs =
  | { readonly ok: true; readonly file: string; readonly signoffs: Model.Signoffs; readonly locate: Locate }
  | { readonly ok: false; readonly file: string; readonly problems: readonly Problem[] };

/** Reads a sign-off file. `file` is what problems call it. */
export function loadSignoffs(path: string, file = path): LoadedSignoffs {
  const read = readYamlFile(path, { as: file });
  if (!read.ok) return { ...read, file };
  const { signoffModel } = require('./signoff-model') as typeof Model;
  const problems = modelProblems(signoffModel, { file, value: read.value, locate: read.locate }, 'signoff');
  if (problems.length > 0) return { ok: false, file, problems };
  return { ok: true, file, signoffs: read.value as Model.Signoffs, locate: read.locate };
}

/** A sign-off file as `mesh sign` writes it. */
export function signoffText(signoffs: Model.Signoffs): string {
  const parts = SIGNOFF_PARTS.flatMap((part) => {
    const signoff = signoffs[part];
    if (signoff === undefined) return [];
    const fields = Object.entries(signoff.statement).filter(([, value]) => value !== undefined).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
    return [`${part}:\n  statement:\n${fields.join('\n')}\n  signature: |\n${signoff.signature.trim().split(/\r?\n/).map((line) => `    ${line}`).join('\n')}\n`];
  });
  return `# Who approved what of this contract. Written by mesh sign; a change by hand makes a sign-off void.\n${parts.join('')}`;
}
