#include "drill/conductor.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/short_hash.hpp"
#include "core/utf8.hpp"
#include "drill/playable.hpp"
#include "drill/probes/monitoring.hpp"
#include "drill/probes/orders.hpp"
#include "drill/scene.hpp"
#include "journal/events.hpp"
#include "journal/folder.hpp"

namespace gameday {

using namespace std::chrono_literals;

namespace {

constexpr auto kVerifyLimit = 20s;
constexpr auto kWarmUp = 2s;
constexpr auto kMonitoringLimit = 10s;

}  // namespace

std::string plan_hash(const DrillPlan& plan) {
  std::string text = plan.scenario.id + "\n" + plan.variant.id + "\n" + std::to_string(plan.seed) +
                     (plan.twin ? "\ntwin" : "\nfault") + "\n" + plan.engine + "\n" + plan.alerts +
                     "\n" + plan.scenario.yesterday + "\n" +
                     json::serialize(to_json(load_plan(plan.scenario, plan.seed)));
  for (const TimelineEntry& entry : plan.variant.timeline) {
    text += "\n" + entry.at.text + " " + entry.change + entry.decoy + entry.fault + entry.target;
    for (const auto& [key, value] : entry.parameters) text += " " + key + "=" + value;
    if (entry.files_at) text += " files " + entry.files_at->text;
  }
  for (const Draw& draw : plan.scenario.draws) text += "\n" + draw.name + "=" + draw.drawn;
  return short_hash(text);
}

Conductor::Conductor(DrillPlan plan, Settings settings, Topology topology,
                     std::filesystem::path folder, Bell& bell,
                     std::function<void(const Event&)> listener)
    : plan_(std::move(plan)),
      settings_(std::move(settings)),
      topology_(std::move(topology)),
      folder_(std::move(folder)),
      bell_(bell) {
  journal_ = std::make_unique<JournalWriter>(folder_ / "journal.jsonl", clock_);
  journal_->on_event([this, listener = std::move(listener)](const Event& event) {
    const bool fired = event.kind == events::kPage && !of_unknown_origin(event.data);
    if (fired && first_alert_at_ < 0) first_alert_at_ = event.at_seconds;
    if (listener) listener(event);
    {
      // Shared: a listener may itself be the reason that another thread writes an event.
      const std::shared_lock lock(listener_mutex_);
      if (listener_) listener_(event);
    }
    bell_.ring();
  });
  manifest_["format"] = 1;
  manifest_["started"] = iso8601(clock_.wall());
  manifest_["mode"] = plan_.mode;
  manifest_["engine"] = plan_.engine;
  manifest_["seed"] = plan_.seed;
  manifest_["alerts"] = plan_.alerts;
  manifest_["plan_hash"] = plan_hash(plan_);
  manifest_["catalogue"] = plan_.scenario.catalogue;
  write_manifest();
}

Conductor::~Conductor() {
  user_.reset();
  harm_.reset();
  load_.reset();
  webhook_.reset();
  machine_.reset();
  sandbox_.reset();
}

void Conductor::set_listener(std::function<void(const Event&)> listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Conductor::write_manifest() { write_file(folder_ / "manifest.json", pretty(manifest_)); }

void Conductor::enter(const std::string& phase) {
  if (const auto reason = bell_.stopped()) throw Stopped{*reason};
  journal_->append(events::kPhase, {{"name", phase}});
}

void Conductor::start() {
  for (const TimelineEntry& entry : plan_.variant.timeline) check_entry(entry, topology_);
  enter("up");
  sandbox_ = make_sandbox(plan_.engine);
  Settings settings = settings_;
  settings.files.push_back({"mon", "/var/lib/snapshot/day", plan_.scenario.yesterday, 0600});
  settings.memory_notice = [this](const MemoryNotice& notice) {
    try {
      journal_->append(events::kMemory, {{"host", notice.host},
                                         {"program", valid_utf8(notice.program)},
                                         {"held_bytes", notice.held_bytes},
                                         {"text", valid_utf8(describe(notice))}});
    } catch (const std::exception& error) {
      journal_->trouble("memory notice of " + notice.host, error.what());
    }
  };
  sandbox_->up(topology_, settings);
  machine_ = std::make_unique<MachineWatch>([this] { return sandbox_->processor_time(); });
  json::array hosts;
  for (const HostSpec& host : topology_.hosts) hosts.emplace_back(host.name);
  journal_->append(events::kStack, {{"engine", plan_.engine},
                                    {"ready_seconds", rounded(sandbox_->ready_seconds(), 3)},
                                    {"hosts", hosts}});
  for (const HostSpec& host : topology_.hosts) {
    if (host.role == "mon") {
      webhook_ = std::make_unique<Webhook>(sandbox_->host(host.name), *journal_);
    }
  }
  for (const TimelineEntry& entry : plan_.variant.timeline) {
    const std::string& name = entry.fault.empty() ? entry.decoy : entry.fault;
    if (name.empty()) continue;
    for (const std::string& host : resolve_target(topology_, entry.target)) {
      auto& kind = entry.fault.empty() ? decoys_ : faults_;
      kind.push_back(make_fault(name, FaultTarget{host, entry.parameters}));
      auto& places = entry.fault.empty() ? decoy_places_ : fault_places_;
      places.push_back({host, entry.files_at.value_or(entry.at)});
    }
  }
  prepare();
  age_files(*sandbox_);
}

// What stood long before the trigger, so that it is no tell of its own: a twin has it too.
void Conductor::prepare() {
  for (const auto& fault : faults_) fault->prepare(*sandbox_);
  for (const TimelineEntry& entry : plan_.variant.left_out) {
    for (const std::string& host : resolve_target(topology_, entry.target)) {
      make_fault(entry.fault, FaultTarget{host, entry.parameters})->prepare(*sandbox_);
    }
  }
}

// Users are not part of the stack: what raises their arrivals is told to the workload.
void Conductor::tell_rate(const TimelineEntry& entry) {
  const auto factor = entry.parameters.find("factor");
  if (factor != entry.parameters.end()) load_->rate(std::stod(factor->second));
}

const TimelineEntry* Conductor::fault_entry() const {
  for (const TimelineEntry& entry : plan_.variant.timeline) {
    if (!entry.fault.empty()) return &entry;
  }
  return nullptr;
}

void Conductor::baseline() {
  enter("baseline");
  // The fault follows when the baseline is over; that moment is the story's.
  anchor_wall_ = clock_.wall() +
                 std::chrono::duration_cast<WallTime::duration>(Seconds(plan_.baseline_seconds));
  place_decoys();
  write_change_log();
  for (const HostSpec& host : topology_.hosts) {
    if (host.role != "clients") continue;
    load_ = std::make_unique<LoadRunner>(sandbox_->host(host.name),
                                         load_plan(plan_.scenario, plan_.seed),
                                         front_door(topology_) + ":80", *journal_, bell_);
  }
  if (!load_) throw usage_error("topology: no host of role clients");
  load_->interval("warm_up");
  tell_rates();
  if (!bell_.wait(deadline_in(kWarmUp))) throw Stopped{bell_.stopped().value_or("")};
  measure_normal();
  if (voided_) return;
  const Deadline monitored = deadline_in(kMonitoringLimit);
  while (!monitoring_ready(*sandbox_) && std::chrono::steady_clock::now() < monitored) {
    if (!bell_.wait(deadline_in(100ms))) throw Stopped{bell_.stopped().value_or("")};
  }
  if (webhook_) webhook_->learn_setup();
  before_ = take_snapshot(*sandbox_);
  record("baseline", check_invariants(*sandbox_, before_, LogIns::kLeave));
}

void Conductor::break_it() {
  enter("inject");
  injected_at_ = journal_->now_seconds();
  const FirstPage first = draw_first_page(plan_.scenario, plan_.seed);
  const bool by_alert = !plan_.draws_opening || first.source == "alert";
  if (webhook_ && by_alert) webhook_->start_paging(plan_.draws_opening ? first.wording : "");
  load_->interval("onset");
  for (size_t i = 0; i < faults_.size(); ++i) inject(*faults_[i], fault_places_[i]);
  for (const TimelineEntry& entry : plan_.variant.timeline) {
    if (!entry.fault.empty()) tell_rate(entry);
  }
  if (plan_.twin && plan_.draws_opening && by_alert) let_something_pass();
  if (!plan_.twin) wait_verified(deadline_in(kVerifyLimit));
  if (voided_) return;
  load_->interval("outage");
  outage_from_ = machine_->now();
  outage_open_ = true;
  verified_at_ = journal_->now_seconds();
  enter("verified");
  user_ = std::make_unique<UserProbe>(user_view(), *journal_, plan_.twin);
  note_fault(*sandbox_, before_);
  running_ = before_.broken_services;
  harm_ = std::make_unique<HarmWatch>(*sandbox_, *journal_, before_,
                                      [this](const std::string& why) { bell_.stop(why); });
  enter("respond");
  tell_on_call(first, by_alert);
}

void Conductor::wait_verified(Deadline deadline) {
  if (const auto seen = wait_for_effect(user_view(), deadline)) {
    journal_->append(events::kVerified,
                     {{"after_seconds", rounded(journal_->now_seconds() - injected_at_, 3)},
                      {"detail", *seen}});
    return;
  }
  void_drill({"effect",
              "no user saw an effect within " + std::to_string(kVerifyLimit.count()) +
                  " s of the cause",
              {{"limit_seconds", kVerifyLimit.count()}}});
}

bool Conductor::wait_served(Deadline deadline) {
  return bell_.wait(deadline, [this] { return served(); });
}

void Conductor::close_outage() {
  if (!outage_open_) return;
  outage_open_ = false;
  load_->interval("settle");
  note_machine("outage", outage_from_);
  note_dips(outage_from_);
}

void Conductor::record(const std::string& set, const std::vector<ProbeResult>& results) {
  for (const ProbeResult& result : results) {
    journal_->append(events::kProbe, {{"set", set},
                                      {"name", result.name},
                                      {"result", to_string(result.result)},
                                      {"detail", result.detail}});
  }
}

void Conductor::settle() {
  close_outage();
  harm_.reset();  // from now on it is the harness that restarts services
  if (webhook_) webhook_->stop_paging();
  enter("settle");
  // Who restarted what, before anything of ours restarts services again.
  if (!running_.empty()) journal_->append(events::kRestarts, restarts_since(*sandbox_, running_));
  // Requests that waited while it was broken may still be on their way.
  wait_served(deadline_in(10s));
  probe_held("mitigation");
  if (plan_.twin || voided_) return;
  // Does the repair outlive a restart of what it touched?
  std::set<std::string> affected;
  for (const TimelineEntry& entry : plan_.variant.timeline) {
    if (entry.fault.empty()) continue;
    for (const std::string& host : resolve_target(topology_, entry.target)) affected.insert(host);
  }
  for (const std::string& host : resolve_target(topology_, "web")) affected.insert(host);
  load_->interval("retrigger");
  restart_services(*sandbox_, {affected.begin(), affected.end()});
  bell_.wait(deadline_in(3s));
  wait_served(deadline_in(10s));
  load_->interval("retriggered");
  probe_held("retrigger");
}

void Conductor::down() {
  if (is_down_) return;
  is_down_ = true;
  user_.reset();
  harm_.reset();
  journal_->append(events::kPhase, {{"name", "down"}});
  if (load_) {
    // Who stops a drill before its orders are looked up does not get them passed.
    std::optional<json::object> orders;
    if (!bell_.stopped()) orders = load_->finish(deadline_in(60s));
    journal_->append(events::kOrders, orders ? with_stored(*sandbox_, std::move(*orders))
                                             : json::object{{"unknown", true}});
    const double lateness_ms = load_->max_send_lateness_ms();
    if (machine_lacked_ && lateness_ms > plan_.scenario.load.objective_ms) {
      void_drill({"machine",
                  "this machine was too busy: a request left " +
                      std::to_string(static_cast<int>(lateness_ms)) + " ms late",
                  {{"send_lateness_ms", rounded(lateness_ms, 1)},
                   {"bound_ms", plan_.scenario.load.objective_ms}}});
    }
    load_.reset();
  }
  webhook_.reset();
  machine_.reset();
  if (sandbox_) {
    sandbox_->down();
    json::array left;
    for (const std::string& item : sandbox_->residue()) left.emplace_back(item);
    journal_->append(events::kResidue, {{"left", left}});
  }
}

void Conductor::void_drill(const Void& why) {
  if (voided_) return;
  voided_ = true;
  journal_->append(events::kVoid,
                   {{"kind", why.kind}, {"why", why.why}, {"measured", why.measured}});
}

void Conductor::finish(const std::string& reason, const std::string& detail) {
  json::object truth;
  truth["scenario"] = plan_.scenario.id;
  // One that is not of the catalogue is graded again from where it stands.
  if (plan_.scenario.file.parent_path() != settings_.root / "scenarios") {
    truth["file"] = plan_.scenario.file.string();
  }
  truth["variant"] = plan_.variant.id;
  truth["twin"] = plan_.twin;
  truth["seed"] = plan_.seed;
  truth["known_beforehand"] = plan_.known_beforehand;
  truth["tutor"] = plan_.tutor;
  truth["catalogue"] = plan_.scenario.catalogue;
  json::object draws;
  for (const Draw& draw : plan_.scenario.draws) draws[draw.name] = draw.drawn;
  truth["draws"] = std::move(draws);
  journal_->append(events::kTruth, truth);
  journal_->append(events::kEnd, {{"reason", reason}, {"detail", detail}});
  for (const auto& member : truth) manifest_[member.key()] = member.value();
  manifest_["ended"] = iso8601(clock_.wall());
  write_manifest();
}

}  // namespace gameday
