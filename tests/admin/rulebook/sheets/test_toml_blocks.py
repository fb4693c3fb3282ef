"""Blocks are taken out, put in and moved; comments and empty lines stay with those they belong to."""

from __future__ import annotations

import tomllib

import pytest

from admin.rulebook.toml_blocks import Block, TomlFile

ORDERS = {"": ("version",), "rule": ("id", "to", "until"), "topic": ("id",)}
TEXT = '''version = "1"  # Fassung

# Regeln
[[rule]]
id = "A"
to = "x"

# gehört zu B
[[rule]]
id = "B"
to = """
[[rule]]
kein Kopf"""
liste = [
    [1],  # auch keiner
]

# -- Themen, eine Überschrift für alles, was folgt --

[[topic]]
id = "T"
'''


def made(file: TomlFile, name: str) -> Block:
    block = file.new("rule")
    block.data = {}
    block.set("id", name)
    return block


def test_a_text_that_looks_like_a_header_is_none() -> None:
    file = TomlFile(TEXT, ORDERS)
    assert [(block.kind, block.id) for block in file.blocks] == [("", ""), ("rule", "A"), ("rule", "B"), ("topic", "T")]
    assert file.text == TEXT and file.of("rule")[1].data["to"] == "[[rule]]\nkein Kopf"


def test_a_comment_right_above_goes_with_its_block_and_a_heading_stays() -> None:
    file = TomlFile(TEXT, ORDERS)
    file.arrange("rule", file.of("rule")[:1])
    assert "gehört zu B" not in file.text and "-- Themen" in file.text and file.text.count("\n\n\n") == 0
    assert [block["id"] for block in tomllib.loads(file.text)["rule"]] == ["A"]


def test_a_new_last_rule_stands_above_the_heading_of_what_follows() -> None:
    file = TomlFile(TEXT, ORDERS)
    file.arrange("rule", [*file.of("rule"), made(file, "C")])
    assert file.text == TEXT.replace("]\n\n# -- Themen", ']\n\n[[rule]]\nid = "C"\n\n# -- Themen')


def test_a_new_first_rule_stands_above_all_others() -> None:
    file = TomlFile(TEXT, ORDERS)
    file.arrange("rule", [made(file, "C"), *file.of("rule")])
    assert file.text == TEXT.replace("# Regeln\n", '[[rule]]\nid = "C"\n\n# Regeln\n')


def test_blocks_change_places_with_the_comments_right_above_them() -> None:
    file = TomlFile(TEXT, ORDERS)
    file.arrange("rule", file.of("rule")[::-1])
    words = ("gehört zu B", 'id = "B"', "# Regeln", 'id = "A"', "-- Themen")
    assert sorted(words, key=file.text.index) == list(words)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_the_end_of_the_file_stays_as_it_is(end: str) -> None:
    text = TEXT.rstrip("\n") + '\n\n[[topic]]\nid = "U"' + end
    file = TomlFile(text, ORDERS)
    assert file.text == text
    first, last = file.of("topic")
    file.arrange("topic", [first])
    assert file.text == TEXT.rstrip("\n") + end
    file.arrange("topic", [first, last])
    assert file.text == text


def test_values_are_changed_in_place_and_what_stands_beside_them_stays() -> None:
    file = TomlFile(TEXT, ORDERS)
    file.blocks[0].set("version", "2")
    rule = file.of("rule")[0]
    rule.set("until", "z")
    rule.set("to", "y")
    assert file.text == TEXT.replace('version = "1"', 'version = "2"').replace('to = "x"\n', 'to = "y"\nuntil = "z"\n')
    rule.drop("until")
    assert 'to = "y"\n\n# gehört' in file.text


def test_what_is_written_as_a_table_of_its_own_is_left_alone() -> None:
    file = TomlFile('[[rule]]\nid = "A"\nwhen.jung = true\n\n[rule.mehr]\nb = 1\n\n[[rule]]\nid = "B"\n', ORDERS)
    assert [block.id for block in file.of("rule")] == ["A", "B"]
    for key in ("when", "mehr"):
        with pytest.raises(ValueError, match="table of its own"):
            file.of("rule")[0].set(key, {})
