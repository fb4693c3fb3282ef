"""What a browser or a messenger says about languages: one of ours or none, whatever it says."""

from __future__ import annotations

from tests.fuzz.running import instrumented, run

with instrumented("locales.negotiate"):
    from locales.negotiate import ALIASES, negotiate

OFFERED = ("de", "de-simple", "en", "ar", "fa", "fa-AF", "ku", "ru", "sr-Latn", "tr", "uk")


def check(data: bytes) -> None:
    header = data.decode("utf-8", "surrogateescape")
    found = negotiate(header, OFFERED)
    assert found is None or found in OFFERED
    assert negotiate(header, ()) is None
    assert negotiate(header, (*OFFERED, *OFFERED)) == found
    if found is not None and header in ALIASES:
        assert found in ALIASES[header] or found == header
    # An exact wish for one of ours is heard before anything vaguer.
    for locale in OFFERED[:3]:
        if "," not in header[:900]:
            assert negotiate(f"{locale};q=1,{header[:900]};q=0.1", OFFERED) == locale


if __name__ == "__main__":
    run("languages", check)
