import { type ReportedFinding, sarif } from '../../../lib/cli/report/sarif';

interface Log {
  readonly version: string;
  readonly runs: readonly [{
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly (Record<string, unknown> & { readonly locations: readonly Record<string, unknown>[] })[];
  }];
}

const finding: ReportedFinding = { ruleId: 'lint/version', level: 'error', message: 'no semantic version', file: 'contracts/sales/orders.contract.yaml', line: 4, column: 10 };
const log = (findings: readonly ReportedFinding[]): Log => sarif(findings, [{ id: 'lint/version', title: 'The version is a semantic version' }, { id: 'lint/unused', title: 'Never found' }]) as Log;

describe('findings as SARIF', () => {
  test('say what, where and how bad', () => {
    const { version, runs: [run] } = log([finding]);
    expect(version).toBe('2.1.0');
    expect(run.results).toEqual([{
      ruleId: 'lint/version', ruleIndex: 0, level: 'error', message: { text: 'no semantic version' },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'contracts/sales/orders.contract.yaml', uriBaseId: '%SRCROOT%' }, region: { startLine: 4, startColumn: 10 } } }],
    }]);
  });

  test('describe the rules that were found, and those only', () => {
    expect(log([finding]).runs[0].tool.driver.rules).toEqual([{ id: 'lint/version', shortDescription: { text: 'The version is a semantic version' } }]);
    expect(log([]).runs[0]).toMatchObject({ results: [], tool: { driver: { rules: [] } } });
  });

  test('are the same finding when lines move, and accepted ones say why', () => {
    const [before, after] = log([{ ...finding, path: 'version' }, { ...finding, path: 'version', line: 9, accepted: 'agreed with finance' }]).runs[0].results;
    expect(before.partialFingerprints).toEqual(after.partialFingerprints);
    expect(after.suppressions).toEqual([{ kind: 'external', status: 'accepted', justification: 'agreed with finance' }]);
    expect(before.locations[0].logicalLocations).toEqual([{ fullyQualifiedName: 'version' }]);
  });

  test('name files as URIs', () => {
    const files = ['a b/ä#1.yaml', 'C\\x.yaml', '/tmp/x.yaml'].map((file) => ({ ...finding, file }));
    expect(log(files).runs[0].results.map(({ locations: [{ physicalLocation }] }) => (physicalLocation as { artifactLocation: { uri: string } }).artifactLocation.uri))
      .toEqual(['a%20b/%C3%A4%231.yaml', 'C/x.yaml', 'file:///tmp/x.yaml']);
  });
});
