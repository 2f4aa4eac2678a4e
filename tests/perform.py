"""Examples, performed by the scripts that their READMEs name."""

import importlib.util
import subprocess

import harness
from tap import equal

HERE = harness.PROJECT / "examples"


def load(example, script):
    """A script of an example, as a module: several have the same name."""
    spec = importlib.util.spec_from_file_location(f"{example}_{script}", HERE / example / f"{script}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def perform(stage, example, *options, code=0):
    """The script that the README names; returns its process."""
    done = subprocess.run([HERE / example / "run.sh", *map(str, options)], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=4 * harness.PATIENCE, env={**stage.environment, "VERACRUZ_BUILD": str(harness.BUILD), "TMPDIR": str(stage.folder)})
    equal(done.returncode, code, f"exit code of run.sh\n{done.stdout}{done.stderr}")
    return done
