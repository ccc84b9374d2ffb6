import { RULES } from '../rules';
import { Template } from '../template';

/** CloudFormation shows this much of what a hook says: https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html */
const LONGEST = 4096;
/** A product whose data may go was asked for it twice, and CloudFormation is not told: that its stores stay is for the synth to say. */
const LEFT_TO_THE_SYNTH = ['MESH-KEEP-1'];

/** What is wrong with a template, for whoever deploys it; undefined where nothing is. */
export function objections(template: string, account: string): string | undefined {
  const read = readable(template, account);
  if (read === undefined) return 'the template is not JSON: deploy it with the CDK, as all stacks of products are';
  // Rules of products go by what a template says it is: with the role of products nothing else is deployed.
  if (read.product === undefined) return 'the stack is not a product\'s: it asks its foundation for nothing, or calls itself something else; with the role of products nothing but products is deployed';
  const found = RULES.filter(({ id }) => !LEFT_TO_THE_SYNTH.includes(id))
    .flatMap(({ id, description, fix, check }) => [...check(read)].map(({ resource, at }) => `${id} at ${resource} (${at}): ${description} → ${fix}`));
  if (found.length === 0) return undefined;
  const said = `the mesh's policy refuses the stack:\n${found.join('\n')}`;
  return said.length <= LONGEST ? said : `${said.slice(0, LONGEST - 2)} …`;
}

function readable(template: string, account: string): Template | undefined {
  try {
    return new Template(template, account);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
