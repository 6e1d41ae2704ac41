# SPDX-License-Identifier: ISC
#
# Sourced by build-sysroot and build-cxx: what is built once lies in the user's cache under a hash of everything that
# goes into it. It is built in a directory of its own and renamed into place, so that a broken build leaves nothing
# and racing builds do not meet.
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/kiln

# cached WHAT STEP...: sets `result` to the directory for what `ingredients` prints; built by the STEPs if need be, each a
# command that fills $work/sysroot, with its output in $log. What else they leave in $work is removed.
cached()
{
	what=$1
	shift
	key=$(ingredients | sha256sum | cut -c1-32)
	result=$cache/$key
	if [ ! -d "$result" ]; then
		mkdir -p "$cache"
		exec 9>"$cache/$key.lock"
		flock 9
	fi
	[ ! -d "$result" ] || return 0
	echo "building $what" >&2
	work=$(mktemp -d "$cache/build.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' HUP INT TERM
	log=$work/log
	# Not as a condition: there, -e would not hold inside.
	set +e
	(
		set -e
		for step; do
			$step
		done
	) 2>>"$log"
	status=$?
	set -e
	[ $status = 0 ] || {
		tail -n 20 "$log" >&2
		cp "$log" "$cache/failed.log"
		echo "$(basename "$0"): failed; the whole log is $cache/failed.log" >&2
		exit 1
	}
	chmod 755 "$work"
	find "$work" -mindepth 1 -maxdepth 1 ! -name sysroot -exec rm -rf {} +
	mv -T "$work" "$result"
	rm -f "$cache/$key.lock"
}
