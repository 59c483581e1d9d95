#include "fanlight/board/sidecar/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "fanlight/base/text.h"

namespace fanlight::sidecar {
namespace {

// What SQLite says, with what a person can do about it.
tl::unexpected<Error> FailWith(sqlite3* database, int code, const std::string& path) {
  const char* const said = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Fail(ErrorCode::kCorrupt,
                  "the file of names and notes is damaged ({}); move it away to start with an "
                  "empty one: {}",
                  said, Quoted(path));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Fail(ErrorCode::kPermissionDenied,
                  "the file of names and notes cannot be written ({}): {}", said, Quoted(path));
    case SQLITE_CANTOPEN:
      return Fail(ErrorCode::kPermissionDenied,
                  "the file of names and notes cannot be opened or made ({}); its directory must "
                  "be writable: {}",
                  said, Quoted(path));
    case SQLITE_FULL:
      return Fail(ErrorCode::kTooLarge,
                  "no room for names and notes: the device or the file is full ({}): {}", said,
                  Quoted(path));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(ErrorCode::kUnavailable,
                  "another program is writing the file of names and notes ({}); try again: {}",
                  said, Quoted(path));
    default:
      return Fail(ErrorCode::kIo, "the file of names and notes cannot be read or written ({}): {}",
                  said, Quoted(path));
  }
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      path_(other.path_) {}

Statement& Statement::Bind(int place, std::string_view text) {
  sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FailWith(database_, code, path_);
}

Status Statement::Run() {
  for (;;) {
    FL_ASSIGN_OR_RETURN(const bool is_row, Step());
    if (!is_row) break;
  }
  sqlite3_reset(statement_);
  return {};
}

std::string Statement::Text(int column) const {
  const auto* const text = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return text == nullptr
             ? std::string()
             : std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

Result<Database> Database::Open(const std::string& path, Mode mode, int busy_ms) {
  sqlite3* handle = nullptr;
  const int flags =
      mode == Mode::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, path);
  if (code != SQLITE_OK) return FailWith(handle, code, path);
  sqlite3_busy_timeout(handle, busy_ms);
  return database;
}

Database::~Database() { sqlite3_close_v2(database_); }

Database::Database(Database&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), path_(other.path_) {}

Status Database::Execute(const std::string& sql) const {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FailWith(database_, code, path_);
  return {};
}

Result<Statement> Database::Prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return FailWith(database_, code, path_);
  return Statement(database_, statement, path_);
}

}  // namespace fanlight::sidecar
