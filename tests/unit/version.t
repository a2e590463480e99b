#!/bin/sh
# The version of debian/changelog, from which the Makefile takes it, is the program's, and CHANGELOG.md has its changes.
set -u
cd "$(dirname "$0")/../.." || exit

version=$(sed -n '1s/^memcg-run (\([0-9.]*\)) .*/\1/p' debian/changelog)
echo 1..2
said=$("${BUILD:-build}/memcg-run" --version)
[ -n "$version" ] && [ "$said" = "memcg-run $version" ] || printf 'not '
echo "ok 1 - memcg-run --version says what debian/changelog does: $said, $version"
newest=$(sed -n 's/^## \([0-9][0-9.]*\) (.*)$/\1/p' CHANGELOG.md | head -n 1)
[ "$newest" = "$version" ] || printf 'not '
echo "ok 2 - the newest version of CHANGELOG.md is that: $newest"
