#include "drill/probes/access_rules.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "drill/probes/comparison.hpp"

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

TEST_CASE("a rule that names hosts admits the addresses that the names mean, and no more") {
  const std::string before = "db1 rule host shop app 10.0.0.0 255.0.0.0 trust\n";
  const std::string hosts = "127.0.0.1 localhost\n10.77.2.11\tweb1\n10.77.2.12 Web2 second # web\n"
                            "192.0.2.7 far\n10.77.2.13 both\n192.0.2.8 both\n";
  const HostNames inside{hosts, "hosts: files\n",
                         {"127.0.0.1/8", "10.77.3.11/24", "::1/128", "fe80::1/64"}};
  HostNames asks_others = inside, stands_outside = inside;
  asks_others.nsswitch = "hosts: dns files\n";
  stands_outside.prefixes.push_back("10.77.3.11/1");
  struct Row {
    const char* rule;
    const HostNames& names;
    bool wider;
  };
  for (const Row& row : {Row{"host shop app web1 trust", inside, false},
                         Row{"host shop app WEB2 trust", inside, false},
                         Row{"host shop app second scram-sha-256", inside, false},
                         Row{"host shop app samehost trust", inside, false},
                         Row{"host shop app samenet trust", inside, false},
                         Row{"host shop app nobody trust", inside, false},
                         Row{"host shop app far trust", inside, true},
                         Row{"host shop app both trust", inside, true},
                         Row{"host all app web1 trust", inside, true},
                         Row{"host shop all samehost trust", inside, true},
                         Row{"host shop app .example trust", inside, true},
                         Row{"host shop app web1 trust", asks_others, true},
                         Row{"host shop app samehost trust", stands_outside, false},
                         Row{"host shop app samenet trust", stands_outside, true}}) {
    CAPTURE(row.rule);
    CHECK(speaks_of_names(access_rules(row.rule)));
    std::string now = before;
    std::istringstream rules(with_addresses(access_rules(row.rule), row.names));
    for (std::string line; std::getline(rules, line);) now += "db1 " + line + "\n";
    CAPTURE(now);
    CHECK(access_widened(before, now).empty() == !row.wider);
  }
  const std::string same = "db1 " + with_addresses("rule host shop app samenet - trust\n", inside);
  CHECK(lets_in_by_loopback(same, "db1", "shop", "app"));
  CHECK_FALSE(lets_in_by_loopback(same, "db1", "postgres", "app"));
  CHECK_FALSE(lets_in_by_loopback(same, "db2", "shop", "app"));
  CHECK_FALSE(speaks_of_names(access_rules("host all all all trust\nhost a b 10.0.0.0/8 trust\n"
                                           "local all all peer\n")));
}
