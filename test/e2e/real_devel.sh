#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's git, make and gcc: a repository's life, and a program that is built inside. What they print is compared with Linux.
. test/e2e/real.sh
tools git make gcc
end
