import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const root = path.resolve(__dirname, '../..');
const read = (file: string): Record<string, unknown> => JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;

describe('feature flags of the CDK', () => {
  const ours = read(path.join(root, 'cdk.json')).context as Record<string, unknown>;
  const recommended = read(path.join(root, 'node_modules/aws-cdk-lib/recommended-feature-flags.json'));

  test('are all decided, so that no later release decides one for what is deployed', () => {
    expect(Object.keys(recommended).filter((flag) => !(flag in ours))).toEqual([]);
  });

  test('are as the CDK recommends them, but for the one that would tell it more of how it is used', () => {
    const otherwise = Object.entries(ours).filter(([flag, value]) => !isDeepStrictEqual(recommended[flag], value));
    expect(otherwise).toEqual([['@aws-cdk/core:enableAdditionalMetadataCollection', false]]);
  });
});
