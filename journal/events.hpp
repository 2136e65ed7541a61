// The words of the journal: every kind of event, who writes it and what its data carries. The
// conductor writes them, the scorer and the report read them, and nothing else is evidence.
// Times inside data are machine seconds on the journal's own clock unless they say otherwise.
#pragma once

namespace gameday::events {

// {name: up|baseline|inject|verified|respond|settle|down}. `verified` is time zero for a trainee.
inline constexpr const char* kPhase = "phase";
// {engine, ready_seconds, hosts: [...]}: the stack passed every health check.
inline constexpr const char* kStack = "stack";
// One line of the change log: {wall: when it is said to have happened, text, backdated: bool}.
inline constexpr const char* kChange = "change";
// One second of the workload: the object of workload/protocol.hpp "second".
inline constexpr const char* kSecond = "second";
// One closed interval of the workload: the object of workload/protocol.hpp "interval"; its name is
// warm_up, baseline, waiting (healthy, until the cause), onset (from the cause to its effect),
// outage (verified to repaired or given up), settle, retrigger or retriggered.
inline constexpr const char* kInterval = "interval";
// Acknowledged orders, looked up at the end: {acknowledged, found, lost, unknown, stored}. `stored`:
// how many of them a database holds, null when none could be asked; `lost`: what the shop does not
// find, or what no database holds, whichever is more.
inline constexpr const char* kOrders = "orders";
// From Alertmanager: {status: firing|resolved, name, severity: page|ticket, team, summary,
// description, runbook, starts_at, fingerprint, receiver, group_key: what Alertmanager grouped it by,
// labels: {name: value}, all of them; the last three are missing in older journals}; also {origin: "unknown"} when Prometheus, asked by the harness, did not
// have this alert, or no longer had the rules and the configuration that it began with.
inline constexpr const char* kAlert = "alert";
// What the on-call person was sent: {id, source: alert|ticket, severity, summary, text}; of an alert
// also its name as {alert}, {since, runbook, team}, and {origin: "unknown"} as above: such a page is
// shown, and is neither an observation nor the page that a response is timed by.
inline constexpr const char* kPage = "page";
// A desk verb: {verb: ack|declare|note|escalate|update|hint|handover|resolve, by, ...}. ack: pages,
// the ids of those that were acknowledged (older journals lack it); declare: severity (sev1..sev3);
// note: text; escalate: team, reason; update: impact, action, next_minutes; hint: number, price, text;
// resolve: text.
inline constexpr const char* kDesk = "desk";
// A submitted answer: {verdict, component, class, mechanism, trigger, also: [mechanism],
// confidence, evidence: [observation id], alternatives: [{..., probability}], text, by}.
inline constexpr const char* kDiagnosis = "diagnosis";
// Something the trainee looked at: {id: "o12", host, by, command, output, status, started, ended};
// of a psql statement also {within: "psql -h db1"}. A command on a host; a query that a dashboard
// made; a page or ticket, on host "desk". Of a watched command also {programs: what it started, of a
// statement also its client: [{path: the real file, argv, cwd, files: what it was given by name, as its
// input or by habit: [{path, changed: seconds of the wall clock, if root's and newer than the stack}],
// env: variables that bend a client, changed: the program is newer than the stack, preload: libraries
// are put before all programs', unseen: its output goes to a file}]}, of which all but path, argv and
// cwd may be missing. A command of the shell itself starts no program.
inline constexpr const char* kObservation = "observation";
// A terminal's recording began: {cast: its file in recordings/, host, by, opened}; times in the file
// count from `opened`. Older journals have none, nor `cast` of observations: what was typed there.
inline constexpr const char* kTerminal = "terminal";
// A scripted person acted: {who, act: inspect|escalate|repair|declare|ack|update|conclude, target,
// text, commands: [{command, status, observation}], belief, documented_at, started}.
inline constexpr const char* kAct = "act";
// A team's answer to an escalation: {team, text, looked: [{host, command, output}]}; `looked` is
// missing where nobody looked at a host.
inline constexpr const char* kAnswer = "answer";
// One outside probe: {set: baseline|mitigation|retrigger, name, result: yes|no|unknown, detail}.
// Names: users_served, cause_present, redundancy, one_writable_primary, orders_kept,
// services_same, monitoring_intact, access_not_widened. `yes` is good for all but cause_present.
// `mitigation` is taken after the hold time, `retrigger` after the affected services were restarted.
inline constexpr const char* kProbe = "probe";
// What no longer runs as it did when the effect was verified, looked at when the response is over:
// {services: [{host, role, service, up_seconds}], unknown: [{host, role}]}; up_seconds is null for
// a service that does not run, and `unknown` lists hosts that could not be asked.
inline constexpr const char* kRestarts = "restarts";
// What a look at the stack during the response saw broken, and the fault had not: {item: monitoring|
// access|second_primary, detail, since: the first look that saw it, until: the first that no longer did,
// or null}. Written when it begins to count, and once more, with the same `since`, when it has ended.
inline constexpr const char* kHarm = "harm";
// What the machine gave while something was measured: {during: baseline|outage|mitigation|retrigger,
// seconds, cores, idle, steal, outside, stack (processors, on average), starved_percent: of the time,
// lacking: bool}; before a measurement is repeated for want of it also {waiting: true}. Of each second or longer
// of the response in which nothing was idle while others had a part: during: "dip", {since, until}.
inline constexpr const char* kMachine = "machine";
// The drill cannot be graded: {kind: machine|stack|effect, why, measured: {…}}. `machine`: it lacked
// processor time, by what `measured` says; `stack`: users suffered before anything was broken;
// `effect`: the fault was made and no user saw it. Journals of catalogue 4 and older have only why.
inline constexpr const char* kVoid = "void";
// The fault's effect was first seen by a user's probe: {after_seconds: from inject, detail}.
inline constexpr const char* kVerified = "verified";
// The user's probe changed its mind: {served: bool}. The first `served: true` after `verified` that
// held is the moment of mitigation.
inline constexpr const char* kServed = "served";
// A host's programs held more memory than they may, and one of them was killed; or, with an empty host,
// the machine had too little left and the stack ended: {host, program, held_bytes, text}.
inline constexpr const char* kMemory = "memory";
// Something failed where the drill goes on without it: {where, what}. No grade asks for it.
inline constexpr const char* kTrouble = "trouble";
// What is left after down: {left: [...]}.
inline constexpr const char* kResidue = "residue";
// The truth, written after the last probe, before the score: {scenario, variant, twin, seed,
// known_beforehand, tutor, catalogue: the version it is graded under, draws: {name: the value the seed
// drew}}.
inline constexpr const char* kTruth = "truth";
// The end: {reason: finished|resolved|time_box|interrupted|failed, detail}.
inline constexpr const char* kEnd = "end";

}  // namespace gameday::events
