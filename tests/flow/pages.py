#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pages.py BIN SRC: the man pages against the programs, both ways: every
option of every --help, every key of every configuration and every variable
that is read from the environment stands on its page, and no page has an
option that no program takes."""
import os
import re
import subprocess
import sys

BIN, SRC = sys.argv[1:3]
# other programs' options that a page speaks of
OTHERS = {"fix-sig", "vector-to-sign"}
bad = []


def read(path):
    with open(os.path.join(SRC, path), encoding="utf-8") as f:
        return f.read()


def help_of(*words):
    p = subprocess.run([os.path.join(BIN, words[0]), *words[1:], "--help"],
                       stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if p.returncode != 0 or p.stderr:
        bad.append(f"{' '.join(words)} --help: {p.returncode} {p.stderr}")
    return p.stdout


def options_of(text):
    return set(re.findall(r"^ +(?:-\w, )? *--([a-z0-9-]+)", text, re.M))


def below(words):
    """Options by command, of this one and those that its --help lists."""
    text = help_of(*words)
    name = " ".join(words[1:])
    found = {name: options_of(text)}
    for sub in re.findall(rf"^{re.escape(' '.join(words))} (\S+) ", text, re.M):
        if not text.startswith("usage:"):
            found.update(below(words + [sub]))
    return found


def page_options(page):
    """What stands behind Fl, and what examples say."""
    flags = set(re.findall(r"\bFl -([a-z0-9][a-z0-9-]*)", page))
    flags |= set(re.findall(r"(?<![\w-])--([a-z][a-z0-9-]+)", page))
    return flags


def compare(what, page, options):
    """options: {command: names}"""
    there = page_options(page)
    every = set().union(*options.values())
    for command, names in sorted(options.items()):
        for name in sorted(names - there):
            bad.append(f"{what}: no --{name} ({command})")
    for name in sorted(there - every - OTHERS):
        bad.append(f"{what}: has --{name}, which nothing takes")


def quorate():
    top = help_of("quorate")
    options = {"": {"help", "version"}}
    commands = re.findall(r"^  (\S+) ", top, re.M)
    for command in commands:
        options.update(below(["quorate", command]))
    options["release --set"] = options_of(help_of("quorate", "release", "--set", "x"))
    for purpose in ("mcuboot", "sshsig"):
        options[f"sign {purpose}"] = options_of(help_of("quorate", "sign", purpose))
    options["trust"] = options.get("trust", set()) | {"device"}
    page = read("docs/man/quorate.1")
    compare("quorate.1", page, options)
    for command in commands:
        if not re.search(rf"^\.(It )?Nm.*\b{command}\b", page, re.M):
            bad.append(f"quorate.1: no command {command}")
    for number in re.findall(r"^\tEXIT_\w+ = (\d)", read("host/say.h"), re.M):
        if f"\n.It {number}\n" not in page[page.index(".Sh EXIT STATUS"):]:
            bad.append(f"quorate.1: no exit status {number}")
    for key in keys_of("cli/settings.c"):
        if not re.search(rf"^{key} = ", page, re.M):
            bad.append(f"quorate.1: no '{key} =' of quorate.ini")
    if len(commands) < 27 or len(options) < 60:
        bad.append(f"only {len(commands)} commands and {len(options)} tables were found")


def keys_of(*files):
    found = set()
    for path in files:
        text = read(path)
        found |= set(re.findall(r"CONFIG_(?!REQUIRED|INSTANCES)[A-Z]+\(\s*\"([a-z0-9-]+)\"", text))
        found |= set(re.findall(r"\{\.name = \"([a-z0-9-]+)\",\s*\.type", text))
    return found


def daemon(name, *sources):
    page = read(f"docs/man/{name}.8")
    # one page shows commands of quorate, too
    mine = {"": options_of(help_of(name))}
    there = page_options(page)
    for option in sorted(mine[""] - there - {"help", "version"}):
        bad.append(f"{name}.8: no --{option}")
    keys = keys_of(*sources)
    if len(keys) < 5:
        bad.append(f"{name}: only {len(keys)} keys were found")
    for key in sorted(keys):
        if not re.search(rf"(?<![\w-]){key}(?![\w-])", page.replace("\\-", "-")):
            bad.append(f"{name}.8: no '{key}'")
    if ".Sh EXIT STATUS" not in page:
        bad.append(f"{name}.8: no exit statuses")


def environment():
    pages = "".join(read(f"docs/man/{p}") for p in os.listdir(os.path.join(SRC, "docs/man"))
                    if re.search(r"\.[18]$", p))
    for folder in ("cli", "host", "log", "quorum", "signer"):
        for path in sorted(os.listdir(os.path.join(SRC, folder))):
            if not path.endswith(".c"):
                continue
            for name in re.findall(r"getenv\(\"(\w+)\"\)", read(f"{folder}/{path}")):
                if name not in pages:
                    bad.append(f"no page names {name} ({folder}/{path})")


quorate()
daemon("quorate-logd", "log/store_setup.c")
daemon("quorate-witnessd", "log/witness_main.c")
daemon("quorate-coordinatord", "quorum/coordinator_main.c")
daemon("quorate-signerd", "signer/settings.c")
environment()
for line in bad:
    print(line)
sys.exit(len(bad) != 0)
