import { createRequire } from 'node:module';
import * as path from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';

type Pack = new (app: App) => Parameters<Validations['addPlugins']>[0];

/** Packs of cdk-nag 3, by the names that its findings carry. */
const PACKS: Readonly<Record<string, string>> = {
  'AwsSolutions': 'AwsSolutionsChecks', 'HIPAA.Security': 'HIPAASecurityChecks', 'NIST.800.53.R5': 'NIST80053R5Checks', 'PCI.DSS.321': 'PCIDSS321Checks',
};

/**
 * Lets packs of cdk-nag look at every template of an app as well. cdk-nag is not ours to bring: it is loaded from the
 * folder that the app is run in.
 * @throws an error for a pack that does not exist, and where cdk-nag is not installed
 */
export function addNagPacks(app: App, names: readonly string[], folder = process.cwd()): void {
  const unknown = names.find((name) => !Object.hasOwn(PACKS, name));
  if (unknown !== undefined) throw new Error(`there is no pack of cdk-nag called "${unknown}"; write one of ${Object.keys(PACKS).join(', ')}`);
  const nag = load(folder);
  Validations.of(app).addPlugins(...names.map((name) => new nag[PACKS[name]](app)));
}

function load(folder: string): Readonly<Record<string, Pack>> {
  try {
    return createRequire(path.join(folder, 'cdk.json'))('cdk-nag') as Readonly<Record<string, Pack>>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error('packs of cdk-nag were asked for, but it is not installed here: npm install --save-dev cdk-nag@3');
  }
}
