// Calls a function as Lambda does and prints what comes of it: what a custom resource tells CloudFormation, or what is returned.
'use strict';
const http = require('node:http');

const [bundle, text] = process.argv.slice(2);
const event = JSON.parse(text);
const context = { getRemainingTimeInMillis: () => 900_000, awsRequestId: 'r', functionName: 'catalogue' };
let told;
const cloudFormation = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part)).on('end', () => {
    told = JSON.parse(Buffer.concat(parts).toString());
    response.end();
  });
}).listen(0, '127.0.0.1', async () => {
  // Logs go to stderr, the answer alone to stdout.
  console.log = console.error;
  event.ResponseURL = `http://127.0.0.1:${cloudFormation.address().port}/`;
  const returned = await require(bundle).handler(event, context);
  process.stdout.write(JSON.stringify(told ?? returned ?? null));
  cloudFormation.closeAllConnections();
  cloudFormation.close();
});
