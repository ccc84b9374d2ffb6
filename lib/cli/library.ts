/* eslint-disable @typescript-eslint/no-require-imports -- read when a verb first needs them: starting is most of what a short command takes */
import type * as ModelProblems from '../contract/model-problems';
import type * as Yaml from '../contract/yaml-file';
import type * as CompileProduct from '../plan/compile-product';
import type * as Python from '../plan/python';
import type * as PythonHome from '../plan/python-home';
import type * as TestsFile from '../plan/tests-file';
import type * as Validate from '../plan/validate';
import type * as Workspace from '../plan/workspace';

/** The parts of the library that cost time to load. */
export const library = {
  yaml: (): typeof Yaml => require('../contract/yaml-file') as typeof Yaml,
  compile: (): typeof CompileProduct => require('../plan/compile-product') as typeof CompileProduct,
  python: (): typeof Python => require('../plan/python') as typeof Python,
  pythonHome: (): typeof PythonHome => require('../plan/python-home') as typeof PythonHome,
  problems: (): typeof ModelProblems => require('../contract/model-problems') as typeof ModelProblems,
  testsFile: (): typeof TestsFile => require('../plan/tests-file') as typeof TestsFile,
  validate: (): typeof Validate => require('../plan/validate') as typeof Validate,
  workspace: (): typeof Workspace => require('../plan/workspace') as typeof Workspace,
};
