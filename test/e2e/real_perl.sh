#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's perl with its core modules: threads, sockets, other programs, signals. What a script prints is compared with Linux.
. test/e2e/real.sh
need perl
perl=$(perl -e 'print $^X')
"$perl" -Mthreads -MIPC::Open3 -MDigest::SHA -e 1 2>/dev/null || { echo "1..0 # SKIP perl without its modules"; exit 77; }
root=$tmp/root
mapfile -t library < <("$perl" -MConfig -e 'print "$_\n" for grep { -d } map { $Config{$_} } qw(archlibexp privlibexp)')
[ ! -d "${library[0]%/*}/perl-base" ] || library+=("${library[0]%/*}/perl-base")
scripts/mkroot "$root" "$perl" bash sh sort tr "${library[@]}"
[ -x "$root/usr/bin/perl" ] || { echo "1..0 # SKIP perl is not Debian's"; exit 77; }
cp test/e2e/real/perl.pl "$root/guest.pl"
echo 'exec perl "$1/guest.pl"' >"$root/guest"
real "$root" /guest
end
