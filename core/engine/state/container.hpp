// What is known of containers: their ids from control groups, everything else from whoever provides it.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tracer {

struct ContainerMount {
  std::string source, destination, mode, propagation;
  bool is_writable = false;
};

enum class HealthProbeKind : std::uint8_t { healthcheck, liveness, readiness };

struct HealthProbe {
  HealthProbeKind kind{};
  std::string exe;
  std::vector<std::string> args;
};

struct Container {
  std::string id;
  std::string type;  // "docker", "containerd", ...
  std::string json;  // what was told of it; "" if it was only noticed
  std::string full_id, name, image, image_id, image_repository, image_tag, image_digest, ip, cni_json;
  std::optional<bool> is_privileged, has_host_pid, has_host_network, has_host_ipc;
  std::int64_t created_time = 0;  // seconds since the epoch; 0 = not known
  std::vector<ContainerMount> mounts;
  std::vector<HealthProbe> probes;
  bool has_labels = false;  // whether `labels` are all that there are; otherwise nobody told
  std::map<std::string, std::string> labels;
  std::string sandbox_id;  // of its pod; "" if it is in none, or a label says it
  std::map<std::string, std::string> pod_labels;
  std::map<std::string, std::string, std::less<>> fields;  // values by the names of fields that have no member here
};

// The name of a type as events number it; "" for a number beyond.
std::string_view container_type(std::uint64_t number);

// Reads {"container": {...}} as container events carry it; "fields" in it may give the value of any container.* and
// k8s.* field by its name. Nothing where this is no JSON or names no container.
std::optional<Container> parse_container(std::string_view json);

// The container that a thread's control groups or root say it is in.
struct ContainerReference {
  std::string id;               // as it is shown: 12 characters of a hexadecimal one
  std::string_view type;        // what runs it, as far as that shows
  bool is_type_certain = true;  // false for an id alone: most runtimes can be told to name groups so
  bool is_named_by_id = false;  // there is no other name
  std::string full_id;          // as long as it is written there
  std::string cgroup;           // the path that says so; "" if it is the root
  std::int64_t pid = -1;        // a process in it
};
std::optional<ContainerReference> container_of(std::string_view cgroups, std::string_view root);

// Containers that threads were found in, on their way to another thread, which looks up what else there is to know.
class NoticedContainers {
 public:
  // One that finds no room is left out.
  void put(const ContainerReference& reference);
  // The next one, waiting for it; nothing when none came in time or after `close`.
  std::optional<ContainerReference> take(int timeout_ms);
  void close();

 private:
  static constexpr std::size_t max_size = 4096;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ContainerReference> waiting_;
  bool is_closed_ = false;
};

class ContainerTable {
 public:
  const Container* find(std::string_view id) const;
  // Adds or replaces.
  void set(Container container);
  // A thread is in this container. If it is not known yet, it is entered, and waits for a provider to say more.
  void notice(const ContainerReference& reference);
  // The containers noticed since this was asked before.
  std::vector<std::string> take_noticed();
  // Where containers that are noticed from now on are put too.
  void report_to(std::shared_ptr<NoticedContainers> watcher) { watcher_ = std::move(watcher); }
  // Calls `visit` with each container that somebody told of.
  template <typename Visit>
  void for_each_told(Visit&& visit) const {
    for (const auto& [id, container] : containers_) {
      if (!container.json.empty()) visit(container);
    }
  }
  auto begin() const { return containers_.begin(); }
  auto end() const { return containers_.end(); }

 private:
  static constexpr std::size_t max_size = 65536;  // containers beyond are not kept
  std::unordered_map<std::string, Container> containers_;
  std::vector<std::string> noticed_;
  std::shared_ptr<NoticedContainers> watcher_;  // null: nobody wants to know
};

}  // namespace tracer
