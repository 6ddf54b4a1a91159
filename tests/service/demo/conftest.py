import pytest

from service.demo import make_county
from tests.service.demo.reading import read_back


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    """A county whose clerks make no mistakes."""
    out = tmp_path_factory.mktemp("clean")
    make_county(1500, 11, out, errors=0.0)
    return read_back(out)


@pytest.fixture(scope="session")
def dirty(tmp_path_factory):
    """A county whose clerks make three times as many mistakes."""
    out = tmp_path_factory.mktemp("dirty")
    make_county(6000, 17, out, errors=3.0, transliterated=0.15)
    return read_back(out)
