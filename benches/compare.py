#!/usr/bin/env python3
"""Compares bvm with whatever other Lua is installed, on whole programs.

    benches/compare.py [-n RUNS] [--only A,B] [--engine NAME=COMMAND]... [--base NAME] [FOLDER]

Builds the command in release mode, then runs each program of FOLDER (benches/programs) with each engine.
The engines take turns, so that a slow spell of the machine hits all of them. A time is the median of the
processor time of RUNS runs; a ratio is bvm's time over the engine's, so below 1.00 bvm is faster. An engine
that prints something other than bvm does, or fails, has no time for that program.

Peers are looked for in PATH: lua5.1, lua5.4, luajit (its interpreter: -joff) and luau, which $LUAU may name.
--engine adds any other, such as an older build: --engine old=/tmp/bvm-old. With --base NAME the ratios are
of all engines over that one. Needs nothing but Python's standard library.
"""

import argparse
import math
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent

PEERS = {
    "lua5.1": ["lua5.1"],
    "lua5.4": ["lua5.4"],
    "luajit -joff": ["luajit", "-joff"],
    "luau -O2": [os.environ.get("LUAU", "luau"), "-O2"],
}


def engines(arguments):
    """The engines by name: bvm, the installed peers, and those of the command line."""
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "bvm-repl"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    found = {"bvm": [str(target / "release" / "bvm")]}
    for name, command in PEERS.items():
        path = shutil.which(command[0])
        if path:
            found[name] = [path] + command[1:]
        else:
            print(f"{name}: not installed", file=sys.stderr)
    for text in arguments:
        name, equals, command = text.partition("=")
        if not (name and equals and command):
            sys.exit(f"not NAME=COMMAND: {text}")
        found[name] = shlex.split(command)
    return found


def run(command, limit):
    """Runs a command once; gives its processor time and what it printed, or None and why not."""
    with tempfile.TemporaryFile() as output:
        limited = ["timeout", str(limit)] + command
        child = subprocess.Popen(limited, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
    if child.returncode != 0:
        return None, f"exit code {child.returncode}: {printed[-200:]!r}"
    return usage.ru_utime + usage.ru_stime, printed


def measure(program, found, runs, limit):
    """The median time of each engine for a program; None for those that do not do what bvm does."""
    times = {name: [] for name in found}
    wrong, expected = set(), None
    for _ in range(runs):
        for name, command in found.items():
            if name in wrong:
                continue
            time, printed = run(command + [str(program)], limit)
            if time is None or (expected is not None and printed != expected):
                wrong.add(name)
                print(f"{program.stem}: {name}: {printed}", file=sys.stderr)
                continue
            expected = printed if expected is None else expected
            times[name].append(time)
    return {name: None if name in wrong else statistics.median(times[name]) for name in found}


def geomean(ratios):
    known = [ratio for ratio in ratios if ratio]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else None


def report(results, found, base):
    """Prints the table: seconds of each engine, and the ratios behind them."""

    def ratio(times, name):
        mine, other = (times[name], times[base]) if base != "bvm" else (times["bvm"], times[name])
        return mine / other if mine and other else None

    def shown(value, form):
        return "-" if value is None else format(value, form)

    others = [name for name in found if name != base]
    heads = ["program", f"{base} s"]
    for name in others:
        heads += [f"{name} s", "ratio"]
    rows = []
    for program, times in results.items():
        row = [program, shown(times[base], ".3f")]
        for name in others:
            row += [shown(times[name], ".3f"), shown(ratio(times, name), ".2f")]
        rows.append(row)
    for title, left_out in [("geomean", ""), ("geomean without pcall", "pcall")]:
        row = [title, ""]
        for name in others:
            ratios = [ratio(times, name) for program, times in results.items() if program != left_out]
            row += ["", shown(geomean(ratios), ".3f")]
        rows.append(row)
    widths = [max(len(row[i]) for row in [heads] + rows) for i in range(len(heads))]
    rule = ["-" * (width - 1) + (":" if i else "-") for i, width in enumerate(widths)]
    for row in [heads, rule] + rows:
        cells = [cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", dest="runs", type=int, default=5, help="runs of each program (5)")
    parser.add_argument("--only", help="only these programs, with commas between them")
    parser.add_argument("--engine", action="append", default=[], metavar="NAME=COMMAND", help="one more engine")
    parser.add_argument("--base", default="bvm", metavar="NAME", help="the engine that the others are compared with")
    parser.add_argument("--timeout", type=float, default=120, metavar="S", help="most seconds a run may take (120)")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=HERE / "programs")
    arguments = parser.parse_args()

    found = engines(arguments.engine)
    if arguments.base not in found:
        sys.exit(f"no engine {arguments.base}")
    programs = sorted(arguments.folder.glob("*.lua"))
    if arguments.only:
        programs = [program for program in programs if program.stem in arguments.only.split(",")]
    results = {}
    for program in programs:
        print(program.stem, file=sys.stderr)
        results[program.stem] = measure(program, found, max(arguments.runs, 1), arguments.timeout)
    report(results, found, arguments.base)


if __name__ == "__main__":
    main()
