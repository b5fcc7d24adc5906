"""The Kubernetes manifests are what Kubernetes takes, and fit the image and the settings."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from api.settings import Settings
from indexer.cli import app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
OPERATORS = {"ray.io/v1", "milvus.io/v1beta1", "kustomize.config.k8s.io/v1beta1"}
"""Their kinds come with operators: no schema of them can be installed."""

DOCUMENTS: list[dict[str, Any]] = [
    document
    for path in sorted(FOLDER.glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
]
PLAIN = [one for one in DOCUMENTS if one["apiVersion"] not in OPERATORS]


def of_kind(kind: str, name: str = "lookalike") -> dict[str, Any]:
    (found,) = [
        one
        for one in DOCUMENTS
        if one["kind"] == kind and one["metadata"].get("name", name) == name
    ]
    return found


def pods() -> list[dict[str, Any]]:
    """What each pod is to be, whatever makes it."""
    ray = of_kind("RayJob")["spec"]["rayClusterSpec"]
    return [
        of_kind("Deployment")["spec"]["template"]["spec"],
        of_kind("StatefulSet", "lookalike-postgresql")["spec"]["template"]["spec"],
        ray["headGroupSpec"]["template"]["spec"],
        *(group["template"]["spec"] for group in ray["workerGroupSpecs"]),
    ]


def parsed(words: list[str]) -> tuple[Any, dict[str, Any]]:
    """A command, and the options that these words give it; fails where it does not know one."""
    commands: Any = typer.main.get_command(app)  # of the click that typer brings
    name, *rest = words
    return commands.commands[name], commands.commands[name].make_context(name, rest).params


@pytest.mark.parametrize("document", PLAIN, ids=lambda one: f"{one['kind']}-{one['metadata']}")
@pytest.mark.parametrize("version", ["1.30", "1.36"])
def test_kubernetes_takes_each_of_them(document: dict[str, Any], version: str) -> None:
    checker = pytest.importorskip("kubernetes_validate")
    checker.validate(document, version, strict=True)


def test_all_that_is_applied_together_is_there() -> None:
    (kustomization,) = [one for one in DOCUMENTS if one["kind"] == "Kustomization"]
    assert all((FOLDER / name).is_file() for name in kustomization["resources"])
    (target,) = re.findall(r"^FROM run AS (cpu)$", (ROOT / "deploy/Dockerfile").read_text(), re.M)
    assert kustomization["images"] == [{"name": "lookalike", "newTag": target}]


def test_no_pod_has_rights_that_it_does_not_need() -> None:
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert {"requests", "limits"} <= container["resources"].keys()
    for pod in pods()[:2]:
        assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in pod["containers"])


def test_no_secret_is_stored() -> None:
    assert not [one for one in DOCUMENTS if one["kind"] == "Secret"]
    settings = of_kind("ConfigMap")["data"]
    assert not [name for name in settings if re.search("PASSWORD|SECRET|ACCESS_KEY", name)]


def test_whoever_is_stopped_has_time_to_answer_what_it_accepted() -> None:
    drain = float(of_kind("ConfigMap")["data"]["LOOKALIKE_DRAIN"])
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    shutdown = Settings.model_fields["shutdown"].default
    assert pod["terminationGracePeriodSeconds"] > drain + shutdown
    (server,) = pod["containers"]
    probe = server["readinessProbe"]
    assert probe["httpGet"]["path"] == "/readyz"
    assert drain > 2 * probe["periodSeconds"] * probe["failureThreshold"]
    assert server["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_the_server_is_started_with_options_and_settings_that_it_has() -> None:
    (server,) = of_kind("Deployment")["spec"]["template"]["spec"]["containers"]
    serve, options = parsed(server["args"])
    assert options["port"] == server["ports"][0]["containerPort"] == 8000
    known = {f"LOOKALIKE_{one.upper()}" for one in Settings.model_fields}
    known |= {str(getattr(one, "envvar", None)) for one in serve.params}
    ours = {one for one in of_kind("ConfigMap")["data"] if one.startswith("LOOKALIKE_")}
    assert ours <= known
    assert options["store"] is None  # it comes from the environment
    assert "LOOKALIKE_VERSIONS" in ours


def test_builds_and_servers_see_the_pictures_at_the_same_place() -> None:
    replica, _, *build = pods()
    for pod in (replica, *build):
        places = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
        assert places["catalog"] == "/catalog"


def test_the_build_is_started_on_the_cluster_of_its_job_with_options_that_it_has() -> None:
    program, *words = shlex.split(of_kind("RayJob")["spec"]["entrypoint"])
    command, options = parsed(words)
    assert (program, command.name) == ("indexer", "build")
    assert options["catalog"].is_relative_to("/catalog")
    assert options["engine"] == "ray"
    assert options["store"] is None  # it comes from the environment, as for the servers
