import { type Finding, type Rule } from '../rule';
import { asList, asObject, at, type Resource, type Template } from '../template';

/** What costs money or keeps data, and takes tags in a template. */
const TAGGED = [
  'AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::Logs::LogGroup',
  'AWS::Lambda::Function', 'AWS::Glue::Job', 'AWS::StepFunctions::StateMachine', 'AWS::Athena::WorkGroup', 'AWS::IAM::Role',
];

/** Of everything somebody can say whose it is and who pays for it. */
export const TAG_RULES: Rule[] = [
  { id: 'MESH-TAG-1', description: 'Nobody can say who owns something', fix: 'tag the stack with owner: the domain\'s owner in mesh.yaml', check: lacks('owner') },
  { id: 'MESH-TAG-2', description: 'Nobody can say who pays for something', fix: 'tag the stack with cost-centre: the domain\'s costCentre in mesh.yaml', check: lacks('cost-centre') },
];

function lacks(tag: string): (template: Template) => Finding[] {
  return (template) => template.of(...TAGGED).filter((resource) => !has(resource, tag)).map(({ id }) => ({ resource: id, at: 'Properties/Tags' }));
}

/** Lists of keys and values, or, as Glue takes them, an object. */
function has({ properties: { Tags } }: Resource, tag: string): boolean {
  return asList(Tags).some((each) => at(each, 'Key') === tag) || tag in asObject(Tags);
}
