import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import op_reference


def test_a_comment_becomes_sentences_and_a_list():
    lines = [
        "// The sum of both.",
        "// It wraps around.",
        "// Shapes:   any;",
        "//           they broadcast.",
        "// Gradient: the incoming one.",
    ]
    assert op_reference.prose(lines) == (
        "The sum of both. It wraps around.\n\n- **Shapes:** any; they broadcast.\n- **Gradient:** the incoming one."
    )


def test_declarations_keep_their_comments_and_their_braces():
    text = """#pragma once
namespace fanlight {

// Options.
struct Options {
  // Within.
  bool flag = false;

  int count = 0;
};
// Adds.
Output Add(GraphBuilder& graph,
           const Operand& x);

std::span<const OpSpec> MathOps();

}  // namespace fanlight
"""
    found = op_reference.declarations(text)
    assert [comment for comment, _ in found] == [["// Options."], ["// Adds."]]
    assert found[0][1][-1] == "};"
    assert found[1][1] == ["Output Add(GraphBuilder& graph,", "           const Operand& x);"]


def test_every_family_has_ops_and_a_page_that_is_current():
    names = [header.stem for header in op_reference.families()]
    assert len(names) > 30
    for name in set(names) - op_reference.COMPOSITES:
        assert op_reference.table_ops(name), name
    assert op_reference.stale() == []


def test_a_class_is_shown_without_what_it_keeps_to_itself():
    code = ["class A {", " public:", "  int f();", "", " private:", "  int x_;", "};"]
    assert op_reference.public(code) == ["class A {", " public:", "  int f();", "};"]
    assert op_reference.public(["int f();"]) == ["int f();"]


def test_every_subject_of_training_has_a_page_that_tells_shapes_and_errors():
    made = op_reference.training_pages()
    assert len(made) == len(op_reference.TRAINING) + 1
    for name, text in made.items():
        assert "private:" not in text, name
        if name not in ("training/README.md", "training/gradients.md"):
            assert re.search(r"(Errors|Shapes|Units)\b", text), name
