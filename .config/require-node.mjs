// Says in one sentence what is missing where the Node 24 that comes with the dependencies does not run.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Poolkeeper needs Node 24 (this is ${process.version}): install it from https://nodejs.org, then run the same command again.`,
  );
  process.exitCode = 1;
}
