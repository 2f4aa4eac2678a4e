#!/usr/bin/env python3
"""What `make install` installs: brought to another folder, its command starts containers, and its library can be linked."""

import os
import subprocess

import harness
from tap import Skip, Suite, check, contains, equal

CLIENTS = {"client-c": "main.c", "client-stream": "stream.c"}  # of examples/client-c


class Installed(harness.Stage):
    def prepare(self):
        whole = self.path("whole")
        self.finish("meson", "install", "-C", harness.BUILD, "--no-rebuild", "--quiet", "--destdir", whole)
        self.prefix = self.path("moved")
        next(whole.rglob("bin/veracruz")).parent.parent.rename(self.prefix)
        self.command = self.prefix / "bin/veracruz"

    def finish(self, *words, **more):
        done = subprocess.run([str(word) for word in words], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=2 * harness.PATIENCE, env={**self.environment, **more})
        equal(done.returncode, 0, f"{words}\n{done.stdout}{done.stderr}exit code")
        return done.stdout


suite = Suite(Installed)


@suite.test
def it_measures_as_what_was_built(world):
    equal(world.finish(world.command, "measure").split()[0], world.measurement(), "measurement")
    contains(world.finish(world.command, "measure"), "release  veracruz ", "measure")
    check((world.prefix / "share/veracruz/releases").is_file(), "the table of releases is installed")
    contains(world.finish(world.command, "doctor"), "a process container can run here", "doctor")


@suite.test
def an_example_runs_with_it(world):
    contains(world.finish(harness.PROJECT / "examples/psi-sum/run.sh", VERACRUZ=str(world.command), VERACRUZ_BUILD=str(harness.BUILD),
                          TMPDIR=str(world.folder)), "The same as python computes", "example")


@suite.test
def a_program_runs_without_a_container(world):
    guest = harness.GUESTS / "errand.wasm"
    equal(world.finish(world.command, "local", "run", guest, "say", "it"), "[errand.wasm][say][it]\n", "standard output")
    contains(world.finish(world.command, "check", guest), "would run", "check")


@suite.test
def programs_for_containers_are_made_with_its_sdk(world):
    """The program that docs/programs.md shows, with what is installed alone."""
    sdk = world.prefix / "share/veracruz/guest"
    text = (harness.PROJECT / "docs/programs.md").read_text().split("### Records", 1)[1]
    source = world.file("double.c", text.split("```c\n", 1)[1].split("```", 1)[0])
    made = world.path("double.wasm")
    world.finish(sdk / "wasi-cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", sdk / "include", "-o", made, source, sdk / "records.c")
    numbers = world.file("numbers", "1\n21\n-4\n")
    equal(world.finish(world.command, "local", "run", "--stdin", numbers, made), "2\n42\n-8\n", "standard output")
    cpp = world.file("includes.cpp", '#include "veracruz.h"\nint main() { return vz_progress(1); }\n')
    world.finish(sdk / "wasi-c++", "-Wall", "-Werror", "-Wpedantic", "-I", sdk / "include", "-c", "-o", world.path("includes.o"), cpp)


@suite.test
def programs_link_with_its_library(world):
    if harness.SANITIZED:
        raise Skip("a library with a sanitizer wants programs with it")
    folder = next(world.prefix.rglob("pkgconfig"))
    flags = world.finish("pkg-config", "--define-prefix", "--cflags", "--libs", "veracruz-client", PKG_CONFIG_PATH=str(folder)).split()
    for name, source in CLIENTS.items():
        made = world.path(name)
        world.finish("cc", "-std=c11", harness.PROJECT / "examples/client-c" / source, *flags, "-o", made)
        done = subprocess.run([made], capture_output=True, text=True, env={**os.environ, "LD_LIBRARY_PATH": str(folder.parent)},
                              timeout=harness.PATIENCE)
        equal(done.returncode, 2, f"exit code without arguments\n{done.stderr}")
        contains(done.stderr, f"usage: {name}", "standard error")


@suite.test
def manual_and_completion_are_there(world):
    for name in ("share/man/man1/veracruz.1", "share/bash-completion/completions/veracruz", "include/veracruz/client.h"):
        check((world.prefix / name).is_file(), f"{name} is not there")


if __name__ == "__main__":
    suite.main()
