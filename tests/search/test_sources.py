"""A picture's bytes come from a file inside its folder or from a URL, or a reason says why not."""

import io
import os
import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from search import sources
from search.errors import FetchError, InvalidImage
from search.fetching.fetcher import Fetcher
from search.images import load
from search.sources import is_url, local_path, read_bytes


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (48, 32), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def refusal(call: Callable[[], object]) -> InvalidImage:
    with pytest.raises(InvalidImage) as caught:
        call()
    return caught.value


def test_a_file_over_the_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(sources.MAX_FILE_BYTES + 1)  # sparse: no bytes on disk
    assert refusal(lambda: load(huge)).code == "image_too_large"
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 10)
    assert refusal(lambda: load(photo())).code == "image_too_large"


def test_a_missing_file_a_folder_a_pipe_and_odd_names_are_unreadable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    paths: list[Path | str] = [tmp_path / "none.jpg", tmp_path, tmp_path / "pipe"]
    for source in [*paths, "a\0b", "x" * 5000]:
        error = refusal(lambda source=source: load(source))  # type: ignore[misc]
        assert error.code == "image_unreadable"


def test_a_forbidden_file_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(photo())

    def denied(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", denied)  # root, who runs CI, may read everything
    error = refusal(lambda: load(path))
    assert (error.code, "Permission denied" in error.reason) == ("image_unreadable", True)


def test_a_url_is_fetched_with_the_given_fetcher() -> None:
    class Photos(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(photo() if "good" in self.path else b"oops")

        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Photos) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with Fetcher(allow=["127.0.0.1"]) as fetcher:
            assert load(f"{url}/good.png", fetcher=fetcher).size == (48, 32)
            assert read_bytes(f"{url}/bad", fetcher) == b"oops"
            error = refusal(lambda: load(f"{url}/bad.png?token=hidden", fetcher=fetcher))
        server.shutdown()
    assert str(error).startswith(f"{url}/bad.png: ")
    assert "hidden" not in str(error)


def test_a_url_with_no_fetcher_may_only_be_public() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(FetchError) as caught:
            load(f"http://127.0.0.1:{listener.getsockname()[1]}/a.jpg")
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert caught.value.code == "fetch_blocked"


def test_is_url_knows_http_only() -> None:
    assert is_url("http://a/b")
    assert is_url("HTTPS://a/b")
    assert not is_url("photos/http.jpg")
    assert not is_url("file:///etc/passwd")


def test_local_path_finds_what_is_under_the_root(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "photos").symlink_to(tmp_path / "real", target_is_directory=True)
    root = tmp_path / "photos"
    inside = tmp_path.resolve() / "real" / "a.jpg"
    for source in ["a.jpg", "./b/../a.jpg", str(root / "a.jpg"), str(inside)]:
        assert local_path(root, source) == inside


def test_local_path_refuses_to_leave_the_root(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    (tmp_path / "photos-private").mkdir()
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "up").symlink_to(tmp_path, target_is_directory=True)
    leaving = ["../a.jpg", "b/../../a.jpg", "/etc/passwd", "link.jpg", "up/a.jpg"]
    for source in [*leaving, "../photos-private/a.jpg", str(tmp_path / "a.jpg")]:
        error = refusal(lambda source=source: local_path(root, source))  # type: ignore[misc]
        assert error.code == "path_outside_root"


def test_names_that_only_look_like_a_way_out_are_files_of_the_root(tmp_path: Path) -> None:
    for source in ["%2e%2e/a.jpg", "..%2fa.jpg", "..\\a.jpg", "....//a.jpg", "~/a.jpg", "$HOME"]:
        assert local_path(tmp_path, source).is_relative_to(tmp_path)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/stdin", "/proc/self/mem", "/proc/self/fd/0"])
def test_devices_are_outside_also_behind_links(tmp_path: Path, device: str) -> None:
    (tmp_path / "a.jpg").symlink_to(device)
    for source in [device, "a.jpg", f"../../../../../../../..{device}"]:
        error = refusal(lambda source=source: local_path(tmp_path, source))  # type: ignore[misc]
        assert error.code == "path_outside_root"
    assert refusal(lambda: load(Path("/dev/zero"))).code == "image_unreadable"


def test_a_file_that_becomes_a_link_is_still_judged_by_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    path = tmp_path / "photos" / "a.jpg"
    path.write_bytes(photo())
    assert read_bytes(local_path(path.parent, "a.jpg"), None) == photo()
    path.unlink()
    path.symlink_to("/etc/hostname")
    error = refusal(lambda: local_path(path.parent, "a.jpg"))
    assert error.code == "path_outside_root"


def test_local_path_refuses_impossible_names(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for source in ["a\0b.jpg", "x" * 300, "a/" * 3000 + "b", "\ud800.jpg", "loop"]:
        error = refusal(lambda source=source: local_path(tmp_path, source))  # type: ignore[misc]
        assert error.code == "image_unreadable"
