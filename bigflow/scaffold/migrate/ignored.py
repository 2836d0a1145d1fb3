"""Turns a .gitignore into one that knows every output of a build or a run."""

OUTPUTS = ("/.bigflow/", "/.dags/", "/.image/", "/.venv/", "/build/", "/build_output/", "/dist/", ".env.*")


def with_outputs_ignored(text: str) -> str:
    """Lines for what no line names yet come at the end, where they win over those before."""
    known = {_plain(line) for line in text.splitlines()}
    missing = [line for line in OUTPUTS if _plain(line) not in known]
    if not missing:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    before = text if not text or text.endswith("\n") else text + end
    return before + end.join(["# outputs of bigflow", *missing, ""])


def _plain(line: str) -> str:
    """The name that a line is about: `/build/`, `build` and `build/*` are the same to us."""
    return line.strip().removeprefix("**").strip("/").removesuffix("/**").removesuffix("/*")
