// Copyright (c) 2026, the bulkhead.systemd contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small bot: it answers over HTTP, remembers what it was told, and computes enough to be compiled.
"use strict";
const fs = require("fs");
const http = require("http");
const { createHash } = require("crypto");

const MEMORY = "/srv/boombot/data/memory.txt";

function primesBelow(limit) {
  let count = 0;
  for (let n = 2; n < limit; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d += 1) prime = n % d !== 0;
    if (prime) count += 1;
  }
  return count;
}

http
  .createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (pathname === "/tell") fs.appendFileSync(MEMORY, `${searchParams.get("text")}\n`);
    const told = fs.existsSync(MEMORY) ? fs.readFileSync(MEMORY, "utf8") : "";
    const digest = createHash("sha256").update(told).digest("hex");
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ primes: primesBelow(200000), told: told.trim().split("\n"), digest }));
  })
  .listen(3000, "127.0.0.1");
