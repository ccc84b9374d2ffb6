import { type Contract, type LoadedContract, type Remainder } from './contract';
import { digest } from './digest';
import { type DocumentPath, formatPath, valueAt } from './document-path';
import { fieldsAtFault, modelProblems, type ModelSource } from './model-problems';
import { type OdcsDocument, odcsModel } from './odcs/document';
import { API_VERSIONS, type Edition, EDITIONS, editionOf } from './odcs/edition';
import { unknownFieldHint } from './odcs/hints';
import { normalise } from './odcs/normalise';
import { type Problem } from './problem';
import { isShortTemplate, readShortTemplate } from './short-template';
import { suggest } from './suggest';
import { parseYaml, readYamlFile, type YamlFile } from './yaml-file';

/**
 * Loads the contract in a file: an ODCS document of 3.0, 3.1 or 3.2, or the short template, whichever it is.
 * `file` is what problems call it; the path as given without it.
 */
export function loadContract(path: string, file = path): LoadedContract {
  return contractOf(readYamlFile(path, { as: file }), file);
}

/** As {@link loadContract}, of a text. */
export function parseContract(text: string, file: string): LoadedContract {
  return contractOf(parseYaml(text, file), file);
}

function contractOf(read: YamlFile, file: string): LoadedContract {
  if (!read.ok) return read;
  const source: ModelSource = { file, value: read.value, locate: read.locate };
  if (!isShortTemplate(read.value)) return odcsContract(source);
  const short = readShortTemplate(source);
  if (!short.ok) return short;
  const { document, origin, warnings } = short;
  const contract = build('short-template', document, source, origin);
  return { ok: true, contract: { ...contract, incomplete: warnings.length > 0 }, warnings };
}

function odcsContract(source: ModelSource): LoadedContract {
  const edition = editionOf(source.value);
  // an unknown edition is judged by the one most contracts are written in, so that the rest is said too
  const options = { unknownField: unknownFieldHint(edition ?? '3.1') };
  const problems = modelProblems(odcsModel(edition ?? '3.1'), source, 'odcs', options);
  if (edition === undefined) {
    return { ok: false, problems: [...versionProblem(source), ...problems.filter(({ path }) => path !== 'apiVersion')] };
  }
  if (problems.length > 0) return { ok: false, problems, remainder: () => remainder(source, edition) };
  return { ok: true, contract: build('odcs', source.value as OdcsDocument, source, (path) => path), warnings: [] };
}

function remainder(source: ModelSource, edition: Edition): Remainder | undefined {
  const model = odcsModel(edition);
  const left = structuredClone(source.value);
  const faults = fieldsAtFault(model, source.value);
  for (const path of faults) {
    const holder = valueAt(left, path.slice(0, -1));
    if (typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, path[path.length - 1]);
  }
  if (fieldsAtFault(model, left).length > 0) return undefined;
  const without = faults.map(formatPath);
  return { contract: build('odcs', left as OdcsDocument, source, (path) => path), isWhole: (path) => without.every((each) => !isWithin(each, entryOf(path))) };
}

/** The column, table, or entry of a list at the top that a path leads into. */
function entryOf(path: string): string {
  return /^(?:schema\[\d+\]\.properties\[\d+\]|\w+(?:\[\d+\])?)?/.exec(path)![0];
}

function isWithin(path: string, other: string): boolean {
  return other === '' || path.startsWith(other) && ['', '.', '['].includes(path.charAt(other.length));
}

function build(form: Contract['form'], document: OdcsDocument, source: ModelSource, origin: (path: DocumentPath) => DocumentPath): Contract {
  const edition = editionOf(document) ?? '3.1';
  let sum: string | undefined;
  return {
    ...normalise(document, edition),
    file: source.file, form, edition, document,
    // most commands never ask
    get digest() { return sum ??= digest(document); },
    incomplete: false,
    locate: (path, what) => {
      const written = origin(path);
      return { ...source.locate(written, what), path: written };
    },
  };
}

/** Only of fields; what is not even that is said by the model. */
function versionProblem(source: ModelSource): Problem[] {
  const { value, file, locate } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const known = EDITIONS.flatMap((edition) => API_VERSIONS[edition]).filter((version) => version.startsWith('v3'));
  const written = (value as Record<string, unknown>)['apiVersion'];
  const { line, column } = locate(['apiVersion']);
  const at = { severity: 'error', file, line, column, path: formatPath(['apiVersion']), expected: `one of ${known.sort().reverse().join(', ')}` } as const;
  if (written === undefined) return [{ id: 'odcs/missing', ...at, message: '`apiVersion` is missing', remedy: 'write `apiVersion: v3.1.0`' }];
  const wanted = typeof written === 'string' ? `v${written.replace(/^v/i, '')}` : '';
  const near = suggest(wanted, known);
  // a version of another major is no slip of the pen
  const meant = /^v3\.\d+$/.test(wanted) ? known.find((version) => version.startsWith(`${wanted}.`)) : near?.[1] === wanted[1] ? near : undefined;
  return [{
    id: 'odcs/version', ...at, message: '`apiVersion` is not a supported version of ODCS',
    received: JSON.stringify(written).slice(0, 60), remedy: `write \`apiVersion: ${meant ?? 'v3.1.0'}\``,
  }];
}
