import { main } from '../lib/cli/main';

// A reader that has seen enough (`mesh show … | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

void main(process.argv.slice(2), process, process.cwd(), process.env).then((code) => {
  process.exitCode = code;
  // Taking everything down in order takes node a tenth of a short command; where output still waits to be written, as pipes may have it, node ends by itself.
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
});
