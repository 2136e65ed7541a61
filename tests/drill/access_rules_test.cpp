#include "drill/access_rules.hpp"

#include <catch2/catch.hpp>

using namespace gameday;

TEST_CASE("access rules read as the server shows them") {
  struct Row {
    const char* file;
    const char* rule;
  };
  const Row rows[] = {
      {"local all postgres peer map=admins\n", "rule local all postgres - - peer\n"},
      {"host  shop\tapp   10.0.0.0/8  trust\n", "rule host shop app 10.0.0.0 255.0.0.0 trust\n"},
      {"host all all 10.1.2.3 255.255.0.0 md5\n", "rule host all all 10.1.2.3 255.255.0.0 md5\n"},
      {"host all all 0.0.0.0/0 trust", "rule host all all 0.0.0.0 0.0.0.0 trust\n"},
      {"hostssl a,b c, d samenet scram-sha-256\n", "rule hostssl a,b c,d samenet - scram-sha-256\n"},
      {"host a ,b c all reject\n", "rule host a,b c all - reject\n"},
      {"# host all all all trust\n\n   # another\n", ""},
      {"host all all all trust # why\n", "rule host all all all - trust\n"},
      {"host \"all\" \"a b\" all trust\n", "rule host all a b all - trust\n"},
      {"host all \\\n  all all trust\n", "rule host all all all - trust\n"},
      {"host all all trust\n", "unread host all all trust\n"},
      {"include other.conf\n", "unread include other.conf\n"},
      {"host all all 10.0.0.0/40 trust\n", "rule host all all 10.0.0.0/40 - trust\n"},
      {"", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.file);
    CHECK(access_rules(row.file) == row.rule);
  }
  CHECK(user_name_maps("# name system role\nadmins root  postgres\nadmins /^.*$ postgres\n") ==
        "map admins root postgres\nmap admins /^.*$ postgres\n");
}
