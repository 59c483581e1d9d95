#include "fanlight/engine/graph/session.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <shared_mutex>
#include <thread>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/plan.h"
#include "fanlight/engine/graph/run_watch.h"
#include "fanlight/engine/graph/thread_choice.h"

namespace fanlight {
namespace {

// A plan with the frames that wait for the next run.
struct CachedPlan {
  explicit CachedPlan(int max_threads) : threads(max_threads) {}

  std::vector<Output> feeds;
  std::vector<Shape> feed_shapes;
  std::vector<Output> fetches;
  std::vector<Output> targets;
  std::shared_ptr<const Plan> plan;
  std::vector<std::unique_ptr<Plan::Frame>> idle_frames;
  ThreadChoice threads;
  bool is_plain = false;

  bool Matches(const Session::Request& request, bool plain) const {
    if (plain != is_plain || request.feeds.size() != feeds.size() || request.fetches != fetches ||
        request.targets != targets) {
      return false;
    }
    for (size_t i = 0; i < feeds.size(); ++i) {
      if (!(request.feeds[i].placeholder == feeds[i]) ||
          !(request.feeds[i].value.shape() == feed_shapes[i])) {
        return false;
      }
    }
    return true;
  }
};

}  // namespace

class Session::Impl {
 public:
  Impl(std::shared_ptr<const Graph> graph, Options options)
      : graph_(std::move(graph)), options_(std::move(options)) {
    if (options_.kernels == nullptr) options_.kernels = StandardKernels();
    options_.max_plans = std::max(1, options_.max_plans);
    if (options_.workers == nullptr) options_.workers = Workers::OfProcess();
  }

  // `is_plain`: every node runs by itself.
  Result<std::vector<Tensor>> Run(const Request& request, bool is_plain, RunWatch* watch) {
    std::shared_ptr<CachedPlan> cached;
    std::unique_ptr<Plan::Frame> frame;
    ThreadChoice::Turn turn;
    {
      MutexLock lock(mutex_);
      cached = Find(request, is_plain);
      if (cached != nullptr) {
        turn = cached->threads.Next();
        if (!cached->idle_frames.empty()) {
          frame = std::move(cached->idle_frames.back());
          cached->idle_frames.pop_back();
        }
      }
    }
    if (cached == nullptr) {
      FL_ASSIGN_OR_RETURN(cached, Compile(request, is_plain));
    } else {
      FL_TRY(CheckFeedTypes(request));
    }
    if (frame == nullptr) frame = std::make_unique<Plan::Frame>(*cached->plan);
    constexpr size_t kMaxFeedsOnStack = 16;
    const Tensor* small[kMaxFeedsOnStack];
    std::vector<const Tensor*> large;
    std::span<const Tensor*> feeds(small, std::min(kMaxFeedsOnStack, request.feeds.size()));
    if (request.feeds.size() > kMaxFeedsOnStack) {
      large.resize(request.feeds.size());
      feeds = large;
    }
    for (size_t i = 0; i < feeds.size(); ++i) feeds[i] = &request.feeds[i].value;
    const ThreadShare threads = {
        options_.workers.get(), options_.num_threads > 0 ? options_.num_threads : turn.num_threads};
    double seconds = 0;
    auto fetched = RunLocked({.plan = *cached->plan,
                              .frame = *frame,
                              .feeds = feeds,
                              .threads = threads,
                              .watch = watch,
                              .seconds = turn.is_timed ? &seconds : nullptr});
    {
      MutexLock lock(mutex_);
      cached->idle_frames.push_back(std::move(frame));
      if (turn.is_timed && fetched) cached->threads.Took(turn, seconds);
    }
    return fetched;
  }

  Result<Tensor> ReadVariable(const Output& variable) {
    FL_ASSIGN_OR_RETURN(VariableState* const state, StateOf(variable));
    std::shared_lock lock(variables_mutex_);
    if (!state->value.is_valid()) {
      return Fail(ErrorCode::kFailedPrecondition, "variable {} is not initialised",
                  Describe(*state->node));
    }
    return state->value;
  }

  Status WriteVariable(const Output& variable, const Tensor& value) {
    FL_ASSIGN_OR_RETURN(VariableState* const state, StateOf(variable));
    FL_TRY(CheckValue(*state, value));
    std::unique_lock lock(variables_mutex_);
    state->value = value.Clone();
    return {};
  }

  Status EditVariables(const std::vector<Output>& variables,
                       const std::function<Status(std::span<Tensor>)>& edit) {
    std::vector<VariableState*> states;
    for (const Output& variable : variables) {
      FL_ASSIGN_OR_RETURN(VariableState* const state, StateOf(variable));
      states.push_back(state);
    }
    std::vector<Tensor> values(states.size());
    std::unique_lock lock(variables_mutex_);
    for (size_t i = 0; i < states.size(); ++i) values[i].swap(states[i]->value);
    Status status = edit(values);
    for (size_t i = 0; i < states.size(); ++i) {
      if (values[i].is_valid()) {
        const Status fits = CheckValue(*states[i], values[i]);
        if (!fits) {
          if (status) status = fits;
          continue;
        }
      }
      states[i]->value = std::move(values[i]);
    }
    return status;
  }

  const Graph& graph() const { return *graph_; }

 private:
  struct Call {
    const Plan& plan;
    Plan::Frame& frame;
    std::span<const Tensor* const> feeds;
    ThreadShare threads;
    RunWatch* watch;
    double* seconds;  // nullptr: not wanted.
  };

  Result<std::vector<Tensor>> RunLocked(const Call& call) {
    std::unique_lock alone(variables_mutex_, std::defer_lock);
    std::shared_lock together(variables_mutex_, std::defer_lock);
    if (call.plan.assigns_variables()) {
      FL_TRY(Acquire(alone, call.watch));
    } else if (call.plan.reads_variables()) {
      FL_TRY(Acquire(together, call.watch));
    }
    if (call.seconds == nullptr) {
      return call.plan.Run(call.frame, call.feeds, call.threads, call.watch);
    }
    // Waiting for the lock is no part of it.
    const auto begin = std::chrono::steady_clock::now();
    auto fetched = call.plan.Run(call.frame, call.feeds, call.threads, call.watch);
    *call.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return fetched;
  }

  // A run that may end early looks for the lock now and then; all others just wait.
  template <typename Lock>
  static Status Acquire(Lock& lock, const RunWatch* watch) {
    if (watch == nullptr || !watch->may_end_early()) {
      lock.lock();
      return {};
    }
    while (!lock.try_lock()) {
      FL_TRY(watch->CheckTime("while it waited for another run"));
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return {};
  }

  int MaxThreadsToTry() const {
    return options_.num_threads > 0 ? 1 : options_.workers->max_threads();
  }

  static Status CheckValue(const VariableState& state, const Tensor& value) {
    const auto dtype = state.node->attr<DType>("dtype");
    const auto shape = state.node->attr<PartialShape>("shape");
    if (value.dtype() != dtype || !shape.IsCompatibleWith(PartialShape(value.shape()))) {
      return Fail(ErrorCode::kInvalidArgument, "variable {} is {}{}, cannot be set to {}",
                  Describe(*state.node), DTypeName(dtype), ToString(shape), Describe(value));
    }
    return {};
  }

  Result<VariableState*> StateOf(const Output& variable) {
    const Node* node = VariableOfValue(variable);
    if (node == nullptr) {
      return Fail(ErrorCode::kInvalidArgument, "{} is no variable",
                  variable.is_valid() ? Describe(*variable.node) : "an empty output");
    }
    return state_.Variable(node);
  }

  // The most recently used first.
  std::shared_ptr<CachedPlan> Find(const Request& request, bool is_plain) FL_REQUIRES(mutex_) {
    for (auto at = plans_.begin(); at != plans_.end(); ++at) {
      if (!(*at)->Matches(request, is_plain)) continue;
      if (at != plans_.begin()) plans_.splice(plans_.begin(), plans_, at);
      return plans_.front();
    }
    return nullptr;
  }

  static Status CheckFeedTypes(const Request& request) {
    for (const Feed& feed : request.feeds) {
      if (feed.value.dtype() != feed.placeholder.dtype()) return WrongFeed(feed);
    }
    return {};
  }

  static tl::unexpected<Error> WrongFeed(const Feed& feed) {
    return Fail(ErrorCode::kInvalidArgument, "{} is fed with {}, want {}{}",
                Describe(*feed.placeholder.node), Describe(feed.value),
                DTypeName(feed.placeholder.dtype()), ToString(feed.placeholder.shape()));
  }

  Result<std::shared_ptr<CachedPlan>> Compile(const Request& request, bool is_plain) {
    auto cached = std::make_shared<CachedPlan>(MaxThreadsToTry());
    Plan::Input input;
    const auto check = [](const Output& output, std::string_view what) -> Status {
      if (!output.is_valid()) return Fail(ErrorCode::kInvalidArgument, "an empty {}", what);
      return {};
    };
    for (const Feed& feed : request.feeds) {
      FL_TRY(check(feed.placeholder, "output is fed"));
      if (feed.placeholder.index >= feed.placeholder.node->num_outputs() ||
          feed.placeholder.is_ref()) {
        return Fail(ErrorCode::kInvalidArgument, "{} cannot be fed",
                    Describe(*feed.placeholder.node));
      }
      if (feed.value.dtype() != feed.placeholder.dtype() ||
          !feed.placeholder.shape().IsCompatibleWith(PartialShape(feed.value.shape()))) {
        return WrongFeed(feed);
      }
      input.feeds.push_back(feed.placeholder);
      input.feed_shapes.push_back(feed.value.shape());
    }
    for (const Output& fetch : request.fetches) {
      FL_TRY(check(fetch, "output is fetched"));
      if (fetch.index >= fetch.node->num_outputs()) {
        return Fail(ErrorCode::kInvalidArgument, "{} has no output {} to fetch",
                    Describe(*fetch.node), fetch.index);
      }
    }
    for (const Output& target : request.targets) FL_TRY(check(target, "output is run"));
    input.fetches = request.fetches;
    input.targets = request.targets;
    input.optimize = options_.optimize && !is_plain;
    FL_ASSIGN_OR_RETURN(cached->plan, Plan::Compile(input, *options_.kernels, state_));
    cached->feeds = std::move(input.feeds);
    cached->feed_shapes = std::move(input.feed_shapes);
    cached->fetches = std::move(input.fetches);
    cached->targets = std::move(input.targets);
    cached->is_plain = is_plain;
    MutexLock lock(mutex_);
    plans_.push_front(cached);
    if (plans_.size() > static_cast<size_t>(options_.max_plans)) plans_.pop_back();
    return cached;
  }

  const std::shared_ptr<const Graph> graph_;
  Options options_;
  SessionState state_;
  // Held for a whole run: shared by runs that read variables, alone by one that assigns them.
  // Taken after mutex_ is released.
  std::shared_mutex variables_mutex_;
  Mutex mutex_;  // Guards what follows, and the frames of the plans.
  std::list<std::shared_ptr<CachedPlan>> plans_ FL_GUARDED_BY(mutex_);
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Create(std::shared_ptr<const Graph> graph,
                                                 Options options) {
  if (graph == nullptr) return Fail(ErrorCode::kInvalidArgument, "a session needs a graph");
  return std::unique_ptr<Session>(
      new Session(std::make_unique<Impl>(std::move(graph), std::move(options))));
}

Result<std::vector<Tensor>> Session::Run(const Request& request) {
  return impl_->Run(request, false, nullptr);
}
Result<std::vector<Tensor>> Session::Run(const Request& request, const RunOptions& options) {
  if (options.IsUsual()) return Run(request);
  RunWatch watch(options);
  return impl_->Run(request, options.checks_numbers, &watch);
}
Result<Tensor> Session::ReadVariable(const Output& variable) const {
  return impl_->ReadVariable(variable);
}
Status Session::WriteVariable(const Output& variable, const Tensor& value) {
  return impl_->WriteVariable(variable, value);
}
Status Session::EditVariables(const std::vector<Output>& variables,
                              const std::function<Status(std::span<Tensor>)>& edit) {
  return impl_->EditVariables(variables, edit);
}
const Graph& Session::graph() const { return impl_->graph(); }

Result<Session::Feed> MakeFeed(const Output& placeholder, const Tensor& value) {
  if (!placeholder.is_valid()) return Fail(ErrorCode::kInvalidArgument, "an empty output is fed");
  auto converted = ConvertTo(value, placeholder.dtype());
  if (!converted) {
    return tl::unexpected<Error>(converted.error().With(Describe(*placeholder.node)));
  }
  return Session::Feed{placeholder, *std::move(converted)};
}

}  // namespace fanlight
