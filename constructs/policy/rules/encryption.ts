import { eachOf, type Rule } from '../rule';
import { asList, at, knownText } from '../template';
import { isTlsOnly } from './stores';

/** What passes on messages, secrets and logs does so encrypted, and logs do not pile up for ever. */
export const ENCRYPTION_RULES: Rule[] = [
  {
    id: 'MESH-KMS-1', description: 'A key does not rotate', fix: 'set EnableKeyRotation',
    check: eachOf(['AWS::KMS::Key'], 'EnableKeyRotation', ({ properties }) => properties.EnableKeyRotation !== true && !/^(RSA|ECC|HMAC|SM2|ML_DSA)/.test(knownText(properties.KeySpec))),
  },
  {
    id: 'MESH-SQS-1', description: 'A queue is not encrypted with a key of the mesh', fix: 'set KmsMasterKeyId to the domain\'s key',
    check: eachOf(['AWS::SQS::Queue'], 'KmsMasterKeyId', ({ properties }) => properties.KmsMasterKeyId === undefined),
  },
  {
    id: 'MESH-SQS-2', description: 'A queue takes requests without TLS', fix: 'enforceSSL: a policy that denies sqs:* where aws:SecureTransport is false',
    check: eachOf(['AWS::SQS::Queue'], 'QueuePolicy', (queue, template) => !isTlsOnly(queue, template, 'AWS::SQS::QueuePolicy', 'sqs:*')),
  },
  {
    id: 'MESH-SNS-1', description: 'A topic is not encrypted with a key of the mesh', fix: 'set KmsMasterKeyId to the domain\'s key',
    check: eachOf(['AWS::SNS::Topic'], 'KmsMasterKeyId', ({ properties }) => properties.KmsMasterKeyId === undefined),
  },
  {
    id: 'MESH-SNS-2', description: 'A topic takes requests without TLS', fix: 'enforceSSL: a policy that denies sns:Publish where aws:SecureTransport is false',
    check: eachOf(['AWS::SNS::Topic'], 'TopicPolicy', (topic, template) => !isTlsOnly(topic, template, 'AWS::SNS::TopicPolicy', 'sns:Publish', 'sns:*')),
  },
  {
    id: 'MESH-SECRET-1', description: 'A secret is not encrypted with a key of the mesh', fix: 'set KmsKeyId to the domain\'s key',
    check: eachOf(['AWS::SecretsManager::Secret'], 'KmsKeyId', ({ properties }) => properties.KmsKeyId === undefined),
  },
  {
    id: 'MESH-LOGS-1', description: 'A log group is not encrypted with a key of the mesh', fix: 'set KmsKeyId to the domain\'s key',
    check: eachOf(['AWS::Logs::LogGroup'], 'KmsKeyId', ({ properties }) => properties.KmsKeyId === undefined),
  },
  {
    id: 'MESH-LOGS-2', description: 'A log group keeps its logs for ever', fix: 'set RetentionInDays',
    check: eachOf(['AWS::Logs::LogGroup'], 'RetentionInDays', ({ properties }) => properties.RetentionInDays === undefined),
  },
  {
    id: 'MESH-LAMBDA-1', description: 'The environment of a function is not encrypted with a key of the mesh', fix: 'set KmsKeyArn to the domain\'s key',
    check: eachOf(['AWS::Lambda::Function'], 'KmsKeyArn', ({ properties }) => properties.Environment !== undefined && properties.KmsKeyArn === undefined),
  },
  {
    id: 'MESH-GLUE-1', description: 'A Glue job writes logs and bookmarks unencrypted', fix: 'give it a security configuration',
    check: eachOf(['AWS::Glue::Job'], 'SecurityConfiguration', ({ properties }) => properties.SecurityConfiguration === undefined),
  },
  {
    id: 'MESH-GLUE-2', description: 'A security configuration of Glue leaves something unencrypted', fix: 'encrypt logs, bookmarks and S3 with the domain\'s key',
    check: eachOf(['AWS::Glue::SecurityConfiguration'], 'EncryptionConfiguration', ({ properties }) => {
      const { CloudWatchEncryption, JobBookmarksEncryption, S3Encryptions } = at(properties, 'EncryptionConfiguration') as Record<string, unknown> ?? {};
      return at(CloudWatchEncryption, 'CloudWatchEncryptionMode') !== 'SSE-KMS' || at(JobBookmarksEncryption, 'JobBookmarksEncryptionMode') !== 'CSE-KMS'
        || asList(S3Encryptions).length === 0 || asList(S3Encryptions).some((each) => at(each, 'S3EncryptionMode') !== 'SSE-KMS');
    }),
  },
  {
    id: 'MESH-ATHENA-1', description: 'A workgroup lets queries write results as they like', fix: 'enforce its configuration, and encrypt results with the domain\'s key (SSE_KMS)',
    check: eachOf(['AWS::Athena::WorkGroup'], 'WorkGroupConfiguration', ({ properties }) => {
      const configuration = at(properties, 'WorkGroupConfiguration');
      return at(configuration, 'EnforceWorkGroupConfiguration') !== true || !/_KMS$/.test(String(at(configuration, 'ResultConfiguration', 'EncryptionConfiguration', 'EncryptionOption')));
    }),
  },
  {
    id: 'MESH-STATES-1', description: 'A state machine does not log what it does', fix: 'log at least ERROR, to a log group of its own',
    check: eachOf(['AWS::StepFunctions::StateMachine'], 'LoggingConfiguration', ({ properties }) => {
      const logging = at(properties, 'LoggingConfiguration');
      return !['ALL', 'ERROR', 'FATAL'].includes(String(at(logging, 'Level'))) || asList(at(logging, 'Destinations')).length === 0;
    }),
  },
  {
    id: 'MESH-SCHEDULE-1', description: 'A schedule that fails is forgotten', fix: 'give its target a dead-letter queue',
    check: eachOf(['AWS::Scheduler::Schedule'], 'Target', ({ properties }) => at(properties, 'Target', 'DeadLetterConfig', 'Arn') === undefined),
  },
];
