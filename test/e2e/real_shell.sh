#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's bash and small programs, as they are: pipes, jobs, traps, files, archives. What they print is compared with Linux.
. test/e2e/real.sh
need gawk xz bzip2
root=$tmp/root
scripts/mkroot "$root" bash sh package:coreutils package:findutils package:diffutils grep sed gawk tar gzip zcat xz xzcat bzip2 bzcat flock
cp test/e2e/real/shell.bash "$root/guest"
real "$root" /guest
end
