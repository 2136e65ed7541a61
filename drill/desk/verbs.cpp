#include "drill/desk/verbs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

#include "core/error.hpp"
#include "core/text.hpp"
#include "drill/desk/guided_diagnosis.hpp"
#include "drill/desk/shell.hpp"
#include "drill/desk/status.hpp"
#include "drill/desk/wait.hpp"

namespace gameday {
namespace {

DeskAnswer done(const std::string& text, json::object document = {}) {
  document["done"] = true;
  return {0, text + "\n", std::move(document), false};
}

DeskAnswer refused(const std::string& why) {
  json::object document;
  document["done"] = false;
  document["why"] = why;
  return {1, why + "\n", std::move(document), false};
}

DeskAnswer shown(std::string text, json::value document) {
  return {0, std::move(text), std::move(document), false};
}

DeskAnswer explained(const std::string& help) {
  return shown(help, json::object{{"help", help}});
}

std::string in_list(const DeskTurn& turn, const char* field, const std::string& text) {
  const std::string name = turn.setup.taxonomy.canonical(field, text);
  if (!name.empty()) return name;
  std::string names;
  for (const std::string& known : turn.setup.taxonomy.names(field)) {
    names += (names.empty() ? "" : ", ") + known;
  }
  throw usage_error(std::string(turn.call.verb->name) + ": '" + text::row(text, 40) +
                    "' is not a " + field + ": one of " + names);
}

WallAt wall_of(const DeskTurn& turn) {
  return [&turn](double at_seconds) { return turn.book.wall_at(at_seconds); };
}

// "p1: SiteUnavailable"; of a ticket, which has no such name, what it says.
std::string named_page(const json::object& page) {
  const std::string alert = string_or(page, "alert", "");
  return string_or(page, "id", "page") + ": " +
         (alert.empty() ? text::row(string_or(page, "summary", ""), 60) : alert);
}

DeskAnswer ack(DeskTurn& turn) {
  json::array ids;
  std::string names;
  for (const json::object& page : turn.book.acknowledge()) {
    ids.emplace_back(string_or(page, "id", ""));
    names += (names.empty() ? "" : ", ") + named_page(page);
  }
  if (!names.empty()) return done("acknowledged " + names, {{"pages", std::move(ids)}});
  return refused(turn.book.state().pages.empty()
                     ? "nothing has been paged yet: there is nothing to acknowledge"
                     : "it is acknowledged already");
}

DeskAnswer declare(DeskTurn& turn) {
  const std::string severity = in_list(turn, "severity", turn.call.words[0]);
  turn.book.declare(severity);
  std::string meaning;
  for (const TaxonomyValue& value : turn.setup.taxonomy.values("severity")) {
    if (value.name == severity) meaning = value.help;
  }
  return done("declared " + severity + ": " + meaning, {{"severity", severity}});
}

DeskAnswer note(DeskTurn& turn) {
  const std::string id = turn.book.note(turn.call.text());
  return done("noted as " + id, {{"id", id}});
}

DeskAnswer notes(DeskTurn& turn) {
  const auto observations = turn.setup.recorder.observations();
  const DeskState state = turn.book.state();
  return shown(notes_screen(state, observations, turn.call.has("all"), wall_of(turn)),
               notes_document(state, observations));
}

DeskAnswer escalate(DeskTurn& turn) {
  const std::string team = in_list(turn, "team", turn.call.words[0]);
  std::string reason = turn.call.text().substr(turn.call.words[0].size());
  if (!reason.empty()) reason.erase(0, 1);
  turn.book.escalate(team, reason);
  return done("told " + team + "; an answer, if one comes, stands in `gameday notes`",
              {{"team", team}});
}

// The value of an option that is a time, at most a day long; `day` is its length in the unit.
double time_of(const DeskTurn& turn, const std::string& option, const std::string& text,
               const std::string& unit, double day) {
  double time = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, time);
  if (parsed.ec != std::errc() || parsed.ptr != end || !(time > 0 && time <= day)) {
    throw usage_error(std::string(turn.call.verb->name) + ": --" + option + ": '" +
                      text::row(text, 20) + "' is not a number of " + unit + ": as in --" + option +
                      " 15");
  }
  return time;
}

DeskAnswer update(DeskTurn& turn) {
  const auto part = [&turn](const char* option, const char* question) {
    std::string text = turn.call.option(option);
    if (text.empty() && turn.can_ask()) text = turn.person.ask(question).value_or("");
    if (text.empty()) {
      throw usage_error(std::string("update: needs --") + option + ": as in: " +
                        std::string(turn.call.verb->example));
    }
    return text;
  };
  const std::string impact = part("impact", "Impact, as users notice it: ");
  const std::string action = part("action", "What is being done: ");
  const double minutes = time_of(turn, "next", part("next", "Next update in how many minutes: "),
                                 "minutes", 24 * 60);
  turn.book.update(impact, action, minutes);
  return done("update sent; the next one is due in " + text::plain(minutes) + " min",
              {{"next_minutes", minutes}});
}

DeskAnswer hint(DeskTurn& turn) {
  const auto& hints = turn.setup.hints;
  DeskState state = turn.book.state();
  const double asked_at = turn.book.now_seconds();
  // What somebody else was given a moment ago is what this request is about, too.
  const bool same_moment = state.hints_taken > 0 &&
                           asked_at - state.hint_at < turn.setup.same_moment_seconds;
  const size_t next = state.hints_taken - (same_moment ? 1 : 0);
  if (next >= hints.size()) return refused("there is no further hint");
  const Hint& hint = hints[next];
  const std::string price = "Hint " + std::to_string(next + 1) + " of " +
                            std::to_string(hints.size()) + ": with it the diagnosis counts " +
                            text::plain(std::round(hint.price * 100)) + " %.";
  if (!turn.call.has("yes") && !same_moment) {
    if (!turn.can_ask()) {
      throw usage_error("hint: " + price + " To take it: gameday hint --yes");
    }
    if (!turn.person.confirm(price + " Take it?")) return refused("not taken");
  }
  // Whoever asked while another took it gets the same one.
  const std::lock_guard lock(turn.one_at_a_time);
  state = turn.book.state();
  const bool taken = state.hints_taken > next;
  if (!taken) turn.book.hint(next + 1, hint);
  const std::string told =
      taken ? "It was taken just now by another request, and counts once. " + price + "\n"
      : turn.call.has("yes") ? price + "\n"
                             : "";
  json::object document;
  document["number"] = next + 1;
  document["of"] = hints.size();
  document["price"] = hint.price;
  document["text"] = hint.text;
  document["taken_before"] = taken;
  return shown(told + hint.text + "\n", document);
}

std::vector<std::string> split_list(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream words(text);
  std::vector<std::string> list;
  for (std::string word; words >> word;) list.push_back(word);
  return list;
}

Diagnosis diagnosis_of_options(const VerbCall& call) {
  Diagnosis diagnosis;
  diagnosis.verdict = call.option("verdict");
  diagnosis.component = call.option("component");
  diagnosis.cls = call.option("class");
  diagnosis.mechanism = call.option("mechanism");
  diagnosis.trigger = call.option("trigger");
  diagnosis.also = split_list(call.option("also"));
  diagnosis.evidence = split_list(call.option("evidence"));
  diagnosis.alternatives = alternatives_of(call.option("alternatives"));
  diagnosis.text = call.option("text");
  if (call.has("confidence")) {
    diagnosis.confidence = confidence_of(call.option("confidence"));
    if (!diagnosis.confidence) {
      throw usage_error("diagnose: --confidence: '" + text::row(call.option("confidence"), 20) +
                        "' is not " + kConfidenceForm);
    }
  }
  return diagnosis;
}

DeskAnswer diagnose(DeskTurn& turn) {
  const Taxonomy& taxonomy = turn.setup.taxonomy;
  const auto columns = static_cast<size_t>(turn.person.call().size.columns);
  if (turn.call.has("list")) {
    return shown(taxonomy_screen(taxonomy, columns), taxonomy_document(taxonomy));
  }
  const auto observations = turn.setup.recorder.observations();
  std::optional<Diagnosis> diagnosis;
  if (turn.call.has("file")) {
    if (turn.call.options.size() > 1) {
      throw usage_error("diagnose: --file stands alone, without other options");
    }
    diagnosis = parse_diagnosis(turn.person.call().file.value_or(""));
  } else if (!turn.call.options.empty()) {
    diagnosis = diagnosis_of_options(turn.call);
  } else if (turn.can_ask()) {
    Dialogue dialogue{[&turn](const std::string& text) { turn.person.out(text); },
                      [&turn](const std::string& prompt) { return turn.person.ask(prompt); },
                      columns,
                      [&turn](double at_seconds) {
                        return moment_text(turn.book.state(), at_seconds, wall_of(turn));
                      }};
    diagnosis = guided_diagnosis(dialogue, taxonomy, observations);
    if (!diagnosis) return refused("left; nothing was submitted");
  } else {
    throw usage_error("diagnose: needs its options, --file, or a terminal: as in: " +
                      std::string(turn.call.verb->example));
  }
  const Diagnosis final_one = checked(*diagnosis, taxonomy, observations);
  turn.book.diagnose(final_one);
  // Never right or wrong, that would make guessing a method; unless a tutor was asked for.
  const std::string reply =
      turn.setup.tutor ? turn.setup.tutor(to_json(final_one)) : std::string("recorded");
  return done(reply, {{"reply", reply}, {"diagnosis", to_json(final_one)}});
}

DeskAnswer handover(DeskTurn& turn) {
  std::string text = turn.call.text().substr(turn.call.words[0].size());
  if (!text.empty()) text.erase(0, 1);
  turn.book.hand_over(turn.call.words[0], text);
  return done("handed over to " + turn.call.words[0], {{"to", turn.call.words[0]}});
}

DeskAnswer resolve(DeskTurn& turn) {
  const DeskState state = turn.book.state();
  if (state.resolved) return refused("it is resolved already");
  if (state.diagnoses == 0 && !turn.call.has("yes")) {
    if (!turn.can_ask()) {
      throw usage_error("resolve: no cause was stated yet: gameday diagnose first, or "
                        "gameday resolve --yes");
    }
    if (!turn.person.confirm("No cause was stated yet (gameday diagnose). Resolve all the same?")) {
      return refused("not resolved");
    }
  }
  if (!turn.book.resolve(turn.call.text())) return refused("it is resolved already");
  return done("resolved: the incident is closed");
}

DeskAnswer status(DeskTurn& turn) {
  const DeskState state = turn.book.state();
  const double now = turn.book.now_seconds();
  const size_t seen = turn.setup.recorder.count();
  return shown(status_screen(state, now, seen, wall_of(turn)), status_document(state, now, seen));
}

std::vector<Dashboard> dashboards_of(const DeskTurn& turn) {
  return turn.setup.dashboards ? turn.setup.dashboards() : std::vector<Dashboard>();
}

// The pages so far; from now on each is an observation, unless nobody knows who sent it.
std::vector<json::object> observed_pages(DeskTurn& turn) {
  const std::lock_guard lock(turn.one_at_a_time);
  std::vector<json::object> pages = turn.book.state().pages;
  for (size_t i = 0; i < pages.size(); ++i) {
    if (pages[i].contains("observation") || of_unknown_origin(pages[i])) continue;
    const double now = turn.book.now_seconds();
    const std::string id = turn.setup.recorder.observe(
        {"", "desk", turn.setup.by, "page " + string_or(pages[i], "id", ""),
         page_screen(pages[i], {}), 0, now, now, ""});
    turn.book.observed_page(i, id);
    pages[i]["observation"] = id;
  }
  return pages;
}

DeskAnswer pages(DeskTurn& turn) {
  const bool waits = turn.call.has("wait");
  const double seconds =
      waits ? time_of(turn, "wait", turn.call.option("wait"), "seconds", 24 * 3600) : 0;
  const bool none = waits && !wait_for(turn, seconds, [](const DeskState& state) {
    return !state.pages.empty();
  });
  std::string text;
  json::array document;
  const std::vector<json::object> seen = observed_pages(turn);
  for (size_t i = 0; i < seen.size(); ++i) {
    // With the first page only, so that the last one stays on the screen.
    const auto dashboards = i == 0 ? dashboards_of(turn) : std::vector<Dashboard>();
    text += (text.empty() ? "" : "\n") + page_screen(seen[i], dashboards);
    document.push_back(seen[i]);
  }
  if (text.empty()) text = "nothing has been paged yet\n";
  return {none ? 1 : 0, text, document, false};
}

DeskAnswer brief(DeskTurn& turn) {
  const std::string text =
      turn.setup.brief ? turn.setup.brief() : "nothing was told: a stack runs, and no drill\n";
  return shown(text, json::object{{"brief", text}});
}

DeskAnswer map(DeskTurn& turn) {
  const Topology& topology = turn.setup.sandbox.topology();
  return shown(map_screen(topology), map_document(topology));
}

DeskAnswer normal(DeskTurn& turn) {
  const json::object figures = turn.setup.normal ? turn.setup.normal() : json::object();
  return shown(normal_screen(figures, turn.setup.objective_ms), figures);
}

DeskAnswer dashboard(DeskTurn& turn) {
  const auto dashboards = dashboards_of(turn);
  json::object document;
  for (const Dashboard& entry : dashboards) document[entry.name] = entry.url;
  return shown(dashboard_screen(dashboards), document);
}

DeskAnswer on(DeskTurn& turn) {
  const auto& words = turn.call.words;
  const std::string verb(turn.call.verb->name);
  Host& host = host_to_enter(turn.setup.sandbox, verb, words.empty() ? "ops" : words[0]);
  const std::vector<std::string> command(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (turn.call.json && command.empty()) {
    throw usage_error(verb + ": a shell is no document: --json needs a command: as in: " +
                      std::string(find_verb("on")->example));
  }
  if (command.size() == 1 && command[0].empty()) {
    throw usage_error(verb + ": the command is empty: as in: " +
                      std::string(turn.call.verb->example));
  }
  if (command.empty() || (verb != "exec" && turn.can_ask())) {
    const int status = relay_shell(host, command, turn.setup, turn.person, turn.stop_fd);
    return {status, "", nullptr, true};
  }
  const RemoteCommand result = relay_command(host, command, turn.setup, turn.person, turn.stop_fd,
                                             turn.call.json);
  json::object document;
  document["host"] = host.spec().name;
  document["status"] = result.status;
  document["out"] = result.out;
  document["err"] = result.err;
  document["observation"] = result.observation;
  if (verb == "exec" && !turn.call.json && !result.observation.empty()) {
    turn.person.err("observation " + result.observation + "\n");
  }
  return {result.status, "", std::move(document), !turn.call.json};
}

DeskAnswer verb_explained(DeskTurn& turn, const Verb& verb) {
  const auto columns = static_cast<size_t>(turn.person.call().size.columns);
  return explained(verb_help_with_lists(verb, turn.setup.taxonomy, columns));
}

DeskAnswer help(DeskTurn& turn) {
  if (turn.call.words.empty()) return explained(desk_help());
  const Verb* verb = find_verb(turn.call.words[0]);
  if (!verb) throw usage_error("help: there is no verb '" + text::row(turn.call.words[0], 40) +
                               "': see gameday help");
  return verb_explained(turn, *verb);
}

using VerbFunction = DeskAnswer (*)(DeskTurn&);

const std::map<std::string_view, VerbFunction>& functions() {
  static const std::map<std::string_view, VerbFunction> table = {
      {"ack", ack},         {"declare", declare},   {"note", note},     {"notes", notes},
      {"escalate", escalate}, {"update", update},   {"hint", hint},     {"diagnose", diagnose},
      {"handover", handover}, {"resolve", resolve}, {"status", status}, {"pages", pages},
      {"wait", wait_verb},
      {"brief", brief},     {"map", map},           {"normal", normal},
      {"dashboard", dashboard},
      {"on", on},           {"shell", on},          {"exec", on},
      {"help", help}};
  return table;
}

}  // namespace

DeskAnswer answer_verb(DeskTurn& turn) {
  if (turn.call.help) return verb_explained(turn, *turn.call.verb);
  const auto function = functions().find(turn.call.verb->name);
  if (function == functions().end()) {
    throw Error("desk: the verb " + std::string(turn.call.verb->name) + " does nothing yet");
  }
  return function->second(turn);
}

}  // namespace gameday
