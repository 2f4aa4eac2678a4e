#!/usr/bin/env python3
"""The same source gives the same measurement: what runs inside a container is built twice, from nothing, in folders of different
names and in different surroundings, and the two manifests are compared byte by byte, and every file that they speak of."""

import hashlib
import os
import shutil
import subprocess

import harness
from tap import Skip, Suite, check, equal

BUILD_SECONDS = 1200  # a loaded machine with a sanitizer's test beside; it takes about one minute on two idle processors
# What builders may have otherwise and must not show: names of the folders of source and build, home, language, time zone, mode of
# new files. The first builds inside the source as `make` does, the second elsewhere.
SURROUNDINGS = [("one", "one/build", "C.UTF-8", "UTC", 0o022),
                ("another folder/of a longer name", "made/in/some/other place", "C", "Asia/Kathmandu", 0o077)]
PROGRAMS = ["src/runtime/veracruz-runtime", "src/worker/veracruz-worker", "src/worker/veracruz-compiler"]


def is_made(folder, names):
    """Version control and what a build leaves are no source."""
    return {name for name in names if name.startswith(".git") or name == "__pycache__" or name.startswith("build") and
            (name.endswith(".log") or os.path.exists(os.path.join(folder, name, "build.ninja")))}


class Builds(harness.Stage):
    def prepare(self):
        self.builds = [] if harness.SANITIZED else [self.build(*surroundings) for surroundings in SURROUNDINGS]

    def both(self, name):
        """The contents of a file of each build."""
        if not self.builds:
            raise Skip("a sanitizer's build is measured for nobody")
        return [(made / name).read_bytes() for made in self.builds]

    def build(self, source_name, made_name, language, zone, mask):
        source, made = self.folder / source_name, self.folder / made_name
        shutil.copytree(harness.PROJECT, source, ignore=is_made, symlinks=True)
        home = self.path("home")
        home.mkdir()
        self.finish(mask, ["meson", "setup", made, source], language, zone, home)
        self.finish(mask, ["ninja", "-C", made, "-j2", "veracruz.manifest"], language, zone, home)
        return made

    def finish(self, mask, words, language, zone, home):
        done = subprocess.run([str(word) for word in words], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=BUILD_SECONDS, umask=mask,
                              env={**self.environment, "LC_ALL": language, "TZ": zone, "HOME": str(home), "USER": home.name})
        equal(done.returncode, 0, f"{words}\n{done.stdout[-4000:]}{done.stderr[-4000:]}\nexit code")


suite = Suite(Builds)


@suite.test
def every_program_is_the_same_byte_for_byte(world):
    for program in PROGRAMS:
        one, other = world.both(program)
        first = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
        check(one == other, f"{program}: {len(one)} and {len(other)} bytes, different from byte {first} on: "
                            f"{one[first:first + 64]!r}, {other[first:first + 64]!r}")


@suite.test
def no_program_names_the_folder_that_it_was_built_in(world):
    for program in PROGRAMS:
        for content in world.both(program):
            check(str(world.folder).encode() not in content, f"{program} has {world.folder} in it")


@suite.test
def the_manifests_are_the_same_byte_for_byte(world):
    one, other = world.both("veracruz.manifest")
    check(one == other, f"{one.decode()}\n{other.decode()}")
    print(f"# measurement of both: {hashlib.sha256(one).hexdigest()}")


suite.main()
