#include "fanlight/board/api/event_hub.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/api/status.h"

namespace fanlight::api {
namespace {

constexpr size_t kMaxSeries = 1000;
constexpr std::chrono::milliseconds kMinPause{50};
constexpr std::chrono::milliseconds kLongestWait{1000};

std::string MakeMessage(const Board& board, const store::Snapshot& snapshot,
                        const store::ChangeSet& changes) {
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("change").Uint(snapshot.change());
  json.Key("runs").Bool(changes.runs_changed);
  json.Key("tags").Bool(changes.tags_changed);
  json.Key("series");
  if (changes.everything) {
    json.Null();
  } else {
    json.BeginArray();
    for (const store::ChangedSeries& series : changes.series) {
      json.BeginArray().Uint(series.run.index).Text(series.tag).Uint(series.points).EndArray();
    }
    json.EndArray();
  }
  json.Key("status");
  AppendStatus(json, board, snapshot.overview(), false);
  json.EndObject();
  return http::ServerSentEvent("change", std::move(json).Take());
}

}  // namespace

std::string EventHub::ChangeMessage(const store::Snapshot& snapshot, uint64_t since) const {
  return MakeMessage(board_, snapshot, snapshot.ChangedSince(since, kMaxSeries));
}

std::shared_ptr<http::EventStream> EventHub::Open() {
  http::EventStream::Options options;
  options.overflow_message = http::ServerSentEvent("reload", "{}");
  auto stream = std::make_shared<http::EventStream>(std::move(options));
  const store::Snapshot snapshot = board_.store.TakeSnapshot();
  store::ChangeSet everything;
  everything.runs_changed = everything.tags_changed = everything.everything = true;
  stream->Send(MakeMessage(board_, snapshot, everything));
  MutexLock lock(mutex_);
  std::erase_if(readers_, [](const Reader& reader) { return reader.stream->is_closed(); });
  readers_.push_back({stream, snapshot.change()});
  return stream;
}

void EventHub::Publish() {
  {
    MutexLock lock(mutex_);
    std::erase_if(readers_, [](const Reader& reader) { return reader.stream->is_closed(); });
    // Runs that no snapshot shares are published at less cost.
    if (readers_.empty()) return;
  }
  const store::Snapshot snapshot = board_.store.TakeSnapshot();
  std::vector<Reader> readers;
  {
    MutexLock lock(mutex_);
    for (Reader& reader : readers_) {
      if (reader.change >= snapshot.change()) continue;
      readers.push_back(reader);
      reader.change = snapshot.change();
    }
  }
  std::map<uint64_t, std::string> messages;  // By the change number they begin at.
  for (const Reader& reader : readers) {
    auto [message, is_new] = messages.try_emplace(reader.change);
    if (is_new) message->second = ChangeMessage(snapshot, reader.change);
    reader.stream->Send(message->second);
  }
}

void EventHub::Run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  uint64_t seen = 0;
  while (!stop.stop_requested()) {
    const uint64_t change = board_.store.WaitForChange(seen, stop, kLongestWait);
    if (change == seen || stop.stop_requested()) continue;
    seen = change;
    Publish();
    std::unique_lock<std::mutex> lock(mutex);
    stopped.wait_for(lock, stop, kMinPause, [] { return false; });
  }
}

void AddEventRoutes(http::Router& router, const Board&, EventHub& hub) {
  router.Get("/api/v1/events", [&hub](const http::Request&) {
    http::Response response;
    response.content_type = "text/event-stream";
    response.headers.Add("Cache-Control", "no-store");
    response.stream = hub.Open();
    return response;
  });
}

}  // namespace fanlight::api
