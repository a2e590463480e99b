#!/usr/bin/python3
"""Seccomp profiles by their features, as memcg-run takes them and as runc does.

    profile_matrix.py MEMCG_RUN FOLDER

Makes each profile in FOLDER, asks `memcg-run check` and `runc run` of /bin/true whether they take it, and prints a line
for each. Exit 1 if the two differ and DIFFERENCES has no reason. A container runtime gets only what the OCI specification
has: what Docker and Podman have besides (includes, archMap, errnos by name) runc ignores, and memcg-run must take too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ERRNO = "SCMP_ACT_ERRNO"
# Of a call that /bin/true does not make.
CALL = "getpgid"

# Where memcg-run's verdict (True: it takes the profile) need not be runc's, and why. docs/security.md has these reasons.
DIFFERENCES = {
    "errnoRet 65536": (False, "runc takes the value modulo 65536, which gives errno 0: the call seems to succeed"),
    "errnoRet 4294967296": (False, "likewise"),
    "no default action": (False, "runc then installs no filter"),
    "SCMP_ARCH_LOONGARCH64": (True, "newer than runc's list; the OCI specification has it, and no program of it runs here"),
    "SECCOMP_FILTER_FLAG_TSYNC": (True, "runc knows flags from 1.2 on; this one changes nothing for one thread"),
    "SECCOMP_FILTER_FLAG_LOG": (True, "likewise; it changes no call's outcome, and memcg-run warns that it is not set"),
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW": (True, "likewise"),
}


def text(*rules: dict[str, object], **members: object) -> str:
    """A profile that allows what its rules do not name."""
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": list(rules)} | members)


def rule(*names: object, action: object = ERRNO, **members: object) -> dict[str, object]:
    return {"names": list(names or (CALL,)), "action": action} | members


def condition(**members: object) -> dict[str, object]:
    """A rule with one condition."""
    return rule(args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"} | members])


def names() -> Iterator[tuple[str, str]]:
    for name in ("getpgid", "cachestat", "fchmodat2", "mseal", "lsm_get_self_attr", "not_yet_a_call", "breakpoint",
                 "s390_pci_mmio_read", "_llseek", "GETPGID", ""):
        yield f"name {name!r}", text(rule(name))
    yield "no names", text({"names": [], "action": ERRNO})
    yield "names null", text({"names": None, "action": ERRNO})
    yield "names missing", text({"action": ERRNO})
    yield "a number for a name", text(rule(39))
    yield "a string for names", text({"names": CALL, "action": ERRNO})
    yield "a name twice", text(rule(CALL, CALL), rule(CALL))
    yield "a name with two actions", text(rule(), rule(action="SCMP_ACT_KILL"))
    yield "a name with the default's action", text(rule(action="SCMP_ACT_ALLOW"))
    yield "a newer name with a condition", text({**condition(), "names": ["cachestat"]})
    yield "known and unknown names", text(rule("not_yet_a_call", CALL, "breakpoint"))


def errnos() -> Iterator[tuple[str, str]]:
    for value in (0, 1, 38, 4095, 4096, 65535, 65536, 1 << 32, -1, 1.5, "1", "EPERM", None, True):
        yield f"errnoRet {value!r}", text(rule(errnoRet=value))
    yield "errno by name", text(rule(errno="ENOSYS"))
    yield "errno by name and by number", text(rule(errno="ENOSYS", errnoRet=38))
    yield "errno ''", text(rule(errno=""))
    yield "an errno of a rule that allows", text(rule(action="SCMP_ACT_ALLOW", errnoRet=1))
    yield "an errno of a rule that kills", text(rule(action="SCMP_ACT_KILL", errnoRet=1))
    yield "an errno of a rule that traces", text(rule(action="SCMP_ACT_TRACE", errnoRet=1))
    yield "defaultErrnoRet of a default that allows", text(rule(), defaultErrnoRet=1)
    yield "defaultErrnoRet null", text(rule(), defaultErrnoRet=None)
    yield "defaultErrnoRet -1", text(rule(), defaultErrnoRet=-1)
    yield "defaultErrno by name", text(rule(), defaultErrno="ENOSYS")


def cases() -> Iterator[tuple[str, str]]:
    yield "DEFAULTACTION", '{"DEFAULTACTION": "SCMP_ACT_ALLOW"}'
    yield "defaultaction", '{"defaultaction": "SCMP_ACT_ALLOW"}'
    yield "Syscalls, Names, Action, ErrnoRet", json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "Syscalls": [
        {"Names": [CALL], "Action": ERRNO, "ErrnoRet": 1}]})
    yield "ARGS, Index, VALUE, Op", text({"names": [CALL], "action": ERRNO, "ARGS": [
        {"Index": 0, "VALUE": 1, "Op": "SCMP_CMP_EQ"}]})
    yield "an action in lower case", text(rule(action="scmp_act_errno"))
    yield "a comparison in lower case", text(condition(op="scmp_cmp_eq"))
    yield "a key twice, the last good", '{"defaultAction": "x", "defaultAction": "SCMP_ACT_ALLOW"}'
    yield "a key twice, the last bad", '{"defaultAction": "SCMP_ACT_ALLOW", "defaultAction": "x"}'
    yield "a key twice in two cases", '{"defaultAction": "x", "DefaultAction": "SCMP_ACT_ALLOW"}'
    yield "an architecture in lower case", text(architectures=["scmp_arch_x86_64"])
    yield "keys that nobody knows", text(rule(why="because"), version=3)
    yield "comments", text(rule(comment="of a rule"), comment="of a profile")


def values() -> Iterator[tuple[str, str]]:
    for value in ("0", "4294967296", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "1.0",
                  "1e3", '"1"', "null", "true"):
        yield f"value {value}", text(condition(value=7)).replace('"value": 7', f'"value": {value}')
    yield "valueTwo of 64 bits", text(condition(valueTwo=(1 << 64) - 1, op="SCMP_CMP_MASKED_EQ"))
    for index in (5, 6, -1):
        yield f"index {index}", text(condition(index=index))
    for operator in ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"):
        yield f"SCMP_CMP_{operator}", text(condition(op=f"SCMP_CMP_{operator}"))
    yield "an unknown comparison", text(condition(op="SCMP_CMP_LIKE"))
    yield "no comparison", text(rule(args=[{"index": 0, "value": 1}]))
    yield "args null", text(rule(args=None))
    yield "args {}", text(rule(args={}))
    yield "no args", text(rule(args=[]))
    one = {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}
    yield "two conditions on one argument", text(rule(args=[one, one | {"value": 2}]))
    yield "six conditions", text(rule(args=[one | {"index": i} for i in range(6)]))
    yield "seven conditions", text(rule(args=[one | {"index": i % 6} for i in range(7)]))


def others() -> Iterator[tuple[str, str]]:
    for action in ("KILL", "KILL_THREAD", "KILL_PROCESS", "TRAP", "TRACE", "LOG", "NOTIFY", "REFUSE"):
        yield f"SCMP_ACT_{action}", text(rule(action=f"SCMP_ACT_{action}"))
    yield "a rule without action", text({"names": [CALL]})
    yield "no default action", '{"syscalls": []}'
    yield "no default action, but rules", json.dumps({"syscalls": [rule()]})
    yield "no rules", '{"defaultAction": "SCMP_ACT_ALLOW"}'
    yield "rules null", '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": null}'
    yield "rules {}", '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": {}}'
    for architecture in ("SCMP_ARCH_X86_64", "SCMP_ARCH_S390X", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_PDP11"):
        yield architecture, text(rule(), architectures=["SCMP_ARCH_X86_64", architecture])
    for flag in ("TSYNC", "LOG", "SPEC_ALLOW", "HURRY"):
        yield f"SECCOMP_FILTER_FLAG_{flag}", text(rule(), flags=[f"SECCOMP_FILTER_FLAG_{flag}"])
    yield "a comma too many", text(rule())[:-1] + ",}"


def config(root: Path, name: str, profile: str) -> str:
    """A container with the host's programs, and nothing else."""
    mounts = [{"destination": "/usr", "source": "/usr", "type": "bind", "options": ["rbind", "ro"]},
              {"destination": "/proc", "source": "proc", "type": "proc"}]
    return json.dumps({
        "ociVersion": "1.0.2", "root": {"path": str(root), "readonly": True}, "mounts": mounts,
        "process": {"args": ["/bin/true"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0},
                    "noNewPrivileges": True},
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
                  "cgroupsPath": f"/{name}", "seccomp": "PROFILE"},
    }).replace('"PROFILE"', profile)


def taken_by_runc(folder: Path, profile: str) -> bool:
    name = f"memcg-run-matrix-{os.getpid()}"
    root = folder / "root"
    root.mkdir(exist_ok=True)
    for place in ("usr", "proc"):
        (root / place).mkdir(exist_ok=True)
    for link in ("bin", "lib", "lib64"):
        if not (root / link).is_symlink():
            (root / link).symlink_to(f"usr/{link}")
    (folder / "config.json").write_text(config(root, name, profile))
    done = subprocess.run(["runc", "--root", str(folder / "runc"), "run", "--bundle", str(folder), name],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode == 0


def taken_by_memcg_run(program: str, folder: Path, profile: str) -> bool:
    (folder / "profile.json").write_text(profile)
    (folder / "profile.toml").write_text('[task]\ncommand = ["true"]\n[container]\nseccomp = "profile.json"\n')
    done = subprocess.run([program, "check", str(folder / "profile.toml")], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"memcg-run check ended with {done.returncode}: {done.stderr.strip()}")
    return done.returncode == 0


def main() -> int:
    program, folder = sys.argv[1], Path(sys.argv[2])
    if not taken_by_runc(folder, '{"defaultAction": "SCMP_ACT_ALLOW"}'):
        sys.exit("runc runs no container here")
    wrong = 0
    matrix = [feature for group in (names, errnos, cases, values, others) for feature in group()]
    words = {True: "takes", False: "refuses"}
    for feature, profile in matrix:
        ours, theirs = taken_by_memcg_run(program, folder, profile), taken_by_runc(folder, profile)
        expected, reason = DIFFERENCES.get(feature, (theirs, ""))
        wrong += ours != expected
        print(f"{'ok' if ours == expected else 'WRONG':5}  {feature}: memcg-run {words[ours]} it, runc {words[theirs]} it"
              f"{': ' + reason if reason else ''}")
    print(f"{len(matrix)} profiles, {wrong} of them wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
