// aws-cdk-lib's own validation takes seconds in the first synth of each process; the suite that turns it on says so.
'use strict';
process.env.CDK_VALIDATION ??= 'false';
// Handlers run on Node 24; that these tests may run on an older one is no news of each suite.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// cdk-nag looks at a property of event buses that is deprecated.
process.env.JSII_DEPRECATED ??= 'quiet';
// jest asks for a hundred frames of each trace, and the CDK takes a trace of each resource that is made: a sixth of a synth with ten.
Error.stackTraceLimit = 5;
