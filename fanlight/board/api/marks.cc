// /api/v1/marks and links: what people say of runs, and short links. The only routes that change something.

#include <boost/json.hpp>

#include "fanlight/base/text.h"
#include "fanlight/board/api/json_writer.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"
#include "fanlight/board/sidecar/sidecar.h"

namespace fanlight::api {
namespace {

using sidecar::Field;
using sidecar::RunChange;

constexpr size_t kMaxChanges = 20'000;
constexpr size_t kMaxTitleBytes = 1000;
constexpr size_t kMaxRunTags = 50;
constexpr size_t kMaxTagBytes = 200;

// A page elsewhere can make a browser send a form or a plain text here, with this board's cookie. It cannot send
// JSON without asking first, which is never granted; and browsers tell whose page it was.
Status CheckIsOurPage(const http::Request& request) {
  if (!SaysJson(request))
    return Fail(ErrorCode::kPermissionDenied,
                "what changes something must come as Content-Type: application/json, got {}",
                Quoted(request.headers.Header("Content-Type").value_or("")));
  // Told to safe addresses only; where it is told, it knows more than names compared behind a proxy.
  if (const auto site = request.headers.Header("Sec-Fetch-Site")) {
    if (*site == "same-origin" || *site == "none") return {};
    return Fail(ErrorCode::kPermissionDenied, "another site's page may not change anything here");
  }
  const auto origin = request.headers.Header("Origin");
  if (!origin) return {};
  const size_t scheme = origin->find("://");
  const std::string_view from =
      scheme == std::string_view::npos ? std::string_view() : origin->substr(scheme + 3);
  const auto host = request.headers.Header("Host");
  if (host && !http::EqualsIgnoringCase(from, *host))
    return Fail(ErrorCode::kPermissionDenied, "a page of {} may not change anything here",
                Quoted(*origin));
  return {};
}

Result<boost::json::object> ParseObject(std::string_view text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "the request is not JSON: {}", error.message());
  if (!value.is_object()) return Fail(ErrorCode::kInvalidArgument, "the request must be an object");
  return std::move(value).as_object();
}

// --- what may be said, each as the text that is kept; nothing: it is taken back ---

using Kept = Result<std::optional<std::string>>;

Kept KeptText(const boost::json::value& value, size_t most) {
  const boost::json::string* text = value.if_string();
  if (text == nullptr) return Fail(ErrorCode::kInvalidArgument, "a text or null was expected");
  if (text->size() > most)
    return Fail(ErrorCode::kTooLarge, "at most {} bytes are kept, got {}", most, text->size());
  if (text->empty()) return std::nullopt;
  return std::string(*text);
}

Kept KeptColour(const boost::json::value& value) {
  const int64_t* number = value.if_int64();
  if (number == nullptr || *number < 0 || *number > 9999)
    return Fail(ErrorCode::kInvalidArgument, "a colour's number from 0 to 9999 was expected");
  return std::to_string(*number);
}

Kept KeptFlag(const boost::json::value& value) {
  const bool* flag = value.if_bool();
  if (flag == nullptr) return Fail(ErrorCode::kInvalidArgument, "true, false or null was expected");
  return *flag ? std::optional<std::string>("1") : std::nullopt;
}

Kept KeptTags(const boost::json::value& value) {
  const boost::json::array* list = value.if_array();
  if (list == nullptr || list->size() > kMaxRunTags)
    return Fail(ErrorCode::kInvalidArgument, "a list of at most {} texts was expected",
                kMaxRunTags);
  for (const boost::json::value& tag : *list) {
    if (!tag.is_string() || tag.get_string().empty() || tag.get_string().size() > kMaxTagBytes)
      return Fail(ErrorCode::kInvalidArgument, "a tag is a text of 1 to {} bytes", kMaxTagBytes);
  }
  if (list->empty()) return std::nullopt;
  return boost::json::serialize(*list);
}

struct FieldForm {
  std::string_view key;
  Field field;
  Kept (*keep)(const boost::json::value&);
};

constexpr FieldForm kFields[] = {
    {"title", Field::kTitle, [](const auto& value) { return KeptText(value, kMaxTitleBytes); }},
    {"note", Field::kNote,
     [](const auto& value) { return KeptText(value, sidecar::Sidecar::kMaxValueBytes); }},
    {"colour", Field::kColour, KeptColour},
    {"tags", Field::kTags, KeptTags},
    {"pinned", Field::kPinned, KeptFlag},
    {"hidden", Field::kHidden, KeptFlag},
    {"archived", Field::kArchived, KeptFlag},
};

Status AppendChanges(const boost::json::value& item, size_t place,
                     std::vector<RunChange>& changes) {
  const boost::json::object* object = item.if_object();
  const boost::json::value* run = object == nullptr ? nullptr : object->if_contains("run");
  if (run == nullptr || !run->is_string())
    return Fail(ErrorCode::kInvalidArgument, "\"changes\"[{}] must name a \"run\"", place);
  for (const auto& [key, value] : *object) {
    if (key == "run") continue;
    const FieldForm* form = nullptr;
    for (const FieldForm& each : kFields) {
      if (each.key == std::string_view(key)) form = &each;
    }
    if (form == nullptr)
      return Fail(ErrorCode::kInvalidArgument, "\"changes\"[{}] has an unknown key {}", place,
                  Quoted(std::string_view(key)));
    RunChange change{.run = std::string(run->get_string()), .field = form->field};
    if (!value.is_null()) {
      auto kept = form->keep(value);
      if (!kept)
        return tl::unexpected(
            kept.error().With(fmt::format("\"changes\"[{}].{}", place, form->key)));
      change.value = *std::move(kept);
    }
    changes.push_back(std::move(change));
  }
  return {};
}

Result<std::vector<RunChange>> ParseChanges(std::string_view text) {
  FL_ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(text));
  const boost::json::value* list = object.if_contains("changes");
  if (list == nullptr || !list->is_array())
    return Fail(ErrorCode::kInvalidArgument,
                "the request must be an object with a list \"changes\"");
  std::vector<RunChange> changes;
  for (size_t i = 0; i < list->get_array().size(); ++i) {
    FL_TRY(AppendChanges(list->get_array()[i], i, changes));
    if (changes.size() > kMaxChanges)
      return Fail(ErrorCode::kTooLarge, "at most {} changes a request", kMaxChanges);
  }
  return changes;
}

void AppendMarks(JsonWriter& json, const sidecar::RunMarks& marks) {
  for (const auto& [field, value] : marks) {
    switch (field) {
      case Field::kTitle:
        json.Key("title").Text(value);
        break;
      case Field::kNote:
        json.Key("note").Text(value);
        break;
      case Field::kColour:
        json.Key("colour").Raw(value);
        break;
      case Field::kTags:
        json.Key("tags").Raw(value);
        break;
      case Field::kPinned:
        json.Key("pinned").Bool(true);
        break;
      case Field::kHidden:
        json.Key("hidden").Bool(true);
        break;
      case Field::kArchived:
        json.Key("archived").Bool(true);
        break;
    }
  }
}

// What can be told even when the database cannot be read: the page goes on without it, and says why.
http::Response Marks(const Board& board) {
  const auto marks = board.sidecar.Marks(board.settings.logdir_path);
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("problem").Text(marks ? std::string_view() : marks.error().message);
  json.Key("marks").BeginArray();
  if (marks) {
    for (const auto& [run, said] : *marks) {
      json.BeginObject().Key("run").Text(run);
      AppendMarks(json, said);
      json.EndObject();
    }
  }
  json.EndArray().EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> ChangeMarks(const Board& board, const http::Request& request) {
  FL_TRY(CheckIsOurPage(request));
  FL_ASSIGN_OR_RETURN(const std::vector<RunChange> changes, ParseChanges(request.body));
  FL_TRY(board.sidecar.Change(board.settings.logdir_path, changes));
  return Marks(board);
}

Result<http::Response> Shorten(const Board& board, const http::Request& request) {
  FL_TRY(CheckIsOurPage(request));
  FL_ASSIGN_OR_RETURN(const boost::json::object object, ParseObject(request.body));
  const boost::json::value* view = object.if_contains("view");
  if (view == nullptr || !view->is_string())
    return Fail(ErrorCode::kInvalidArgument,
                "\"view\" must be a text: the query and fragment of a view's address");
  FL_ASSIGN_OR_RETURN(const std::string id, board.sidecar.Shorten(std::string(view->get_string())));
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("id").Text(id).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

Result<http::Response> Expand(const Board& board, const http::Request& request) {
  const http::Fields query = http::ParseQuery(request.query);
  const auto id = query.First("id");
  if (!id) return Fail(ErrorCode::kInvalidArgument, "the parameter \"id\" is missing");
  FL_ASSIGN_OR_RETURN(const std::string view, board.sidecar.Expand(std::string(*id)));
  JsonWriter json(JsonWriter::Style::kCompact);
  json.BeginObject().Key("view").Text(view).EndObject();
  return http::JsonResponse(std::move(json).Take());
}

template <typename Answer>
http::Handler Handle(const Board& board, Answer answer) {
  return [&board, answer](const http::Request& request) {
    auto response = answer(board, request);
    return response ? *std::move(response) : ErrorResponse(response.error());
  };
}

}  // namespace

void AddMarkRoutes(http::Router& router, const Board& board) {
  router.Get("/api/v1/marks", [&board](const http::Request&) { return Marks(board); });
  router.Post("/api/v1/marks", Handle(board, ChangeMarks));
  router.Get("/api/v1/links", Handle(board, Expand));
  router.Post("/api/v1/links", Handle(board, Shorten));
}

}  // namespace fanlight::api
