#!/usr/bin/env node
// The launcher, in a dialect that old Nodes read, so that they too get one clear sentence.
"use strict";

var versions = process.versions.node.split(".").map(Number);
if (versions[0] < 20 || (versions[0] === 20 && versions[1] < 19)) {
  process.stderr.write("Spanlight needs Node 20.19 or newer, this is " + process.versions.node + ".\n");
  process.exit(1);
}
// With fewer files open at a time the program does not even load, and a server that takes a few connections more lacks them for its store:
// at rest it has 115, with twelve clients and a backup 250.
var leastFiles = 320;
var files = countFiles();
if (files < leastFiles) {
  process.stderr.write(
    "Spanlight may have " +
      files +
      " files open at a time and needs " +
      leastFiles +
      ", better 4096: raise the limit with " +
      "`ulimit -n 4096`, with LimitNOFILE= of a systemd unit or with --ulimit nofile=4096 of a container.\n",
  );
  process.exit(1);
}
// The engine's queries run on libuv's pool beside file and zlib work; the pool is made at its first use, so before any import.
if (process.env.UV_THREADPOOL_SIZE === undefined) process.env.UV_THREADPOOL_SIZE = "16";

import("../dist/cli/run.js").then(
  function (cli) {
    return cli.run(process.argv.slice(2));
  },
  function (error) {
    var isCrowded = error.code === "EMFILE" || error.code === "ENFILE";
    var reason = isCrowded
      ? "Spanlight cannot open its own files"
      : "Spanlight is not built or not installed completely";
    process.stderr.write(reason + ": " + error.message + "\n");
    process.exit(1);
  },
);

/** How many files the process may have open; Node has raised it as far as the system lets it. Infinite where the system does not say. */
function countFiles() {
  var fs = require("fs");
  var path = "/proc/self/limits";
  var limits = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : "";
  var match = /^Max open files\s+(\d+)/m.exec(limits);
  return match === null ? Infinity : Number(match[1]);
}
