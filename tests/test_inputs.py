"""What a run is made from, and its key."""

from __future__ import annotations

from pathlib import Path

from asrun.inputs import read_inputs
from tests import making


def inputs_of(root: Path, text: str, run: str = "main"):  # type: ignore[no-untyped-def]
    """The inputs of a run of a project with one scenario."""
    return read_inputs(making.project(root, one=text).scenarios["one"], run)


def test_inline_code_becomes_a_file_named_after_its_run(tmp_path: Path) -> None:
    """Code in YAML runs as a real file, so that tracebacks, spawn and inspect work."""
    inputs = inputs_of(tmp_path, "title: One\nruns: {sync: {code: print(1), args: [a, b]}}", "sync")
    assert inputs.arguments == ("sync.py", "a", "b")
    assert [(file.name, file.content) for file in inputs.files] == [("sync.py", b"print(1)")]


def test_a_run_never_hides_a_module_of_the_standard_library(tmp_path: Path) -> None:
    """A run called `queue` does not become queue.py, which its own imports would find first."""
    inputs = inputs_of(tmp_path, "title: One\nruns: {queue: {code: import queue}}", "queue")
    assert inputs.arguments == ("run_queue.py",)


def test_modules_beside_a_script_come_along(tmp_path: Path) -> None:
    """What a file imports from its own folder is copied and hashed, through other modules and packages too."""
    code = tmp_path / "scenarios" / "code"
    (code / "shop").mkdir(parents=True)
    (code / "app.py").write_text("import helper\nfrom shop.till import pay\nimport asyncio\n")
    (code / "helper.py").write_text("import deeper\n")
    (code / "deeper.py").write_text("")
    (code / "unrelated.py").write_text("")
    (code / "shop" / "__init__.py").write_text("")
    (code / "shop" / "till.py").write_text("pay = 1\n")
    inputs = inputs_of(tmp_path, "title: One\nfile: code/app.py\n")
    assert {file.name for file in inputs.files} == {
        "app.py",
        "helper.py",
        "deeper.py",
        "shop/__init__.py",
        "shop/till.py",
    }
    assert "module helper.py" in inputs.key


def test_files_and_folders_are_copied_beside_the_script(tmp_path: Path) -> None:
    """A folder among `files` is copied whole, under its own name."""
    data = tmp_path / "scenarios" / "data" / "deep"
    data.mkdir(parents=True)
    (data / "x.csv").write_text("1,2\n")
    inputs = inputs_of(tmp_path, "title: One\ncode: pass\nfiles: [data]\n")
    assert {file.name for file in inputs.files} == {"main.py", "data/deep/x.csv"}
    assert "file data/deep/x.csv" in inputs.key


def test_a_shell_line_and_a_command_run_as_they_are(tmp_path: Path) -> None:
    """No interpreter, no probe: a shell line goes to /bin/sh, a command to nobody in between."""
    shell = inputs_of(tmp_path, "title: One\nshell: echo $1\nargs: [a]\n")
    assert shell.arguments == ("/bin/sh", "-c", "echo $1", "sh", "a")
    assert not shell.is_python
    command = inputs_of(tmp_path, "title: One\ncommand: [echo, 'a b']\n")
    assert command.arguments == ("echo", "a b")
    assert command.code.text == "echo 'a b'"
    assert "probe" not in command.key


def test_every_input_is_in_the_key_and_defaults_add_nothing(tmp_path: Path) -> None:
    """A plain run's key has its code and the probe; each setting that could change the run adds its own part."""
    assert set(inputs_of(tmp_path, "title: One\ncode: pass\n").key) == {"code", "probe"}
    full = inputs_of(
        tmp_path,
        """
        title: One
        code: pass
        args: [a]
        env: {A: b}
        stdin: hello
        python: "3.11"
        repeat: 3
        timeout: 5s
        cores: 2
        """,
    )
    assert set(full.key) == {"code", "probe", "args", "env", "stdin", "python", "takes"}
