"""Where training reads pictures: on this machine, also those that the catalog names by URL."""

from dataclasses import dataclass
from pathlib import Path

from search.catalog.records import CatalogImage
from search.fetching.fetcher import Fetcher
from search.sources import is_url, read_bytes
from search.uploads import ImagePlaces


@dataclass(frozen=True, slots=True)
class LocalPictures:
    """Fetched pictures are kept in ``folder``, by content."""

    places: ImagePlaces
    fetcher: Fetcher
    folder: Path

    def path(self, image: CatalogImage) -> Path:
        """The file of an image; raises FetchError or InvalidImage."""
        if not is_url(image.source):
            return self.places.path(image.source)
        path = self.folder / f"{image.sha256}"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read_bytes(image.source, self.fetcher))
        return path
