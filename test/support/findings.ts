import { type App } from 'aws-cdk-lib';

/** What the plugins of an app have to say against it, empty where nothing; the first synth counts, a later one is not looked at again. */
export function findingsOf(app: App): string {
  try {
    app.synth();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
