#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's sqlite3, openssl, curl, busybox and lua, those that are here. What they print is compared with Linux.
. test/e2e/real.sh
tools sqlite3 openssl curl busybox lua5.4
end
