import * as fs from 'node:fs';
import * as path from 'node:path';
import { findPython, packageRoot, PythonMissing } from '../../lib/plan/sql/python-home';
import { freshFolder, ROOT } from './built-mesh';

const notice = (): void => undefined;

describe('the Python that runs the jobs', () => {
  test('is the one of this package, with the jobs beside it', () => {
    const { executable, env } = findPython({ root: freshFolder(), env: {}, notice });
    expect(executable).toBe(path.join(ROOT, '.venv', 'bin', 'python'));
    expect(env.PYTHONPATH).toBe(path.join(ROOT, 'glue-jobs', 'src'));
  });

  test('is the one that MESH_PYTHON names, and what is on the PYTHONPATH stays there', () => {
    const named = path.join(freshFolder(), 'python');
    fs.writeFileSync(named, '');
    const { executable, env } = findPython({ root: freshFolder(), env: { MESH_PYTHON: named, PYTHONPATH: '/elsewhere' }, notice });
    expect(executable).toBe(named);
    expect(env.PYTHONPATH?.split(path.delimiter)).toEqual([path.join(ROOT, 'glue-jobs', 'src'), '/elsewhere']);
  });

  test('an empty MESH_PYTHON is none', () => {
    expect(findPython({ root: freshFolder(), env: { MESH_PYTHON: '' }, notice }).executable).toContain('.venv');
  });

  test('is said to be missing where MESH_PYTHON names nothing', () => {
    expect(() => findPython({ root: freshFolder(), env: { MESH_PYTHON: '/nowhere/python' }, notice })).toThrow(PythonMissing);
  });

  test('is looked for from the folder of the package', () => expect(packageRoot()).toBe(ROOT));
});
