import { type NewFile } from './scaffold';

/** What keeps the promises of a repository of contracts: a workflow of GitHub, and hooks before each commit. `signed` where mesh.yaml asks for sign-offs. */
export function githubFiles(signed: boolean): NewFile[] {
  return [{ path: '.github/workflows/mesh.yml', text: workflow(signed) }, { path: '.pre-commit-config.yaml', text: PRE_COMMIT }];
}

/**
 * The token may read and nothing else, and what a pull request says of itself (its base) is handed over as an environment
 * variable, never as text of a script. Jobs without credentials: a synth needs none.
 */
const workflow = (signed: boolean): string => `\
# Keeps what the contracts promise: nothing is merged that breaks a promise, a rule or a test.
name: mesh
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
concurrency:
  group: mesh-\${{ github.ref }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

jobs:
  contracts:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v5
        with: {fetch-depth: 0, persist-credentials: false} # mesh diff reads the base
      - uses: actions/setup-node@v5
        with: {node-version: 20, cache: npm}
      - uses: actions/setup-python@v6
        with: {python-version: "3.11"} # runs the jobs, and checks SQL
      - run: npm ci

      - name: contracts are valid
        ${signed ? '# and signed by the people mesh.yaml names\n        run: npx mesh validate --require-signoffs --format github' : '# with signoffs in mesh.yaml: add --require-signoffs\n        run: npx mesh validate --format github'}

      - name: versions follow what changed
        if: github.event_name == 'pull_request'
        env:
          BASE: \${{ github.base_ref }}
        run: npx mesh diff --against "$(git merge-base "origin/$BASE" HEAD)" --format markdown | tee -a "$GITHUB_STEP_SUMMARY"
        shell: bash # with pipefail, so that tee does not hide a failure

      - name: logic does what its tests expect
        run: npx mesh test

      - name: stacks can be deployed, by the policy of the mesh and by cdk-nag
        run: npx cdk synth --quiet --context nag=AwsSolutions,NIST.800.53.R5
`;

const PRE_COMMIT = `\
# Looks before each commit: https://pre-commit.com, then: pre-commit install
repos:
  - repo: local
    hooks:
      - id: mesh-validate
        name: mesh validate
        entry: npx --no-install mesh validate
        language: system
        files: '(^|/)(mesh\\.yaml|vocabulary\\.yaml|[^/]+\\.(contract|pipeline|tests|signoff)\\.ya?ml)$|(^|/)contracts/.*\\.sql$'
        pass_filenames: false # a change of one file may break another
`;
