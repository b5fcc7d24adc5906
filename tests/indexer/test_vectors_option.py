"""``--vectors`` puts the vectors of versions into Milvus once: every command finds them there."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from search import SearchEngine
from tests.milvus import MilvusServer
from tests.postgresql import PostgresServer

Cli = Callable[..., Result]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]


@pytest.fixture
def url(milvus: MilvusServer) -> str:
    return milvus.new_url()


@pytest.fixture
def built(shop: Path, index: Path, cli: Cli, url: str, tiny_model: str) -> Path:
    said(cli("build", shop, "--index", index, "--vectors", url, "--model", tiny_model, "--json"))
    return index


def said(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def collections(milvus: MilvusServer, url: str) -> list[str]:
    name = url.rpartition("/")[2]
    return sorted(one for one in milvus.client().list_collections() if one.startswith(f"{name}_v"))


def live(milvus: MilvusServer, url: str) -> str:
    found = milvus.client().describe_alias(url.rpartition("/")[2])
    return str(found["collection_name"].rpartition("_")[2])


def answers(index: Path, *filters: str, **more: Any) -> list[tuple[str, float]]:
    with closing(SearchEngine.open(index)) as engine:
        answer = engine.similar(product_id="p2", k=10, filter=filters, **more)
    return [(row.product_id, round(row.score, 4)) for row in answer.results]


def test_every_command_finds_them_without_being_told_again(
    built: Path, shop: Path, cli: Cli, url: str, tmp_path: Path
) -> None:
    assert (built / "vectors.url").read_text().strip() == url
    assert not list(built.glob("versions/*/*.faiss"))
    on = ("--index", built, "--json")
    photo = shop.parent / "images" / "2.png"
    assert said(cli("similar", photo, *on))["results"][0]["product_id"] == "p2"
    queries = tmp_path / "queries.csv"
    queries.write_text(f"image,product_id\n{photo},p2\n")
    assert said(cli("evaluate", "--queries", queries, *on))["metrics"]["recall@1"]["value"] == 1
    assert said(cli("build", shop, *on))["version"] == 1


def test_the_answers_are_those_of_files(
    built: Path,
    shop: Path,
    cli: Cli,
    new_index: Callable[[Path], Path],
    tmp_path: Path,
    tiny_model: str,
) -> None:
    files = new_index(tmp_path / "files")
    said(cli("build", shop, "--index", files, "--model", tiny_model, "--json"))
    for filters in ((), ("price:1..4",), ("-category:Things > Kind 0", "price:..5")):
        for group in ("product", "image"):
            assert answers(built, *filters, group=group) == answers(files, *filters, group=group)


def test_a_version_is_a_collection_and_the_alias_names_the_live_one(
    built: Path, shop: Path, cli: Cli, edit: Edit, milvus: MilvusServer, url: str
) -> None:
    on = ("--index", built, "--json")
    for _ in range(2):
        edit(shop, lambda rows: rows.pop())
        said(cli("build", shop, *on, "--allow-shrink", "--keep", 1))
    name = url.rpartition("/")[2]
    assert collections(milvus, url) == [f"{name}_v2", f"{name}_v3"]
    assert live(milvus, url) == "v3"
    said(cli("rollback", *on))
    assert live(milvus, url) == "v2"
    assert {one for one, _ in answers(built)} == {"p0", "p1", "p2", "p3"}


def test_a_builder_with_an_empty_folder_goes_on_and_drops_nothing_that_replicas_need(
    shop: Path,
    index: Path,
    new_index: Callable[[Path], Path],
    cli: Cli,
    edit: Edit,
    milvus: MilvusServer,
    url: str,
    postgres: PostgresServer,
    tmp_path: Path,
    tiny_model: str,
) -> None:
    catalog = postgres.new_database().render_as_string(hide_password=False)
    places = ("--vectors", url, "--versions", f"file://{tmp_path / 'store'}", "--catalog", catalog)
    more = (*places, "--model", tiny_model, "--json")
    said(cli("build", shop, "--index", index, *more))
    edit(shop, lambda rows: rows.pop())
    other = new_index(tmp_path / "other")
    assert said(cli("build", shop, "--index", other, "--allow-shrink", *more))["version"] == 2
    name = url.rpartition("/")[2]
    assert collections(milvus, url) == [f"{name}_v1", f"{name}_v2"]
    assert live(milvus, url) == "v2"


def test_what_others_made_is_neither_used_nor_dropped(
    shop: Path, index: Path, cli: Cli, milvus: MilvusServer, url: str, tiny_model: str
) -> None:
    client, name = milvus.client(), url.rpartition("/")[2]
    build = ("build", shop, "--index", index, "--vectors", url, "--model", tiny_model)
    for taken in (f"{name}_v1", name):
        client.create_collection(taken, dimension=4)
        refused = cli(*build)
        assert refused.exit_code == 1
        assert "was not made by this index folder" in refused.stderr
        assert client.has_collection(taken)
        assert not list(index.glob("versions/*/manifest.json"))
        client.drop_collection(taken)
    client.create_collection(f"{name}_v7", dimension=4)
    assert cli(*build).exit_code == 0
    assert client.has_collection(f"{name}_v7")


def test_what_an_interrupted_build_left_is_dropped_by_the_next(
    shop: Path,
    index: Path,
    cli: Cli,
    milvus: MilvusServer,
    url: str,
    tiny_model: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = ("build", shop, "--index", index, "--vectors", url, "--model", tiny_model)
    with monkeypatch.context() as patch:
        patch.setattr("indexer.sealing.journey.save_prototypes", lambda *_: 1 / 0)
        assert cli(*build).exit_code == 1
    assert len(collections(milvus, url)) == 1
    assert cli(*build).exit_code == 0
    assert len(collections(milvus, url)) == 1
    assert live(milvus, url) == "v1"


def test_changes_are_found_at_once_by_all_who_serve(built: Path) -> None:
    with closing(SearchEngine.open(built)) as one, closing(SearchEngine.open(built)) as other:

        def passing(engine: SearchEngine, *filters: str) -> set[str]:
            engine.refresh()
            rows = engine.similar(product_id="p2", k=10, filter=filters).results
            return {row.product_id for row in rows}

        row = {"product_id": "p1", "title": "Product 1", "price": "1000", "brand": "acme"}
        one.upsert(row)
        for engine in (one, other):
            assert passing(engine, "price:500..") == {"p1"}
            assert passing(engine, "brand:acme") == {"p1"}
        one.upsert({**row, "product_id": "p9", "image": "images/3.png"})
        for engine in (one, other):
            assert passing(engine, "price:500..") == {"p1", "p9"}
        other.delete("p1")
        for engine in (one, other):
            assert passing(engine, "price:500..") == {"p9"}
            assert "p1" not in passing(engine)
    with closing(SearchEngine.open(built)) as late:
        rows = late.similar(product_id="p3", k=10, filter=["brand:acme"]).results
        assert [row.product_id for row in rows] == ["p9"]


def test_the_columns_that_filters_ask_about_change_in_milvus_itself(
    built: Path, milvus: MilvusServer, url: str
) -> None:
    with closing(SearchEngine.open(built)) as engine:
        engine.upsert({"product_id": "p1", "price": "1000", "size": "7.5"})
    (found,) = milvus.client().query(
        url.rpartition("/")[2],
        filter='price == 1000.0 and attributes["size"]["number"] > 7.0',
        output_fields=["product_id"],
        consistency_level="Strong",
    )
    assert found["product_id"] == "p1"


def test_files_take_them_again(built: Path, shop: Path, cli: Cli, milvus: MilvusServer) -> None:
    before = answers(built)
    on = ("--index", built, "--json")
    assert said(cli("build", shop, "--vectors", "files", *on))["version"] == 2
    assert list(built.glob("versions/2/vectors.faiss"))
    assert answers(built) == before


def test_a_server_that_is_away_is_said_in_one_sentence(
    shop: Path, index: Path, cli: Cli, tiny_model: str
) -> None:
    url = "milvus://127.0.0.1:9/shop"
    result = cli("build", shop, "--index", index, "--vectors", url, "--model", tiny_model)
    assert result.exit_code == 1
    (line,) = result.stderr.strip().splitlines()[-1:]
    assert line.startswith(f"The vectors at {url} cannot be reached now")


@pytest.mark.parametrize(
    "url", ["http://host/shop", "milvus://me:s3cret@host:1/shop", "milvus://h"]
)
def test_a_wrong_url_is_wrong_usage_and_is_not_repeated(
    shop: Path, index: Path, cli: Cli, url: str
) -> None:
    result = cli("build", shop, "--index", index, "--vectors", url)
    assert result.exit_code == 2
    assert "milvus://host:19530/collection" in result.output
    assert "s3cret" not in result.output
