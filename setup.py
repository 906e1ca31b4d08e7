"""What is installed under which name; pyproject.toml says the rest.

`tracer` keeps its name, because apps say `from tracer import tracer`. The rooms that the viewer
runs as processes have names that other people's packages have, too, and nobody imports them: they
are kept in a folder of the viewer, which only those processes have in their path (see
trace_viewer/room.py). So nothing in them has to be rewritten.
"""

from setuptools import find_packages, setup

KEPT_APART = "trace_viewer.rooms"
ROOMS = ("collector", "ui")

setup(
    packages=[
        *find_packages(include=("tracer", "tracer.*", "trace_viewer")),
        "tracer.site",  # no package: the folder of a `sitecustomize`
        *(
            f"{KEPT_APART}.{package}"
            for room in ROOMS
            for package in find_packages(include=(room, f"{room}.*"))
        ),
    ],
    package_dir={f"{KEPT_APART}.{room}": room for room in ROOMS},
    package_data={
        f"{KEPT_APART}.ui": ["templates/*", "static/**"],
        f"{KEPT_APART}.collector.store.clickhouse": ["*.sql"],
    },
)
