import * as fs from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '..');

/** Which layers a layer may import from, itself included. */
const ARROWS: Record<string, string[]> = {
  'lib/contract': ['lib/contract'],
  'lib/plan': ['lib/plan', 'lib/contract'],
  // Names of what is deployed are said where it is made.
  'lib/cli': ['lib/cli', 'constructs', 'lib/plan', 'lib/contract'],
  'constructs': ['constructs', 'lib/plan', 'lib/contract'],
  'lib/stacks': ['lib/stacks', 'constructs', 'lib/plan', 'lib/contract'],
  'bin': ['bin', 'lib/cli', 'lib/stacks'],
};

function sources(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return sources(full);
    return entry.name.endsWith('.ts') ? [full] : [];
  });
}

function imports(file: string): string[] {
  const text = fs.readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from\s+|import\(|require\()'([^']+)'/g)].map((match) => match[1]);
}

const layerOf = (file: string): string | undefined =>
  Object.keys(ARROWS).find((layer) => path.relative(root, file).split(path.sep).join('/').startsWith(`${layer}/`));

describe('imports point one way', () => {
  test.each(Object.keys(ARROWS))('%s imports nothing above it', (layer) => {
    const against = sources(path.join(root, layer)).flatMap((file) =>
      imports(file)
        .filter((name) => name.startsWith('.'))
        .filter((name) => {
          const target = layerOf(`${path.resolve(path.dirname(file), name)}.ts`);
          return target !== undefined && !ARROWS[layer].includes(target);
        })
        .map((name) => `${path.relative(root, file)} imports ${name}`));
    expect(against).toEqual([]);
  });

  test('contracts and plans know no AWS', () => {
    const knowing = ['lib/contract', 'lib/plan'].flatMap((layer) => sources(path.join(root, layer)))
      .filter((file) => imports(file).some((name) => /^(aws-cdk-lib|constructs|@aws-sdk\/|cdk-nag)/.test(name)));
    expect(knowing).toEqual([]);
  });

  test('the command line loads no CDK: of constructs it knows the names that things have', () => {
    const reached = new Set<string>();
    const reach = (file: string): void => {
      if (reached.has(file) || !fs.existsSync(file)) return;
      reached.add(file);
      for (const name of imports(file).filter((each) => each.startsWith('.'))) reach(`${path.resolve(path.dirname(file), name)}.ts`);
    };
    for (const file of sources(path.join(root, 'lib/cli'))) reach(file);
    expect([...reached].map((file) => path.relative(root, file)).filter((file) => file.startsWith('constructs/'))).not.toEqual([]);
    expect([...reached].filter((file) => imports(file).some((name) => /^(aws-cdk-lib|constructs|@aws-sdk\/|cdk-nag)/.test(name)))).toEqual([]);
  });

  test('what a Lambda function runs is its own: what two of them share stands outside of both', () => {
    const handlerOf = (file: string): string | undefined => /constructs\/\w+\/handler(?=\/)/.exec(file.split(path.sep).join('/'))?.[0];
    const crossing = sources(path.join(root, 'constructs')).flatMap((file) => imports(file)
      .map((name) => path.resolve(path.dirname(file), name))
      .filter((target) => handlerOf(target) !== undefined && handlerOf(target) !== handlerOf(file))
      .map((target) => `${path.relative(root, file)} imports ${path.relative(root, target)}`));
    expect(crossing).toEqual([]);
  });

  test('the check sees an arrow that points the wrong way', () => {
    expect(layerOf(path.join(root, 'lib/plan/any.ts'))).toBe('lib/plan');
    expect(ARROWS['lib/contract']).not.toContain('lib/plan');
    expect(imports(__filename)).toContain('node:fs');
  });
});

test('what a tool takes of another one is there', () => {
  const tools = fs.readdirSync(path.join(root, 'tools'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js')).map((name) => path.join(root, 'tools', name));
  const namesIn = (list: string): string[] => list.split(',').map((each) => each.replace(/:.*/s, '').trim()).filter((name) => name !== '');
  const exported = (file: string): string[] => namesIn(/module\.exports = \{([^}]*)\}/.exec(fs.readFileSync(file, 'utf8'))?.[1] ?? '');
  const taken = tools.flatMap((file) => [...fs.readFileSync(file, 'utf8').matchAll(/const \{([^}]*)\} = require\('(\.[^']+)'\)/g)].flatMap(([, list, from]) => (
    namesIn(list).map((name) => ({ tool: path.relative(root, file), name, from: `${path.resolve(path.dirname(file), from).replace(/\.js$/, '')}.js` }))
  ))).filter(({ from }) => fs.existsSync(from));
  expect(taken.length).toBeGreaterThan(50);
  expect(taken.filter(({ name, from }) => !exported(from).includes(name))).toEqual([]);
});
