"""The ports of a run on AWS: run log in DynamoDB, raw zone in S3, announcements through EventBridge."""
