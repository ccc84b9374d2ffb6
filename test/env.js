// aws-cdk-lib's own validation takes seconds in the first synth of each process; the suite that turns it on says so.
'use strict';
process.env.CDK_VALIDATION ??= 'false';
