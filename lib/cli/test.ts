import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Engine } from '../plan/sql/python-home';
import { planOf, testsOf } from './plan-of';
import { ExitCode, UsageError } from './failure';
import { ask } from './jobs';
import { findMeshRoot, findProducts, type KnownProduct, productList, resolveProduct, shortName } from './products';
import { harmless } from './terminal/text';
import { plural } from './terminal/units';
import { engineOption, environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly engine: Engine;
  readonly env?: string;
  readonly json?: boolean;
}

interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly string[];
}

export function registerTest({ program, session, finish }: Registry): void {
  program.command('test')
    .helpGroup(Group.write)
    .summary('given these rows, expect those: the tests beside a pipeline')
    .description('Runs <entity>.tests.yaml: rules and SQL on the rows of each case, on the real engine, table by table. '
      + 'Nothing is read from the sources and nothing is kept.')
    .argument('[product]', 'only this one; else all that have tests')
    .addOption(engineOption())
    .addOption(environmentOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([['mesh test', 'every product that has tests'], ['mesh test sales/orders', 'one']], '0 all passed, 1 a test failed, 2 wrong usage or no tests'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await test(session, reference, options));
    });
}

export async function test(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const all = findProducts(root);
  const tested = (reference === undefined ? all : [resolveProduct(reference, root, session.cwd)]).filter((product) => fs.existsSync(testsFile(product)));
  if (tested.length === 0) {
    throw new UsageError(reference === undefined ? 'no product has tests' : `${reference} has no tests`,
      reference === undefined ? productList(all) : `write ${path.relative(session.cwd, testsFile(resolveProduct(reference, root, session.cwd)))}`);
  }
  const results: { product: string; cases: CaseResult[] }[] = [];
  for (const product of tested) {
    const plan = planOf(session, root, product, options.env);
    const cases = testsOf(session, root, product);
    const answer = await ask<{ cases: CaseResult[] }>(session, root, 'test', { plan, root, cases, engine: options.engine });
    results.push({ product: product.id, cases: answer.cases });
    if (options.json !== true) print(session, shortName(product, all), answer.cases);
  }
  const cases = results.flatMap((result) => result.cases);
  const failed = cases.filter((one) => !one.passed).length;
  if (options.json === true) printJson(session, { ok: failed === 0, products: results });
  else session.terminal.out.line(`${plural(cases.length - failed, 'test')} passed${failed === 0 ? '' : `, ${failed} failed`}`);
  return failed === 0 ? ExitCode.fine : ExitCode.fault;
}

function testsFile({ file }: KnownProduct): string {
  return file.replace(/\.contract(\.ya?ml)$/, '.tests$1');
}

function print(session: Session, name: string, cases: readonly CaseResult[]): void {
  const { out, err } = session.terminal;
  for (const one of cases) {
    if (one.passed) {
      out.line(`${out.paint.green('✔')} ${name} ${harmless(one.name)}`);
      continue;
    }
    err.line(`${err.paint.red('✖')} ${name} ${harmless(one.name)}`);
    for (const difference of one.differences) for (const line of difference.split('\n')) err.line(`    ${harmless(line)}`);
  }
}
