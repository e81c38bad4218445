#!/usr/bin/env node
// The launcher, in a dialect that old Nodes read, so that they too get one clear sentence.
"use strict";

var versions = process.versions.node.split(".").map(Number);
if (versions[0] < 20 || (versions[0] === 20 && versions[1] < 19)) {
  process.stderr.write("Spanlight needs Node 20.19 or newer, this is " + process.versions.node + ".\n");
  process.exit(1);
}
// The engine's queries run on libuv's pool beside file and zlib work; the pool is made at its first use, so before any import.
if (process.env.UV_THREADPOOL_SIZE === undefined) process.env.UV_THREADPOOL_SIZE = "16";

import("../dist/cli/run.js").then(
  function (cli) {
    return cli.run(process.argv.slice(2));
  },
  function (error) {
    process.stderr.write("Spanlight is not built or not installed completely: " + error.message + "\n");
    process.exit(1);
  },
);
