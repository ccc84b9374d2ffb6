import { VERSION } from '../version';

/** One finding, as code scanning shows it beside its line. */
export interface ReportedFinding {
  /** Stable, e.g. `lint/reversed-between`. */
  readonly ruleId: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  /** As the person named it; relative ones are taken from the root of the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** Where in the document, e.g. `schema[0].name`: with it a finding stays the same one when lines move. */
  readonly path?: string | undefined;
  /** Why it does not count, where somebody has accepted it. */
  readonly accepted?: string | undefined;
}

/** A rule that findings name. */
export interface ReportedRule {
  readonly id: string;
  /** One line: what the rule says. */
  readonly title: string;
}

/** Findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which GitHub's code scanning and editors read. */
export function sarif(findings: readonly ReportedFinding[], rules: readonly ReportedRule[]): object {
  const used = new Set(findings.map(({ ruleId }) => ruleId));
  const described = rules.filter(({ id }) => used.has(id));
  const indexOf = new Map(described.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: { driver: {
        name: 'mesh', semanticVersion: VERSION, informationUri: 'https://github.com/cdk-data-mesh/cdk-data-mesh',
        rules: described.map(({ id, title }) => ({ id, shortDescription: { text: title } })),
      } },
      columnKind: 'utf16CodeUnits',
      results: findings.map(({ ruleId, level, message, file, line, column, path, accepted }) => ({
        ruleId, ...indexOf.has(ruleId) && { ruleIndex: indexOf.get(ruleId) }, level, message: { text: message },
        locations: [{
          physicalLocation: { artifactLocation: uriOf(file), region: { startLine: line, startColumn: column } },
          ...path !== undefined && path !== '' && { logicalLocations: [{ fullyQualifiedName: path }] },
        }],
        ...path !== undefined && { partialFingerprints: { 'rulePathFile/v1': `${ruleId}:${path}:${slashed(file)}` } },
        ...accepted !== undefined && { suppressions: [{ kind: 'external', status: 'accepted', justification: accepted }] },
      })),
    }],
  };
}

/** A relative path stays one, so that it fits every checkout; `%SRCROOT%` is the name that viewers know. */
function uriOf(file: string): object {
  const uri = slashed(file).split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? { uri: `file://${uri}` } : { uri, uriBaseId: '%SRCROOT%' };
}

function slashed(file: string): string {
  return file.replaceAll('\\', '/');
}
