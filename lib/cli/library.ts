/* eslint-disable @typescript-eslint/no-require-imports -- read when a verb first needs them: starting is most of what a short command takes */
import type * as Yaml from '../contract/yaml-file';
import type * as Python from '../plan/python';

/** The parts of the library that cost time to load. */
export const library = {
  yaml: (): typeof Yaml => require('../contract/yaml-file') as typeof Yaml,
  python: (): typeof Python => require('../plan/python') as typeof Python,
};
