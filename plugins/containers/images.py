"""Names of images, taken apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class ImageName(NamedTuple):
    """``repository:tag@digest``, of which each may be missing."""

    repository: str
    """With the registry, if there is one: ``quay.io:443/app``."""
    tag: str
    digest: str


def split_image(name: str) -> ImageName:
    """Takes the name of an image apart."""
    rest, _, digest = name.partition("@")
    folder, slash, last = rest.rpartition("/")
    repository, _, tag = last.partition(":")
    return ImageName(folder + slash + repository, tag, digest)


def without_algorithm(digest: str) -> str:
    """``17857b6f`` of ``sha256:17857b6f``."""
    return digest.rpartition(":")[2]


def image_names(repository: str, tags: Iterable[str], digests: Iterable[str]) -> ImageName:
    """The repository, tag and digest of an image that is known by these names, preferably those of `repository`.

    `tags` are of the form ``repository:tag``, `digests` ``repository@digest``.
    """
    by_tag = [split_image(name) for name in tags]
    by_digest = [split_image(name) for name in digests]
    repository = repository or next((name.repository for name in [*by_digest, *by_tag]), "")
    tag = next((name.tag for name in by_tag if repository in name.repository), "")
    all_digests = {name.digest for name in by_digest}
    digest = next((name.digest for name in by_digest if repository in name.repository), "")
    if not digest and len(all_digests) == 1:
        digest = all_digests.pop()
    return ImageName(repository, tag, digest)
