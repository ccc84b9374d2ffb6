// A CDK app as somebody writes it by hand for one product: the same resources, without a contract, checks, policy or names by rule.
'use strict';
const { App, CustomResource, Duration, RemovalPolicy, Stack } = require('aws-cdk-lib');
const cloudwatch = require('aws-cdk-lib/aws-cloudwatch');
const actions = require('aws-cdk-lib/aws-cloudwatch-actions');
const glue = require('aws-cdk-lib/aws-glue');
const iam = require('aws-cdk-lib/aws-iam');
const kms = require('aws-cdk-lib/aws-kms');
const logs = require('aws-cdk-lib/aws-logs');
const s3 = require('aws-cdk-lib/aws-s3');
const assets = require('aws-cdk-lib/aws-s3-assets');
const scheduler = require('aws-cdk-lib/aws-scheduler');
const sns = require('aws-cdk-lib/aws-sns');
const subscriptions = require('aws-cdk-lib/aws-sns-subscriptions');
const sqs = require('aws-cdk-lib/aws-sqs');
const sfn = require('aws-cdk-lib/aws-stepfunctions');

const [script, wheel, plan, definition] = process.argv.slice(2);
const app = new App();
const stack = new Stack(app, 'bare', { env: { account: '111111111111', region: 'eu-west-1' } });
const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-0000-0000-000000000000');
const logBucket = s3.Bucket.fromBucketName(stack, 'Logs', 'bare-logs');

const [raw, curated] = ['Raw', 'Curated'].map((id) => {
  const bucket = new s3.Bucket(stack, id, {
    bucketName: `bare-${id.toLowerCase()}`, encryptionKey: key, encryption: s3.BucketEncryption.KMS, bucketKeyEnabled: true, versioned: true, enforceSSL: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, serverAccessLogsBucket: logBucket, removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
  });
  bucket.addToResourcePolicy(new iam.PolicyStatement({
    effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [bucket.arnForObjects('*')],
    conditions: { ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::111111111111:role/bare/*'] } },
  }));
  return bucket;
});

const role = (id, service, statements) => {
  const made = new iam.Role(stack, id, { roleName: `bare-${id.toLowerCase()}`, path: '/bare/', assumedBy: new iam.ServicePrincipal(service) });
  new iam.ManagedPolicy(stack, `${id}Policy`, { roles: [made], statements });
  return made;
};
const objects = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
const jobRole = role('Job', 'glue.amazonaws.com', [
  new iam.PolicyStatement({ actions: objects, resources: [raw.arnForObjects('*'), curated.arnForObjects('*')] }),
  new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [raw.bucketArn, curated.bucketArn] }),
  new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }),
]);
const statesRole = role('States', 'states.amazonaws.com', [new iam.PolicyStatement({ actions: ['glue:StartJobRun', 'glue:GetJobRun'], resources: ['arn:aws:glue:eu-west-1:111111111111:job/bare-etl'] })]);

const code = new assets.Asset(stack, 'Wheel', { path: wheel });
const planned = new assets.Asset(stack, 'Plan', { path: plan });
for (const name of ['Etl', 'Quality']) {
  new glue.PySparkEtlJob(stack, name, {
    jobName: `bare-${name.toLowerCase()}`, role: jobRole, script: glue.Code.fromAsset(script), glueVersion: glue.GlueVersion.V5_1, numberOfWorkers: 2, workerType: glue.WorkerType.G_1X,
    timeout: Duration.hours(2), maxRetries: 0, continuousLogging: { enabled: false },
    extraPythonFiles: [glue.Code.fromBucket(code.bucket, code.s3ObjectKey)],
    defaultArguments: { '--mesh-plan': planned.s3ObjectUrl, '--datalake-formats': 'iceberg' },
  });
}
for (const id of ['Output', 'Errors', 'Runs']) new logs.LogGroup(stack, id, { logGroupName: `/bare/${id}`, encryptionKey: key, retention: logs.RetentionDays.ONE_MONTH });

const machine = new sfn.StateMachine(stack, 'Machine', { stateMachineName: 'bare', role: statesRole, definitionBody: sfn.DefinitionBody.fromString(require('node:fs').readFileSync(definition, 'utf8')) });
const topic = new sns.Topic(stack, 'Topic', { topicName: 'bare', masterKey: key, enforceSSL: true });
topic.addSubscription(new subscriptions.EmailSubscription('owner@shoply.example'));
const dead = new sqs.Queue(stack, 'Dead', { queueName: 'bare-dead', encryptionMasterKey: key, enforceSSL: true });
for (const mode of ['full', 'delta']) {
  new scheduler.CfnSchedule(stack, mode, {
    name: `bare-${mode}`, scheduleExpression: 'rate(1 hour)', flexibleTimeWindow: { mode: 'OFF' },
    target: { arn: machine.stateMachineArn, roleArn: statesRole.roleArn, deadLetterConfig: { arn: dead.queueArn }, input: JSON.stringify({ mode }) },
  });
}

const measured = (name) => new cloudwatch.Metric({ namespace: 'Bare', metricName: name, period: Duration.hours(1), dimensionsMap: { Product: 'bare' } });
const alarms = ['Published', 'Availability', 'Score', 'Quarantine', 'Schema'].map((name) => new cloudwatch.Alarm(stack, name, { alarmName: `bare-${name}`, metric: measured(name), threshold: 1, evaluationPeriods: 1 }));
alarms.push(
  new cloudwatch.AnomalyDetectionAlarm(stack, 'Rows', { alarmName: 'bare-rows', metric: measured('Rows'), stdDevs: 3, evaluationPeriods: 1 }),
  new cloudwatch.Alarm(stack, 'Failed', { alarmName: 'bare-failed', metric: machine.metricFailed(), threshold: 1, evaluationPeriods: 1 }),
  new cloudwatch.Alarm(stack, 'TimedOut', { alarmName: 'bare-timed-out', metric: machine.metricTimedOut(), threshold: 1, evaluationPeriods: 1 }),
  new cloudwatch.Alarm(stack, 'Duration', { alarmName: 'bare-duration', metric: machine.metricTime(), threshold: 1, evaluationPeriods: 1 }),
  new cloudwatch.Alarm(stack, 'Letters', { alarmName: 'bare-letters', metric: dead.metricApproximateNumberOfMessagesVisible(), threshold: 1, evaluationPeriods: 1 }),
);
for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(topic));
new cloudwatch.CompositeAlarm(stack, 'Health', { alarmRule: cloudwatch.AlarmRule.anyOf(...alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM))) });
new glue.CfnDataQualityRuleset(stack, 'Rules', { name: 'bare', ruleset: 'Rules = [ RowCount > 0 ]' });
for (const asked of ['Before', 'Tables', 'After', 'Release', 'Catalogue']) {
  new CustomResource(stack, asked, { serviceToken: 'arn:aws:lambda:eu-west-1:111111111111:function:bare', resourceType: `Custom::${asked}`, properties: { PlanUrl: planned.s3ObjectUrl } });
}
app.synth();
