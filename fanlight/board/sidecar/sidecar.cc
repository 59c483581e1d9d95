#include "fanlight/board/sidecar/sidecar.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/board/sidecar/sqlite.h"

namespace fanlight::sidecar {
namespace {

constexpr int64_t kSchemaVersion = 1;
constexpr int64_t kPageBytes = 4096;

// As they stand in the file: a name may be added, never changed.
constexpr std::array<std::string_view, 7> kFieldNames = {"title",  "note",   "colour",  "tags",
                                                         "pinned", "hidden", "archived"};

std::optional<Field> FieldOf(std::string_view name) {
  for (size_t i = 0; i < kFieldNames.size(); ++i) {
    if (kFieldNames[i] == name) return static_cast<Field>(i);
  }
  return std::nullopt;
}

Result<int64_t> SchemaVersion(const Database& database) {
  FL_ASSIGN_OR_RETURN(Statement version, database.Prepare("PRAGMA user_version"));
  FL_ASSIGN_OR_RETURN(const bool is_row, version.Step());
  return is_row ? version.Integer(0) : 0;
}

Status CheckVersion(int64_t version, const std::string& path) {
  if (version <= kSchemaVersion) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "the file of names and notes was written by a newer fanlight (version {}, this one "
              "knows {}): {}",
              version, kSchemaVersion, Quoted(path));
}

// The database for reading; nothing when it was never written.
Result<std::optional<Database>> OpenToRead(const std::string& path, int busy_ms) {
  if (path.empty() || access(path.c_str(), F_OK) != 0) return std::nullopt;
  FL_ASSIGN_OR_RETURN(Database database, Database::Open(path, Database::Mode::kRead, busy_ms));
  FL_ASSIGN_OR_RETURN(const int64_t version, SchemaVersion(database));
  FL_TRY(CheckVersion(version, path));
  if (version == 0) return std::nullopt;
  return database;
}

// Opens for writing, makes the tables where there are none, and begins a transaction.
Result<Database> BeginWrite(const Sidecar::Options& options) {
  if (options.path.empty())
    return Fail(ErrorCode::kPermissionDenied,
                "there is no place for names and notes: neither XDG_DATA_HOME nor HOME is set");
  FL_TRY(MakeDirectories(DirectoryOf(options.path)));
  FL_ASSIGN_OR_RETURN(Database database,
                      Database::Open(options.path, Database::Mode::kWrite, options.busy_ms));
  FL_TRY(database.Execute(fmt::format("PRAGMA max_page_count={}",
                                      static_cast<int64_t>(options.max_bytes) / kPageBytes)));
  FL_TRY(database.Execute("BEGIN IMMEDIATE"));
  FL_ASSIGN_OR_RETURN(const int64_t version, SchemaVersion(database));
  FL_TRY(CheckVersion(version, options.path));
  if (version < kSchemaVersion) {
    FL_TRY(database.Execute(
        "CREATE TABLE marks (logdir TEXT NOT NULL, run TEXT NOT NULL, field TEXT NOT NULL, value "
        "TEXT NOT NULL,"
        " PRIMARY KEY (logdir, run, field)) WITHOUT ROWID;"
        "CREATE TABLE links (id TEXT PRIMARY KEY, view TEXT NOT NULL) WITHOUT ROWID"));
    FL_TRY(database.Execute(fmt::format("PRAGMA user_version={}", kSchemaVersion)));
  }
  return database;
}

// Ten digits of base 32 from a hash of the text (FNV-1a, 64 bits): links are told apart by it, nothing is guarded.
std::string LinkId(std::string_view view) {
  constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : view) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash ^= hash >> 32;
  std::string id;
  for (int i = 0; i < 10; ++i, hash >>= 5) id += kDigits[hash & 31];
  return id;
}

}  // namespace

Result<std::map<std::string, RunMarks>> Sidecar::Marks(const std::string& logdir) const {
  std::map<std::string, RunMarks> marks;
  FL_ASSIGN_OR_RETURN(const auto database, OpenToRead(options_.path, options_.busy_ms));
  if (!database) return marks;
  FL_ASSIGN_OR_RETURN(Statement rows,
                      database->Prepare("SELECT run, field, value FROM marks WHERE logdir = ?1"));
  rows.Bind(1, logdir);
  for (;;) {
    FL_ASSIGN_OR_RETURN(const bool is_row, rows.Step());
    if (!is_row) return marks;
    if (const auto field = FieldOf(rows.Text(1))) marks[rows.Text(0)][*field] = rows.Text(2);
  }
}

Status Sidecar::Change(const std::string& logdir, const std::vector<RunChange>& changes) const {
  for (const RunChange& change : changes) {
    if (change.value && change.value->size() > kMaxValueBytes)
      return Fail(ErrorCode::kTooLarge, "the {} of run {} is {} bytes long, at most {} are kept",
                  kFieldNames[static_cast<size_t>(change.field)], Quoted(change.run),
                  change.value->size(), kMaxValueBytes);
  }
  FL_ASSIGN_OR_RETURN(const Database database, BeginWrite(options_));
  {
    FL_ASSIGN_OR_RETURN(Statement put,
                        database.Prepare("INSERT INTO marks VALUES (?1, ?2, ?3, ?4) "
                                         "ON CONFLICT DO UPDATE SET value = excluded.value"));
    FL_ASSIGN_OR_RETURN(
        Statement take,
        database.Prepare("DELETE FROM marks WHERE logdir = ?1 AND run = ?2 AND field = ?3"));
    for (const RunChange& change : changes) {
      Statement& statement = change.value ? put : take;
      statement.Bind(1, logdir).Bind(2, change.run);
      statement.Bind(3, kFieldNames[static_cast<size_t>(change.field)]);
      if (change.value) statement.Bind(4, *change.value);
      FL_TRY(statement.Run());
    }
  }
  return database.Execute("COMMIT");
}

Result<std::string> Sidecar::Shorten(const std::string& view) const {
  if (view.size() > kMaxViewBytes)
    return Fail(ErrorCode::kTooLarge, "a view is at most {} bytes long, got {}", kMaxViewBytes,
                view.size());
  FL_ASSIGN_OR_RETURN(const Database database, BeginWrite(options_));
  // Two views with one hash: the later one is told apart by what is hashed with it.
  std::string salted = view;
  for (;;) {
    const std::string id = LinkId(salted);
    FL_ASSIGN_OR_RETURN(Statement known, database.Prepare("SELECT view FROM links WHERE id = ?1"));
    known.Bind(1, id);
    FL_ASSIGN_OR_RETURN(const bool is_known, known.Step());
    if (is_known && known.Text(0) != view) {
      salted += '\n';
      continue;
    }
    if (!is_known) {
      FL_ASSIGN_OR_RETURN(Statement put, database.Prepare("INSERT INTO links VALUES (?1, ?2)"));
      FL_TRY(put.Bind(1, id).Bind(2, view).Run());
    }
    FL_TRY(known.Run());
    FL_TRY(database.Execute("COMMIT"));
    return id;
  }
}

Result<std::string> Sidecar::Expand(const std::string& id) const {
  FL_ASSIGN_OR_RETURN(const auto database, OpenToRead(options_.path, options_.busy_ms));
  if (database) {
    FL_ASSIGN_OR_RETURN(Statement row, database->Prepare("SELECT view FROM links WHERE id = ?1"));
    row.Bind(1, id);
    FL_ASSIGN_OR_RETURN(const bool is_row, row.Step());
    if (is_row) return row.Text(0);
  }
  return Fail(ErrorCode::kNotFound, "there is no short link {} here", Quoted(id));
}

std::string SidecarPath() {
  const char* const data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return JoinPath(data, "fanlight/sidecar.db");
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return JoinPath(home, ".local/share/fanlight/sidecar.db");
}

}  // namespace fanlight::sidecar
