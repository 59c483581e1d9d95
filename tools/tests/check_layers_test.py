import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import check_layers


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("fanlight/events/record_reader.cc", "fanlight/base/result.h"),
        ("fanlight/events/record_reader.cc", "fanlight/events/record_reader.h"),
        ("fanlight/board/ingest/run_loader.cc", "fanlight/board/store/store.h"),
        ("fanlight/board/api/tags.cc", "fanlight/board/http/server.h"),
        ("fanlight/engine/train/optimizer.cc", "fanlight/engine/graph/graph.h"),
        ("apps/mnist/main.cc", "fanlight/engine/train/mnist.h"),
        ("tests/fuzz/records_fuzz.cc", "fanlight/events/record_reader.h"),
    ],
)
def test_downward_includes_pass(path, include):
    assert check_layers.check_cpp(path, f'#include "{include}"\n') == []


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("fanlight/base/file.cc", "fanlight/events/record_reader.h"),
        ("fanlight/events/event.cc", "fanlight/board/store/store.h"),
        ("fanlight/board/store/store.cc", "fanlight/proto/event.pb.h"),
        ("fanlight/board/store/store.cc", "fanlight/board/ingest/run_loader.h"),
        ("fanlight/board/http/server.cc", "fanlight/board/store/store.h"),
        ("fanlight/board/api/tags.cc", "fanlight/board/ingest/run_loader.h"),
        ("fanlight/board/ingest/run_loader.cc", "fanlight/board/api/tags.h"),
        ("fanlight/board/store/store.cc", "fanlight/engine/tensor/tensor.h"),
        ("fanlight/engine/train/writer.cc", "fanlight/board/store/store.h"),
        ("fanlight/engine/tensor/tensor.cc", "fanlight/engine/graph/graph.h"),
        ("fanlight/engine/graph/session.cc", "fanlight/events/event_writer.h"),
        ("fanlight/engine/checkpoint/saver.cc", "fanlight/engine/train/mnist.h"),
        ("fanlight/base/file.cc", "apps/mnist/flags.h"),
    ],
)
def test_upward_and_sideways_includes_are_found(path, include):
    findings = check_layers.check_cpp(path, f'// One line.\n#include <vector>\n#include "{include}"\n')
    assert len(findings) == 1
    assert findings[0].startswith(f"{path}:3: ")


def test_a_header_by_a_relative_path_is_found():
    assert len(check_layers.check_cpp("fanlight/base/file.cc", '#include "file.h"\n')) == 1


def test_a_file_in_no_layer_is_found():
    assert len(check_layers.check_cpp("fanlight/misc/a.cc", "")) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("api/decode.ts", "import {isFinite} from '../base/numbers';"),
        ("charts/scale.ts", "import type {AppState} from '../state/app_state';"),
        ("app/app.tsx", "import {Scalars} from '../dashboards/scalars';"),
        ("main.tsx", "import {App} from './app/app';"),
        ("base/text.ts", "import {render} from 'preact';"),
        ("base/text.ts", "const words = ['from', '../app/nowhere'];"),
    ],
)
def test_downward_imports_pass(path, line):
    assert check_layers.check_ui(path, line) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("base/text.ts", "import {a} from '../api/types';"),
        ("api/types.ts", "export * from '../state/app_state';"),
        ("state/cache.ts", 'import {draw} from "../charts/line";'),
        ("charts/line.ts", "const lazy = import('../dashboards/scalars');"),
        ("charts/line.ts", "import {Picker} from '../widgets/picker';"),
        ("widgets/picker.tsx", "import '../app/app.css';"),
        ("api/stream.ts", "new SharedWorker(new URL('../app/worker.ts', import.meta.url));"),
        ("base/text.ts", "import {x} from '../../vite.config';"),
        ("dashboards/a.tsx", "import {\n  one,\n  two,\n} from '../app/routes';"),
    ],
)
def test_upward_imports_are_found(path, line):
    assert len(check_layers.check_ui(path, line)) == 1


def test_a_tree_is_walked(tmp_path, capsys):
    (tmp_path / "fanlight/base").mkdir(parents=True)
    (tmp_path / "fanlight/base/a.cc").write_text('#include "fanlight/events/b.h"\n')
    (tmp_path / "ui/src/base").mkdir(parents=True)
    (tmp_path / "ui/src/base/a.ts").write_text("import '../app/b';\n")
    assert check_layers.main([str(tmp_path)]) == 1
    assert "2 files, 2 point upward" in capsys.readouterr().out


def test_an_empty_tree_is_an_error(tmp_path):
    assert check_layers.main([str(tmp_path)]) == 1
