"""The protobuf messages of CRI and containerd, as far as they are used here.

A row is a field: its type, name and number. Fields that are left out are skipped when they come.
"""

from __future__ import annotations

from functools import cache
from typing import Any

CRI = """
VersionRequest: string version 1
VersionResponse: string runtime_name 2
ContainerStatusRequest: string container_id 1, bool verbose 2
ContainerStatusResponse: ContainerStatus status 1, map info 2
ContainerStatus: string id 1, ContainerMetadata metadata 2, int64 created_at 4, ImageSpec image 8, string image_ref 9,\
 map labels 12, map annotations 13, repeated Mount mounts 14
ContainerMetadata: string name 1
ImageSpec: string image 1
Mount: string container_path 1, string host_path 2, bool readonly 3, int32 propagation 5
PodSandboxStatusRequest: string pod_sandbox_id 1, bool verbose 2
PodSandboxStatusResponse: PodSandboxStatus status 1, map info 2
PodSandboxStatus: string id 1, PodSandboxMetadata metadata 2, int64 created_at 4, PodSandboxNetworkStatus network 5,\
 LinuxPodSandboxStatus linux 6, map labels 7, map annotations 8
PodSandboxMetadata: string name 1, string uid 2, string namespace 3
PodSandboxNetworkStatus: string ip 1
LinuxPodSandboxStatus: Namespace namespaces 1
Namespace: NamespaceOption options 2
NamespaceOption: int32 network 1, int32 pid 2, int32 ipc 3
ImageStatusRequest: ImageSpec image 1
ImageStatusResponse: Image image 1
Image: string id 1, repeated string repo_tags 2, repeated string repo_digests 3
ListContainersRequest: ContainerFilter filter 1
ContainerFilter: string id 1
ListContainersResponse: repeated Container containers 1
Container: string id 1, string pod_sandbox_id 2
"""

CONTAINERD = """
ListNamespacesRequest: string filter 1
ListNamespacesResponse: repeated Namespace namespaces 1
Namespace: string name 1
GetContainerRequest: string id 1
GetContainerResponse: Container container 1
Container: string id 1, map labels 2, string image 3, Any spec 5, Timestamp created_at 8
Any: string type_url 1, bytes value 2
Timestamp: int64 seconds 1
GetImageRequest: string name 1
GetImageResponse: Image image 1
Image: string name 1, Descriptor target 3
Descriptor: string digest 2
"""


@cache
def messages(table: str) -> dict[str, Any]:
    """The message classes that a table describes, by name. Raises ImportError without protobuf."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    package = f"tracer.p{abs(hash(table))}"
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for row in table.strip().splitlines():
        name, _, fields = row.partition(": ")
        message = file.message_type.add(name=name)
        for field in fields.split(","):
            _add_field(message, package, *field.strip().rsplit(maxsplit=2))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        message.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{message.name}"))
        for message in file.message_type
    }


def _add_field(message: Any, package: str, kind: str, name: str, number: str) -> None:
    field = message.field.add(name=name, number=int(number), label=1)
    if kind.startswith("repeated "):
        field.label, kind = 3, kind.removeprefix("repeated ")
    if kind == "map":
        entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=1, type=_SCALARS["string"])
        entry.field.add(name="value", number=2, label=1, type=_SCALARS["string"])
        field.label, kind = 3, f"{message.name}.{entry.name}"
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _MESSAGE, f".{package}.{kind}"


_SCALARS = {"int64": 3, "int32": 5, "bool": 8, "string": 9, "bytes": 12}
"""As FieldDescriptorProto.Type numbers them."""
_MESSAGE = 11
