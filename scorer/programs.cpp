#include "scorer/programs.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "scorer/typed.hpp"

namespace gameday {

namespace {

using Names = std::set<std::string>;

const Names kAskers = {
    "curl", "wget", "nc", "telnet", "socat", "openssl", "ip", "nft", "iptables", "ss", "netstat",
    "arp", "arping", "ping", "traceroute", "tracepath", "mtr", "dig", "host", "nslookup", "getent",
    "tcpdump", "conntrack", "ethtool", "bridge", "tc", "route", "ifconfig", "sv", "ps", "top", "htop",
    "pgrep", "pidof", "pstree", "lsof", "fuser", "free", "uptime", "vmstat", "iostat", "mpstat", "df",
    "mount", "findmnt", "dmesg", "who", "w", "sysctl", "hostname", "nproc", "pg_isready",
    "pg_controldata", "pg_lsclusters", "pg_waldump", "pg_dump", "pg_ctl", "pg_ctlcluster", "promtool",
    "amtool", "haproxyctl", "haproxy", "deploy", "healthcheck", "strace", "gdb", "nmap"};
const Names kReaders = {"cat", "tac", "nl", "head", "tail", "grep", "egrep", "fgrep", "rgrep", "zcat",
                        "zgrep", "zless", "gzip", "less", "more", "vi", "nano", "awk", "sed", "cut",
                        "sort", "uniq", "wc", "diff", "cmp", "comm", "sdiff", "colordiff", "od",
                        "hexdump", "xxd", "strings", "jq", "column", "fold", "paste", "join", "rg",
                        "bat", "md5sum", "sha256sum", "cksum", "tr", "shuf", "expand",
                        "fmt", "pr"};
const Names kListers = {"ls", "find", "tree", "stat", "du", "file", "readlink", "realpath"};
const Names kScripted = {"sh", "bash", "dash", "zsh", "python", "perl", "ruby", "lua", "node", "php"};
// They start others, who are seen by themselves, or print nothing of their own.
const Names kHarmless = {"pg_wrapper", "watch",  "timeout", "env",   "su",    "setpriv", "xargs",
                         "nice",       "time",   "stdbuf",  "chpst", "sudo",  "runuser", "sleep",
                         "cp",         "mv",     "rm",      "mkdir", "rmdir", "touch",   "chmod",
                         "chown",      "ln",     "tee",     "kill",  "pkill", "mktemp",  "install",
                         "true",       "false",  "stty",    "clear", "tput",  "on"};
constexpr const char* kDesk = "/usr/local/bin/gameday";  // records by itself what it relays

// Where services of the stack listen: shop, storefront, payment, balancer, databases, pools,
// Prometheus, Alertmanager and the exporters.
bool is_port_of_the_stack(const std::string& port) {
  static const Names ports = {"80", "5432", "6432", "8080", "8090", "8404", "9090", "9093",
                              "9127", "9187", "9188"};
  return ports.contains(port);
}

// Whom a client of the network talks to: false for files and for ports where no service of the
// stack is, or where it was sent another way.
bool asks_the_stack(const Program& program) {
  static const std::regex url(
      "^(?:-*[\\w-]+=)?(\\w+)://(?:[^/@]*@)?(\\[[^\\]]*\\]|[^:/?]*)(?::(\\d+))?");
  static const std::regex bare("^([\\w.-]+):(\\d+)(/.*)?$");
  static const Names diverting = {"-x", "--proxy", "--connect-to", "--resolve", "-K", "--config",
                                  "--unix-socket", "--preproxy", "--socks5",
                                  "--abstract-unix-socket"};
  const bool is_netcat = program.name == "nc" || program.name == "telnet";
  for (const std::string& word : program.argv) {
    if (diverting.contains(word.substr(0, word.find('=')))) return false;
    if (is_netcat && word.starts_with("-") && word.find('l') != std::string::npos) return false;
    std::smatch match;
    const std::string part = word.substr(0, 300);
    if (std::regex_search(part, match, url)) {
      const std::string scheme = match[1].str(), port = match[3].str();
      if (scheme == "file") return false;
      if (!port.empty() && !is_port_of_the_stack(port)) return false;
      if (port.empty() && scheme != "http" && scheme != "https") return false;
    } else if (std::regex_match(part, match, bare) && !is_port_of_the_stack(match[2].str())) {
      return false;
    }
  }
  if (!is_netcat) return true;
  const std::string& last = program.argv.back();
  return is_port_of_the_stack(last) || last.find_first_not_of("0123456789") != std::string::npos;
}

bool is_proxied(const std::string& variable) {
  return variable.find("_proxy=") != std::string::npos ||
         variable.find("_PROXY=") != std::string::npos;
}

// A psql that is sent to a server of the player's, or bent by its options.
bool asks_a_database_of_the_stack(const Program& program) {
  static const std::regex port("(?:^-p|^--port=|^PGPORT=|\\bport=|^-p\\s*)(\\d+)|://[^/]*:(\\d+)/");
  std::vector<std::string> words = program.argv;
  for (size_t i = 0; i + 1 < program.argv.size(); ++i) {
    const bool is_port = program.argv[i] == "-p" || program.argv[i] == "--port";
    if (is_port) words.push_back("-p" + program.argv[i + 1]);
  }
  words.insert(words.end(), program.env.begin(), program.env.end());
  for (const std::string& word : words) {
    std::smatch match;
    const std::string part = word.substr(0, 300);
    if (part.starts_with("PGOPTIONS=") || part.find("options=") != std::string::npos) return false;
    if (!std::regex_search(part, match, port)) continue;
    const std::string number = match[1].matched ? match[1].str() : match[2].str();
    if (!is_port_of_the_stack(number)) return false;
  }
  return true;
}

std::vector<std::string> strings_of(const json::object& object, const char* key) {
  std::vector<std::string> words;
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_array()) return words;
  for (const json::value& word : value->as_array()) {
    if (word.is_string()) words.emplace_back(word.as_string());
  }
  return words;
}

bool has_letters(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); }) > 0;
}

}  // namespace

std::string table_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  static const std::map<std::string, std::string> others = {
      {"mawk", "awk"}, {"gawk", "awk"}, {"original-awk", "awk"}, {"nc.openbsd", "nc"},
      {"nc.traditional", "nc"}, {"ncat", "nc"}, {"view", "vi"}, {"vim.basic", "vi"},
      {"vim.tiny", "vi"}, {"vim", "vi"}, {"bind9-host", "host"}, {"traceroute.db", "traceroute"},
      {"xtables-nft-multi", "iptables"}, {"mtr-packet", "mtr"}, {"inetutils-telnet", "telnet"},
      {"telnet.netkit", "telnet"}, {"netkit-telnet", "telnet"}};
  const auto found = others.find(name);
  if (found != others.end()) return found->second;
  // python3.11
  for (const char* language : {"python", "perl", "ruby", "lua"}) {
    const std::string rest =
        name.starts_with(language) ? name.substr(std::string(language).size()) : "x";
    if (rest.find_first_not_of("0123456789.") == std::string::npos) return language;
  }
  return name;
}

Program::Kind kind_of(const std::string& name) {
  if (name == "psql") return Program::kClient;
  if (kAskers.contains(name)) return Program::kAsker;
  if (kReaders.contains(name)) return Program::kReader;
  if (kListers.contains(name)) return Program::kLister;
  if (kScripted.contains(name)) return Program::kScripted;
  if (kHarmless.contains(name)) return Program::kHarmless;
  return Program::kOther;
}

bool is_innocent(const std::string& name) {
  static const Names names = {
      "date",   "echo",   "printf",    "seq",      "dirname", "basename", "id",      "whoami",
      "uname",  "which",  "tty",       "locale",   "groups",  "nohup",    "setsid",  "test",
      "[",      "arch",   "dircolors", "lesspipe", "logname", "sync",     "ldconfig"};
  return names.contains(name);
}

Program program_of(const json::object& object) {
  Program program;
  program.path = string_or(object, "path", "");
  program.cwd = string_or(object, "cwd", "");
  program.argv = strings_of(object, "argv");
  program.env = strings_of(object, "env");
  const json::value* files = object.if_contains("files");
  if (files && files->is_array()) program.files = files->as_array();
  program.unseen = bool_or(object, "unseen", false);
  program.name = table_name(program.path);
  program.kind = kind_of(program.name);
  const bool bent = std::any_of(program.env.begin(), program.env.end(),
                                [](const std::string& one) { return one.starts_with("LD_"); });
  program.of_the_machine = program.path.starts_with("/usr/") && !bent &&
                           !bool_or(object, "changed", false) && !bool_or(object, "preload", false);
  if (program.path == kDesk) {
    program.kind = Program::kHarmless;
    program.of_the_machine = true;
  }
  if (program.argv.empty()) program.argv.push_back(program.name);
  const bool by_network = program.name == "curl" || program.name == "wget" || program.name == "nc" ||
                          program.name == "telnet" || program.name == "promtool" ||
                          program.name == "amtool";
  const bool proxied = std::any_of(program.env.begin(), program.env.end(), is_proxied);
  program.diverted = (by_network && (proxied || !asks_the_stack(program))) ||
                     (program.name == "psql" && !asks_a_database_of_the_stack(program));
  for (const std::string& word : program.argv) {
    const bool is_cluster = word.size() > 1 && word[0] == '-' && word[1] != '-';
    program.tells_by_errors |= program.name == "curl" &&
                               ((is_cluster && word.find('v') != std::string::npos) ||
                                word == "--verbose" || word.starts_with("--trace"));
  }
  return program;
}

SqlAsked sql_asked(const Program& client, const std::string& typed, const std::string& statement) {
  if (!statement.empty()) return {statement, false};
  std::string text;
  bool given = false;
  for (size_t i = 1; i < client.argv.size(); ++i) {
    const std::string& word = client.argv[i];
    const bool is_cluster = word.size() > 1 && word[0] == '-' && word[1] != '-';
    const size_t command = is_cluster ? word.find('c') : std::string::npos;
    if (word == "-l" || word == "--list") return {"\\l", false};
    if (word.starts_with("--command=")) {
      text += word.substr(10) + ";\n";
    } else if (word == "--command" || (command != std::string::npos && command + 1 == word.size())) {
      if (i + 1 < client.argv.size()) text += client.argv[++i] + ";\n";
    } else if (command == 1) {
      text += word.substr(2) + ";\n";
    } else {
      continue;
    }
    given = true;
  }
  if (given) return {text, false};
  // Whatever the line feeds it: each of its words may be SQL.
  for (const TypedWord& word : read_typed(typed)) {
    if (!word.is_operator && word.text.find_first_of(" \n;") != std::string::npos) {
      text += word.text + ";\n";
    }
  }
  return {text, true};
}

std::vector<std::string> texts_put_in(const Program& program) {
  static const std::regex replacement(
      "(?:^|[;{}\\s0-9,/$])s([/|#,!@:])((?:(?!\\1).)*)\\1((?:(?!\\1).)*)\\1");
  static const std::regex constant("\"([^\"]*)\"");
  static const std::regex reference("\\\\[0-9nt]|&");
  std::vector<std::string> texts;
  const bool is_sed = program.name == "sed";
  if (!is_sed && program.name != "awk" && program.name != "jq") return texts;
  for (size_t i = 1; i < program.argv.size(); ++i) {
    const std::string word = program.argv[i].substr(0, 1000);
    const std::regex& wanted = is_sed ? replacement : constant;
    for (std::sregex_iterator at(word.begin(), word.end(), wanted), end; at != end; ++at) {
      const std::string text = std::regex_replace((*at)[is_sed ? 3 : 1].str(), reference, "");
      if (has_letters(text)) texts.push_back(text);
    }
  }
  return texts;
}

std::vector<std::string> texts_of_format(const Program& program) {
  static const Names options = {"-w", "--write-out", "-printf", "-c", "--format", "--printf"};
  static const Names formatting = {"curl", "find", "stat"};
  static const std::regex value("%\\{[^}]*\\}|%[-0-9.]*[a-zA-Z%]");
  std::vector<std::string> texts;
  if (!formatting.contains(program.name)) return texts;
  for (size_t i = 1; i + 1 < program.argv.size(); ++i) {
    if (!options.contains(program.argv[i])) continue;
    const std::string format = unescaped(program.argv[i + 1].substr(0, 1000));
    std::sregex_token_iterator at(format.begin(), format.end(), value, -1), end;
    for (; at != end; ++at) {
      std::string text = at->str();
      while (text.ends_with('\n')) text.pop_back();
      if (has_letters(text)) texts.push_back(text);
    }
  }
  return texts;
}

}  // namespace gameday
