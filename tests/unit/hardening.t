#!/bin/sh
# How the two programs were built, read from their ELF files, and told in TAP. BUILD is the build's folder.
set -u

n=0
failed=0

# tell NAME yes|no OPTION PATTERN: whether what readelf says with that option has the pattern.
tell() {
	n=$((n + 1))
	if readelf -W "$3" "$program" | grep -qE -- "$4"; then found=yes; else found=no; fi
	if [ "$found" = "$2" ]; then
		echo "ok $n - ${program##*/} $1"
	else
		echo "not ok $n - ${program##*/} $1"
		failed=1
	fi
}

for program in "${BUILD:-build}/memcg-run" "${BUILD:-build}/libexec/memcg-run/launcher"; do
	tell "stands at a random address" yes --file-header 'Type: +DYN'
	tell "says that it is a program" yes --dynamic 'FLAGS_1.*PIE'
	tell "has its relocations read-only" yes --program-headers 'GNU_RELRO'
	tell "binds all symbols at its start" yes --dynamic 'FLAGS_1.*NOW'
	tell "has no executable stack" yes --program-headers 'GNU_STACK .* RW +0x'
	tell "has no memory both writable and executable" no --program-headers '^ +LOAD .* RWE +0x'
	tell "looks for no library in a folder of its own" no --dynamic '\((RPATH|RUNPATH)\)'
done

program=${BUILD:-build}/memcg-run
if readelf -W --symbols "$program" | grep -qE '__(asan|tsan)_init'; then
	n=$((n + 1))
	echo "ok $n - memcg-run guards its stacks and buffers # SKIP in this build the sanitizer does"
else
	tell "guards its stacks" yes --dyn-syms '__stack_chk_fail'
	tell "guards its buffers" yes --dyn-syms '__(memcpy|snprintf|vsnprintf|fprintf|pread)_chk'
fi
echo "1..$n"
exit "$failed"
