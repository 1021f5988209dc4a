"""A few system calls of every kind that people look for: files, a child process, a conversation over TCP."""

import socket
import subprocess
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    note = Path(folder, "note.txt")
    note.write_text("hello from the workload\n")
    subprocess.run(["cat", note], check=True, stdout=subprocess.DEVNULL)
    note.rename(note.with_suffix(".old"))

with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
    conversation, _ = server.accept()
    with conversation:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        conversation.recv(100)
        conversation.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
    client.recv(100)
