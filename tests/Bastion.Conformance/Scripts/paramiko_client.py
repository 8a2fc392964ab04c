"""Paramiko as a client of ours: port known_hosts user key home [sessions-only]."""
import os
import sys
import time

import paramiko

port, known_hosts, user, key, home = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
noise = os.urandom(200_000)

client = paramiko.SSHClient()
client.load_host_keys(known_hosts)
client.set_missing_host_key_policy(paramiko.RejectPolicy())
client.connect("127.0.0.1", port, user, key_filename=key, allow_agent=False, look_for_keys=False, timeout=20)

stdin, stdout, stderr = client.exec_command("cat; echo problem >&2; exit 4")
stdin.write(noise)
stdin.channel.shutdown_write()
assert stdout.read() == noise
assert stderr.read() == b"problem\n"
assert stdout.channel.recv_exit_status() == 4

# Paramiko's reader answers CLOSE itself, and waits for ever when its own re-key has begun by then.
deadline = time.monotonic() + 20
while not stdout.channel.closed:
    assert time.monotonic() < deadline
    time.sleep(0.01)
client.get_transport().renegotiate_keys()
_, stdout, _ = client.exec_command("echo after", get_pty=True)
assert stdout.read() == b"after\r\n"

sftp = client.open_sftp()
name = os.path.join(home, "paramiko")
with sftp.open(name, "wb") as remote:
    remote.write(noise)
assert sftp.stat(name).st_size == len(noise)
with sftp.open(name, "rb") as remote:
    remote.prefetch()
    assert remote.read() == noise
sftp.remove(name)
client.close()

if "sessions-only" in sys.argv:
    print("all good")
    sys.exit()

transport = paramiko.Transport(("127.0.0.1", port))
transport.connect()
try:
    transport.auth_password("secret", "wrong")
    raise SystemExit("a wrong password was taken")
except paramiko.AuthenticationException:
    pass
transport.auth_interactive("secret", lambda title, text, prompts: ["open sesame" for _ in prompts])
assert transport.is_authenticated()
transport.close()
print("all good")
