"""tensorflow.python.client.timeline: a run's steps as a trace that browsers show (chrome://tracing, Perfetto)."""

import json


class Timeline:
    """What StepStats tell, as a trace of events."""

    def __init__(self, step_stats, graph=None):
        self._step_stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow=True, show_memory=False):
        """JSON: a process for each device, an event for each node that ran, in microseconds."""
        events = []
        for pid, device in enumerate(self._step_stats.dev_stats):
            events.append(_meta("process_name", pid, device.device + " Compute"))
            for stats in device.node_stats:
                # A label is "name = Op(inputs)".
                label = stats.timeline_label.partition(" = ")[2]
                op, _, inputs = label.partition("(")
                arguments = {"name": stats.node_name, "op": op or stats.node_name}
                names = [name.strip() for name in inputs.rstrip(")").split(",") if name.strip()]
                arguments.update({f"input{i}": name for i, name in enumerate(names)})
                events.append(
                    {
                        "name": arguments["op"],
                        "cat": "Op",
                        "ph": "X",
                        "pid": pid,
                        "tid": stats.thread_id,
                        "ts": stats.all_start_micros,
                        "dur": stats.all_end_rel_micros,
                        "args": arguments,
                    }
                )
                if show_memory:
                    events += [_counter(pid, stats, used) for used in stats.memory]
        return json.dumps({"traceEvents": events}, indent=4, separators=(",", ": "))


def _meta(name, pid, value):
    return {"name": name, "ph": "M", "pid": pid, "args": {"name": value}}


def _counter(pid, stats, used):
    return {
        "name": used.allocator_name,
        "cat": "Memory",
        "ph": "C",
        "pid": pid,
        "tid": 0,
        "ts": stats.all_start_micros,
        "args": {used.allocator_name: used.total_bytes},
    }
