import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.emr import jar

from bigflow.builder.emr.jars import Jars
from bigflow.builder.emr.settings import Jar
from bigflow.errors import BigflowError, OutsideError

CONTENT = jar()
SHA = hashlib.sha256(CONTENT).hexdigest()
POSTGRES = "org/postgresql/postgresql/42.7.4/postgresql-42.7.4.jar"


@dataclass
class Repository:
    """Files on loopback; `broken` answers come first."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)
    cut: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def maven() -> Iterator[Repository]:
    repository = Repository(files={POSTGRES: CONTENT})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            repository.asked.append((self.path, self.headers.get("Authorization", "")))
            content = repository.files.get(self.path.lstrip("/"))
            status = repository.broken.pop(0) if repository.broken else 404 if content is None else 200
            self.send_response(status)
            body = content if status == 200 and content else b"no"
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:3] if repository.cut else body)

        def log_message(self, format: str, *args: object) -> None:
            """The terminal is the tests'."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    repository.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield repository
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop" / "jars").mkdir(parents=True)
    return tmp_path / "shop"


def files(root: Path, *jars: Jar, maven: str = "", offline: bool = False) -> dict[str, bytes]:
    cache = str(root.parent / "cache")
    found = Jars(str(root), "pyproject.toml:5", cache, maven, offline=offline).files(jars, lambda line: None)
    return {name: Path(path).read_bytes() for name, path in found.items()}


def refused(root: Path, *jars: Jar, maven: str = "", offline: bool = False) -> BigflowError:
    with pytest.raises(BigflowError) as caught:
        files(root, *jars, maven=maven, offline=offline)
    left = [path for path in (root.parent / "cache").rglob("*") if path.is_file()]
    assert not left, "nothing that was refused stays"
    return caught.value


def test_jars_of_the_project(root: Path) -> None:
    for name in ("b.jar", "a.jar", "notes.txt"):
        (root / "jars" / name).write_bytes(name.encode())
    wanted = {"a.jar": b"a.jar", "b.jar": b"b.jar"}
    assert files(root, Jar(path="jars")) == wanted
    assert files(root, Jar(path="jars/")) == wanted
    assert files(root, Jar(path="jars/*.jar")) == wanted
    assert files(root, Jar(path="jars/a.jar"), Jar(path="jars/*.jar")) == wanted
    assert list(files(root, Jar(path="jars/b.jar"), Jar(path="jars/a.jar"))) == ["a.jar", "b.jar"]


def test_a_coordinate_is_fetched_once(root: Path, maven: Repository) -> None:
    wanted = Jar(maven="org.postgresql:postgresql:42.7.4", sha256=SHA)
    assert files(root, wanted, maven=maven.url) == {"postgresql-42.7.4.jar": CONTENT}
    assert files(root, wanted, maven=f"{maven.url}/") == {"postgresql-42.7.4.jar": CONTENT}
    assert files(root, wanted, offline=True) == {"postgresql-42.7.4.jar": CONTENT}
    assert [path for path, _ in maven.asked] == [f"/{POSTGRES}"]


def test_a_damaged_cache_is_fetched_again(root: Path, maven: Repository) -> None:
    wanted = Jar(url=f"{maven.url}/{POSTGRES}", sha256=SHA)
    files(root, wanted)
    (kept,) = (root.parent / "cache").rglob("*.jar")
    kept.write_bytes(b"damaged")
    assert files(root, wanted) == {"postgresql-42.7.4.jar": CONTENT}
    assert len(maven.asked) == 2


def test_a_classifier_is_a_part_of_the_name(root: Path, maven: Repository) -> None:
    maven.files["a/b/c/1.0/c-1.0-all.jar"] = CONTENT
    assert list(files(root, Jar(maven="a.b:c:1.0:all", sha256=SHA), maven=maven.url)) == ["c-1.0-all.jar"]


def test_a_wrong_checksum_shows_both(root: Path, maven: Repository) -> None:
    error = refused(root, Jar(maven="org.postgresql:postgresql:42.7.4", sha256="ab" * 32), maven=maven.url)
    (finding,) = error.findings
    assert SHA in finding.message and "ab" * 32 in finding.message
    assert finding.where == "pyproject.toml:5"


def test_a_wrong_checksum_of_a_file_of_the_project(root: Path) -> None:
    (root / "jars" / "a.jar").write_bytes(CONTENT)
    assert files(root, Jar(path="jars/a.jar", sha256=SHA)) == {"a.jar": CONTENT}
    assert "should be" in refused(root, Jar(path="jars/a.jar", sha256="ab" * 32)).message


@pytest.mark.parametrize("kind", ["maven", "url"])
def test_without_a_checksum_the_line_to_paste_is_told(kind: str, root: Path, maven: Repository) -> None:
    said = "org.postgresql:postgresql:42.7.4" if kind == "maven" else f"{maven.url}/{POSTGRES}"
    error = refused(root, Jar(**{kind: said}), maven=maven.url)
    assert "has no checksum" in error.message
    assert error.hint.endswith(f'{{ {kind} = "{said}", sha256 = "{SHA}" }}')


def test_no_repository_is_known(root: Path) -> None:
    error = refused(root, Jar(maven="a:b:1", sha256=SHA))
    assert "no Maven repository is known" in error.message
    assert "BIGFLOW_MAVEN" in error.hint and "maven =" in error.hint


def test_what_is_not_there(root: Path, maven: Repository) -> None:
    error = refused(root, Jar(maven="a:b:1", sha256=SHA), maven=maven.url)
    assert isinstance(error, OutsideError)
    assert f"{maven.url}/a/b/1/b-1.jar: 404" in error.message
    assert len(maven.asked) == 1, "asking again would not help"


def test_what_breaks_is_asked_again(root: Path, maven: Repository) -> None:
    maven.broken = [503, 500]
    wanted = Jar(url=f"{maven.url}/{POSTGRES}", sha256=SHA)
    assert files(root, wanted) == {"postgresql-42.7.4.jar": CONTENT}
    assert len(maven.asked) == 3


def test_an_answer_that_is_cut_off_is_none(root: Path, maven: Repository) -> None:
    maven.cut = True
    assert isinstance(refused(root, Jar(url=f"{maven.url}/{POSTGRES}", sha256=SHA)), OutsideError)


def test_a_password_is_used_and_never_shown(root: Path, maven: Repository) -> None:
    address = maven.url.replace("://", "://anna:s%40cret@")
    files(root, Jar(maven="org.postgresql:postgresql:42.7.4", sha256=SHA), maven=address)
    assert maven.asked[0][1] == "Basic YW5uYTpzQGNyZXQ="
    error = refused(root.parent / "other" / "shop", Jar(maven="a:b:1", sha256=SHA), maven=address)
    assert "s%40cret" not in f"{error.message}{error.hint}" and "***@" in error.message


def test_a_folder_can_be_a_repository(root: Path) -> None:
    place = root.parent / "m2" / POSTGRES
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT)
    wanted = Jar(maven="org.postgresql:postgresql:42.7.4", sha256=SHA)
    assert files(root, wanted, maven=f"file://{root.parent}/m2") == {"postgresql-42.7.4.jar": CONTENT}
    assert files(root, wanted, maven="file://../m2") == {"postgresql-42.7.4.jar": CONTENT}


def test_offline_fetches_nothing(root: Path, maven: Repository) -> None:
    error = refused(root, Jar(maven="a:b:1", sha256=SHA), maven=maven.url, offline=True)
    assert isinstance(error, OutsideError) and maven.asked == []


def test_a_path_leads_out_of_the_project(root: Path) -> None:
    (root.parent / "a.jar").write_bytes(b"1")
    for path in ("../a.jar", "jars/../../*.jar", str(root.parent / "a.jar")):
        assert "is not in the project" in refused(root, Jar(path=path)).message


def test_two_different_jars_of_one_name(root: Path) -> None:
    (root / "more").mkdir()
    (root / "jars" / "a.jar").write_bytes(b"1")
    (root / "more" / "a.jar").write_bytes(b"2")
    assert "two different jars are called a.jar" in refused(root, Jar(path="jars"), Jar(path="more")).message


def test_all_that_is_wrong_with_jars_is_told_at_once(root: Path, maven: Repository) -> None:
    (root / "jars" / "has space.jar").write_bytes(b"1")
    error = refused(root, Jar(path="no.jar"), Jar(path="jars/has space.jar"), Jar(maven="a:b:1", sha256=SHA))
    assert len(error.findings) == 3
