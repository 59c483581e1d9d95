#include "python/engine/session.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "python/engine/errors.h"
#include "python/engine/gil.h"
#include "python/engine/graph.h"
#include "python/engine/hooks.h"
#include "python/engine/interrupt.h"
#include "python/engine/py_func.h"
#include "python/engine/tensors.h"

namespace fanlight::python {
namespace {

using namespace nb::literals;  // "name"_a

struct PySession {
  std::shared_ptr<Session> session;  // Kept by runs that are under way when it is closed.
  nb::object graph;
  int64_t timeout_ms = 0;  // Of runs that have none of their own; 0: none.
  std::stop_source closing{};
  std::atomic<int> running{0};  // How many runs are under way.
  std::atomic<int> pauses{0};   // New ones wait while there are any.
};

// The sessions whose runs this thread is in: in a function that a graph calls.
thread_local std::vector<const PySession*> entered;

// Lets others have Python's lock until then.
void WaitUntilZero(const std::atomic<int>& count) {
  while (count.load() > 0) {
    WithoutGil([] {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      return true;
    });
  }
}

// A run of a session on this thread.
class Entered {
 public:
  explicit Entered(PySession& session) : session_(session) {
    WaitUntilZero(session_.pauses);
    session_.running.fetch_add(1);
    entered.push_back(&session_);
  }
  ~Entered() {
    entered.pop_back();
    session_.running.fetch_sub(1);
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  PySession& session_;
};

int TraverseSession(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nb::inst_ready(self)) return 0;
  Py_VISIT(nb::inst_ptr<PySession>(self)->graph.ptr());
  return 0;
}
int ClearSession(PyObject* self) {
  nb::inst_ptr<PySession>(self)->graph.reset();
  return 0;
}
PyType_Slot session_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(TraverseSession)},
                               {Py_tp_clear, reinterpret_cast<void*>(ClearSession)},
                               {0, nullptr}};

const std::shared_ptr<Session>& Open(const PySession& self) {
  if (self.session == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "Attempted to use a closed Session.");
    throw nb::python_error();
  }
  // The run that called the function has the variables; it would wait for itself.
  if (std::ranges::find(entered, &self) != entered.end()) {
    PyErr_SetString(PyExc_RuntimeError,
                    "A function that a run calls (tf.py_func) cannot use that run's Session.");
    throw nb::python_error();
  }
  return self.session;
}

// One call of run(): what is fetched keeps the structure in which it was asked for.
class Call {
 public:
  explicit Call(PySession& self) : self_(self), graph_(self.graph), session_(Open(self)) {}

  void Feed(nb::handle feeds) {
    if (feeds.is_none()) return;
    if (!PyDict_Check(feeds.ptr())) throw nb::type_error("The feed_dict must be a dictionary.");
    request_.feeds.reserve(static_cast<size_t>(PyDict_Size(feeds.ptr())));
    Py_ssize_t at = 0;
    PyObject* key = nullptr;
    PyObject* value = nullptr;
    while (PyDict_Next(feeds.ptr(), &at, &key, &value) != 0) FeedOne(key, value);
  }

  void Fetch(nb::handle what) {
    PyObject* const object = what.ptr();
    if (nb::isinstance<PyTensor>(what)) {
      const PyTensor& tensor = *nb::inst_ptr<PyTensor>(what);
      CheckGraph(tensor.graph, what);
      (IsVariable(tensor.output) ? variables_ : request_.fetches).push_back(tensor.output);
    } else if (PyList_Check(object) || PyTuple_Check(object)) {
      for (nb::handle item : what) Fetch(item);
    } else if (PyDict_CheckExact(object)) {
      for (nb::handle item : nb::borrow<nb::dict>(what).values()) Fetch(item);
    } else if (nb::isinstance<PyOperation>(what)) {
      const PyOperation& operation = *nb::inst_ptr<PyOperation>(what);
      CheckGraph(operation.graph, what);
      request_.targets.push_back(operation.node);
    } else {
      resolved_.push_back(python::Call(TheHooks().resolve_fetch, what, graph_));
      // A copy: the list may grow below.
      const nb::object resolved = resolved_.back();
      Fetch(resolved);
    }
  }

  void Run(const RunOptions& given) {
    RunOptions options = given;
    options.stop = self_.closing.get_token();
    if (options.timeout_ms <= 0) options.timeout_ms = self_.timeout_ms;
    std::atomic<bool>* const interrupted = InterruptFlag();
    if (interrupted != nullptr) CheckInterrupt(*interrupted);
    options.interrupted = interrupted;
    const Status done = [&] {
      const Entered run(self_);
      return WithoutGil([&] { return RunAndRead(options); });
    }();
    if (!done) {
      if (const nb::object raised = TakeRaised(); raised.is_valid()) {
        const std::string& message = done.error().message;
        Raise(python::Call(TheHooks().function_error, raised,
                           nb::str(message.data(), message.size())));
      }
      if (interrupted != nullptr) CheckInterrupt(*interrupted);
      Raise(done.error());
    }
  }

  nb::object Result(nb::handle what) {
    PyObject* const object = what.ptr();
    if (nb::isinstance<PyTensor>(what)) {
      const bool is_variable = IsVariable(nb::inst_ptr<PyTensor>(what)->output);
      return TensorToPython(
          std::move(is_variable ? variable_values_[next_variable_++] : values_[next_value_++]));
    }
    if (PyList_Check(object)) return Items(what);
    if (PyTuple_Check(object)) return TupleLike(what);
    if (PyDict_CheckExact(object)) {
      nb::dict results;
      for (const auto& [key, item] : nb::borrow<nb::dict>(what)) results[key] = Result(item);
      return results;
    }
    if (nb::isinstance<PyOperation>(what)) return nb::none();
    const nb::object resolved = resolved_[next_resolved_++];
    nb::object result = Result(resolved);
    if (!PyDict_CheckExact(resolved.ptr())) return result;
    return python::Call(TheHooks().rebuild_fetch, what, result);
  }

 private:
  // A variable itself, by reference: what programs fetch beside the step that changes it, as in
  // run([train, global_step]). They get what it holds when the run has ended; reads in the graph, such as
  // those a loss is made of, come before assignments that they do not depend on.
  static bool IsVariable(const Output& output) {
    return output.is_ref() && output.node->inputs.empty();
  }

  Status RunAndRead(const RunOptions& options) {
    if (!request_.fetches.empty() || !request_.targets.empty() || variables_.empty()) {
      FL_ASSIGN_OR_RETURN(values_, session_->Run(request_, options));
    }
    for (const Output& variable : variables_) {
      FL_ASSIGN_OR_RETURN(Tensor value, session_->ReadVariable(variable));
      variable_values_.push_back(std::move(value));
    }
    return {};
  }

  nb::list Items(nb::handle what) {
    nb::list results;
    for (nb::handle item : what) results.append(Result(item));
    return results;
  }

  nb::object TupleLike(nb::handle what) {
    const nb::list items = Items(what);
    if (PyTuple_CheckExact(what.ptr())) return nb::steal(PyList_AsTuple(items.ptr()));
    return what.type()(*items);  // A named tuple.
  }

  void CheckGraph(const nb::object& graph, nb::handle what) const {
    if (graph.is(graph_)) return;
    PyErr_Format(PyExc_ValueError,
                 "Fetch argument %R cannot be interpreted as a Tensor. (Tensor %R is not an "
                 "element of this graph.)",
                 what.ptr(), what.ptr());
    throw nb::python_error();
  }

  void FeedOne(nb::handle key, nb::handle value) {
    Output output;
    if (nb::isinstance<PyTensor>(key)) {
      const PyTensor& tensor = *nb::inst_ptr<PyTensor>(key);
      if (!tensor.graph.is(graph_)) {
        PyErr_Format(
            PyExc_TypeError,
            "Cannot interpret feed_dict key as Tensor: Tensor %R is not an element of this graph.",
            key.ptr());
        throw nb::python_error();
      }
      output = tensor.output;
    } else {
      const nb::object resolved = python::Call(TheHooks().resolve_feed, key, graph_);
      output = nb::cast<PyTensor&>(resolved).output;
    }
    if (nb::isinstance<PyTensor>(value)) {
      PyErr_SetString(PyExc_TypeError,
                      "The value of a feed cannot be a tf.Tensor object. Acceptable feed values "
                      "include Python scalars, "
                      "strings, lists, numpy ndarrays, or TensorHandles.");
      throw nb::python_error();
    }
    Tensor tensor = TensorFromPython(value, output.dtype());
    if (!output.shape().IsCompatibleWith(PartialShape(tensor.shape()))) WrongShape(output, tensor);
    request_.feeds.push_back({output, std::move(tensor)});
  }

  // Shapes as Python writes tuples.
  [[noreturn]] static void WrongShape(const Output& output, const Tensor& tensor) {
    const auto tuple = [](std::span<const int64_t> dims) {
      std::string text;
      for (const int64_t dim : dims) {
        text += (text.empty() ? "" : ", ") + (dim < 0 ? std::string("?") : std::to_string(dim));
      }
      return "(" + text + (dims.size() == 1 ? ",)" : ")");
    };
    throw nb::value_error(
        fmt::format("Cannot feed value of shape {} for Tensor {}, which has shape {}",
                    tuple(tensor.shape().dims()), output.name(), tuple(output.shape().dims()))
            .c_str());
  }

  PySession& self_;  // Held by the call of Python.
  const nb::object& graph_;
  const std::shared_ptr<Session> session_;
  Session::Request request_;
  std::vector<nb::object> resolved_;  // In the order in which they stand.
  std::vector<Output> variables_;
  std::vector<Tensor> values_;
  std::vector<Tensor> variable_values_;
  size_t next_value_ = 0;
  size_t next_variable_ = 0;
  size_t next_resolved_ = 0;
};

nb::object RunPlain(PySession& self, nb::handle fetches, nb::handle feeds,
                    const RunOptions& options) {
  Call call(self);
  call.Fetch(fetches);
  call.Feed(feeds);
  call.Run(options);
  return call.Result(fetches);
}

// `options` and `metadata` are those of messages.py: the one has timeout_in_ms, trace_level and check_numerics, the
// other takes bytes.
nb::object RunFetches(PySession& self, nb::handle fetches, nb::handle feeds, nb::handle options,
                      nb::handle metadata) {
  if (options.is_none() && metadata.is_none()) return RunPlain(self, fetches, feeds, {});
  proto::RunMetadata message;
  RunOptions run_options;
  bool traces = false;
  if (!options.is_none()) {
    run_options.timeout_ms = nb::cast<int64_t>(options.attr("timeout_in_ms"));
    traces = nb::cast<int>(options.attr("trace_level")) > 0;
    run_options.checks_numbers = nb::cast<bool>(options.attr("check_numerics"));
  }
  if (traces && !metadata.is_none()) run_options.metadata = &message;
  nb::object results = RunPlain(self, fetches, feeds, run_options);
  if (!metadata.is_none()) {
    const std::string bytes = message.SerializeAsString();
    metadata.attr("ParseFromString")(nb::bytes(bytes.data(), bytes.size()));
  }
  return results;
}

nb::object ReadVariableOf(const PySession& self, nb::handle tensor) {
  const Output variable = nb::cast<PyTensor&>(tensor).output;
  const std::shared_ptr<Session> session = Open(self);
  return TensorToPython(Unwrap(WithoutGil([&] { return session->ReadVariable(variable); })));
}

void WriteVariableOf(const PySession& self, nb::handle tensor, nb::handle value) {
  const Output variable = nb::cast<PyTensor&>(tensor).output;
  const std::shared_ptr<Session> session = Open(self);
  const Tensor tensor_value = TensorFromPython(value, variable.dtype());
  Unwrap(WithoutGil([&] { return session->WriteVariable(variable, tensor_value); }));
}

}  // namespace

Session& SessionOf(nb::handle session) { return *Open(nb::cast<PySession&>(session)); }

Pause::Pause(nb::handle session) {
  if (!RunsMayCallPython()) return;
  session_ = nb::borrow(session);
  PySession& paused = nb::cast<PySession&>(session_);
  paused.pauses.fetch_add(1);
  WaitUntilZero(paused.running);
}

Pause::~Pause() {
  if (session_.is_valid()) nb::cast<PySession&>(session_).pauses.fetch_sub(1);
}

void DefineSession(nb::module_& module) {
  nb::class_<PySession>(module, "Session", nb::type_slots(session_slots), nb::dynamic_attr(),
                        nb::is_weak_referenceable())
      .def("__init__",
           [](PySession* self, nb::handle graph, int num_threads, int64_t timeout_ms) {
             auto session =
                 Session::Create(BuilderOf(graph).graph(),
                                 {.kernels = KernelsThatCallPython(), .num_threads = num_threads});
             new (self) PySession{Unwrap(std::move(session)), nb::borrow(graph), timeout_ms};
           })
      .def("run", RunFetches, "fetches"_a.none(), "feed_dict"_a = nb::none(),
           "options"_a = nb::none(), "run_metadata"_a = nb::none())
      .def("close",
           [](PySession& self) {
             self.closing.request_stop();  // Runs of other threads end as soon as they notice.
             self.session.reset();
           })
      .def_prop_ro("graph", [](const PySession& self) { return self.graph; })
      .def("read_variable", ReadVariableOf)
      .def("write_variable", WriteVariableOf);
}

}  // namespace fanlight::python
