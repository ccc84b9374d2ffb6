import { type App, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';

/**
 * Has the packs of cdk-nag, and other plugins, look at an app. Only its first synth is looked at, which `Template.fromStack` is as well: so
 * this comes before both.
 */
export function addPacks(app: App, ...others: IPolicyValidationPlugin[]): App {
  Validations.of(app).addPlugins(...others, new AwsSolutionsChecks(app), new HIPAASecurityChecks(app), new NIST80053R5Checks(app), new PCIDSS321Checks(app));
  return app;
}

/** What the plugins of an app have to say against it, empty where nothing; the first synth counts, a later one is not looked at again. */
export function findingsOf(app: App): string {
  try {
    app.synth();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
