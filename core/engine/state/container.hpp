// What is known of containers: their ids from control groups, everything else from whoever provides it.
#pragma once
#include <cstdint>
#include <map>
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
  std::string full_id, name, image, image_id, image_repository, image_tag, image_digest, ip, cni_json;
  std::optional<bool> is_privileged, has_host_pid, has_host_network, has_host_ipc;
  std::int64_t created_time = 0;  // seconds since the epoch; 0 = not known
  std::vector<ContainerMount> mounts;
  std::vector<HealthProbe> probes;
  std::map<std::string, std::string> labels;
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
  std::string_view type;        // what runs it
  bool is_named_by_id = false;  // there is no other name
};
std::optional<ContainerReference> container_of(std::string_view cgroups, std::string_view root);

class ContainerTable {
 public:
  const Container* find(std::string_view id) const;
  // Adds or replaces.
  void set(Container container);
  // A thread is in this container. If it is not known yet, it is entered, and waits for a provider to say more.
  void notice(const ContainerReference& reference);
  // The containers noticed since this was asked before.
  std::vector<std::string> take_noticed();

 private:
  static constexpr std::size_t max_size = 65536;  // containers beyond are not kept
  std::unordered_map<std::string, Container> containers_;
  std::vector<std::string> noticed_;
};

}  // namespace tracer
