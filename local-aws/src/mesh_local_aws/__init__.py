"""A local AWS for stock `cdk deploy`: MiniStack, made strict, with the services that a data mesh needs."""
