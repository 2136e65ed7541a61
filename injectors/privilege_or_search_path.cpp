// The application connects, and cannot read: a maintenance that hardened the database took the
// schema public out of the search path, or took the privileges of the application's role away.
// Every statement of the shop then fails, with SQLSTATE 42P01 or 42501, although no row is gone.
//
// Persistent: postgresql.conf, the role's settings and the tables' privileges all outlive restarts.
// A lost privilege bites at once; sessions that are open keep the settings of their role, so the
// maintenance's own restart renews them.
#include <regex>

#include "core/error.hpp"
#include "injectors/database.hpp"
#include "injectors/fault.hpp"
#include "injectors/server_config.hpp"

namespace gameday {

namespace {

enum class Lost { kSearchPath, kRoleSearchPath, kPrivileges };

Lost lost_by(const std::string& word) {
  if (word == "privileges") return Lost::kPrivileges;
  return word == "role_search_path" ? Lost::kRoleSearchPath : Lost::kSearchPath;
}

// A new session of the application's role is given the search path that it would start with, and
// then asked which tables it misses. The words of a role in a database win over those of the role,
// of the database, of all roles, and of the server's files, in this order.
constexpr const char* kTakePath =
    "SELECT set_config('search_path', coalesce("
    "(SELECT substring(c FROM 13) FROM pg_db_role_setting s, unnest(s.setconfig) c "
    "WHERE c LIKE 'search\\_path=%' AND s.setrole IN (0, 'app'::regrole) AND s.setdatabase IN (0, "
    "(SELECT oid FROM pg_database WHERE datname = current_database())) "
    "ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1), "
    "(SELECT setting FROM pg_file_settings WHERE name = 'search_path' ORDER BY seqno DESC LIMIT 1), "
    "'\"$user\", public'), false) IS NULL";
constexpr const char* kMissing =
    "SELECT count(*) FROM (VALUES ('categories', 'SELECT'), ('products', 'SELECT'), "
    "('products', 'UPDATE'), ('orders', 'SELECT'), ('orders', 'INSERT'), "
    "('order_items', 'SELECT'), ('order_items', 'INSERT')) AS need (name, privilege) "
    "WHERE to_regclass(name) IS NULL OR NOT has_table_privilege(to_regclass(name), privilege)";
constexpr const char* kOurRoleSetting =
    "SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'app'::regrole AND setdatabase = 0 "
    "AND 'search_path=\"$user\"' = ANY (setconfig)";

class PrivilegeOrSearchPath final : public Fault {
 public:
  explicit PrivilegeOrSearchPath(const FaultTarget& target)
      : host_(target.host), lost_(lost_by(target.text("lost"))) {}

  void inject(Sandbox& sandbox) override {
    if (present(sandbox) != Presence::kNo) {
      throw Error(what() + "the application cannot read there already, or it does not answer");
    }
    Host& host = sandbox.host(host_);
    ours_ = true;
    if (lost_ == Lost::kSearchPath) edit_.make(host);
    if (lost_ == Lost::kRoleSearchPath) {
      must(host, "ALTER ROLE app SET search_path = \"$user\"");
    }
    if (lost_ == Lost::kPrivileges) {
      must(host, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app");
      return;
    }
    // Waiting for the restart is the business of whoever verifies.
    run_script(host, "sv term postgresql", what() + "restarting");
  }

  Presence present(Sandbox& sandbox) override {
    Host& host = sandbox.host(host_);
    const auto answer = ask_database(host, {kTakePath, "SET ROLE app", kMissing}, "shop");
    if (answer && *answer != "f\n0") return Presence::kYes;
    if (answer && lost_ != Lost::kSearchPath) return Presence::kNo;
    if (answer) {
      // One role or database may be helped out while the server's own setting stays wrong.
      const auto configured = configured_value(host, "search_path");
      if (!configured) return Presence::kUnknown;
      static const std::regex public_itself(R"((^|,)\s*"?public"?\s*(,|$))");
      const bool is_good = configured->empty() || std::regex_search(*configured, public_itself);
      return is_good ? Presence::kNo : Presence::kYes;
    }
    const bool in_file = lost_ == Lost::kSearchPath && edit_.in_file(host);
    return in_file ? Presence::kYes : Presence::kUnknown;
  }

  void heal(Sandbox& sandbox) override {
    if (!ours_) return;
    Host& host = sandbox.host(host_);
    if (lost_ == Lost::kSearchPath && edit_.undo(host)) {
      run_script(host, "sv hup postgresql", what() + "reloading");
    }
    if (lost_ == Lost::kRoleSearchPath && ask_database(host, {kOurRoleSetting}) != "0") {
      must(host, "ALTER ROLE app RESET search_path");
      must(host, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                 "WHERE usename = 'app'");
    }
    if (lost_ == Lost::kPrivileges) {
      must(host, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app");
    }
    ours_ = false;
  }

 private:
  std::string what() const { return "privilege_or_search_path: " + host_ + ": "; }
  void must(Host& host, std::string_view sql) const {
    if (ask_database(host, {sql}, "shop")) return;
    throw Error(what() + "the database refused: " + std::string(sql));
  }

  const std::string host_;
  const Lost lost_;
  SettingEdit edit_{"search_path", "'\"$user\"'"};
  bool ours_ = false;
};

}  // namespace

FaultKind privilege_or_search_path() {
  return {.summary = "the application connects and cannot read",
          .targets = {"primary"},
          .parameters = {{.name = "lost",
                          .words = {"search_path", "role_search_path", "privileges"},
                          .otherwise = "search_path",
                          .meaning = "what was taken: the server's search path, that of the "
                                     "application's role, or its privileges"}},
          .giveaways = {"search_path", "privilege"},
          .make = made<PrivilegeOrSearchPath>};
}

}  // namespace gameday
