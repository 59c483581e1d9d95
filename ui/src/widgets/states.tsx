// What stands where data would: empty, no match, failed, with a snippet to copy.

import {useState} from 'preact/hooks';
import type {ComponentChildren} from 'preact';
import {words} from '../words/words';
import {copyText} from './copy_text';

interface EmptyStateProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly testId?: string;
}

export function EmptyState({title, children, testId}: EmptyStateProps) {
  return (
    <div class="fl-empty" data-testid={testId ?? 'empty'}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export interface SnippetText {
  readonly name: string;
  readonly text: string;
}

/** Code to copy, in one of several languages. */
export function Snippet({snippets}: {readonly snippets: readonly SnippetText[]}) {
  const t = words.value;
  const [chosen, choose] = useState(0);
  const [isCopied, setCopied] = useState(false);
  const text = snippets[chosen]?.text ?? '';
  const copy = async (): Promise<void> => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div class="fl-snippet">
      <div class="fl-snippet-head">
        <div role="tablist">
          {snippets.map((s, i) => (
            <button
              key={s.name}
              type="button"
              role="tab"
              aria-selected={i === chosen}
              onClick={() => choose(i)}
            >
              {s.name}
            </button>
          ))}
        </div>
        <span class="fl-grow" />
        <button type="button" onClick={() => void copy()}>
          {isCopied ? t.copied : t.copy}
        </button>
      </div>
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}

const cppScalars = `#include "fanlight/events/summary_writer.h"

FL_ASSIGN_OR_RETURN(auto writer, SummaryWriter::Create("logs/run1", {}));
for (int64_t step = 0; step < 1000; ++step) {
  FL_TRY(writer->Scalar("loss", Train(), step));
}
FL_TRY(writer->Close());`;

const pythonScalars = `# TensorFlow
writer = tf.summary.create_file_writer("logs/run1")
with writer.as_default():
    tf.summary.scalar("loss", loss, step=step)

# PyTorch
from torch.utils.tensorboard import SummaryWriter
SummaryWriter("logs/run1").add_scalar("loss", loss, step)`;

export const scalarSnippets: readonly SnippetText[] = [
  {name: 'Python', text: pythonScalars},
  {name: 'C++', text: cppScalars},
  {
    name: 'Shell',
    text: 'fanlight-mnist --log_dir logs/mnist --summaries full\nfanlight --logdir logs',
  },
];

export const histogramSnippets: readonly SnippetText[] = [
  {
    name: 'Python',
    text: `# TensorFlow
tf.summary.histogram("weights", weights, step=step)

# PyTorch
writer.add_histogram("weights", weights, step)`,
  },
  {name: 'C++', text: 'FL_TRY(writer->Histogram("weights", weights, step));'},
];

export const graphSnippets: readonly SnippetText[] = [
  {
    name: 'Python',
    text: `# TensorFlow 1
tf.summary.FileWriter("logs/run1", sess.graph)

# TensorFlow 2
tf.summary.graph(f.get_concrete_function(x).graph)`,
  },
  {name: 'C++', text: 'FL_TRY(writer->Graph(graph_def));'},
];
